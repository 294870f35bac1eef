"""Finished batches: faces drawn, augmented, aligned, resized, normalised and mixed, ready for a step."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from feeling_manager.errors import UsageError
from feeling_manager.training import align
from feeling_manager.training.augment import augment, flip, mixup
from feeling_manager.training.datasets import SIDE, Faces, distributions, majority
from feeling_manager.training.networks import FaceNetwork
from feeling_manager.training.settings import OWN_LANDMARKS, Settings
from feeling_manager.training.teacher import is_checkpoint, landmarks_of, soft_labels
from feeling_manager.types import Floats, Image

MEAN, STD = 0.508, 0.255
"""Of the grey values of FER+'s training faces, 0 to 1."""
SIDES = ((0.4, 32), (0.7, 40), (1.0, 48))
"""With progressive resizing, pictures have this side until this share of the run."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Faces with what is to be learned of them.

    Args:
        images: uint8 `(n, 1, 48, 48)`.
        targets: Distributions over the emotions, float32 `(n, 8)`; zeros where nobody voted.
        points: Landmarks `(n, 68, 2)` from -1 to 1, NaN where unknown.
    """

    images: torch.Tensor
    targets: torch.Tensor
    points: torch.Tensor | None

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: torch.Tensor) -> "Labelled":
        return Labelled(self.images[rows], self.targets[rows], None if self.points is None else self.points[rows])

    def to(self, device: torch.device) -> "Labelled":
        """The same on a device."""
        points = None if self.points is None else self.points.to(device)
        return Labelled(self.images.to(device), self.targets.to(device), points)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What one step learns from.

    Args:
        x: Pictures as the network reads them, float32 `(b, 1, side, side)`.
        targets: Distributions over the emotions, float32 `(b, 8)`.
        points: Landmarks `(b, 68, 2)` from -1 to 1, None where there are none to learn.
    """

    x: torch.Tensor
    targets: torch.Tensor
    points: torch.Tensor | None


class Batches:
    """The batches of a run.

    Args:
        faces: What to train on.
        settings: Of the run.
        shape: The mean shape `(68, 2)` by which faces are aligned.
    """

    def __init__(self, faces: Labelled, settings: Settings, shape: torch.Tensor) -> None:
        self._faces = faces
        self._settings = settings
        self._shape = shape

    def __len__(self) -> int:
        """Batches an epoch."""
        return len(self._faces) // self._settings.batch_size

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of an epoch, each made when it is asked for, from torch's global generator."""
        order = _order(self._faces.targets, self._settings.augmentation.class_balance)
        size, epochs = self._settings.batch_size, self._settings.epochs
        for index in range(len(self)):
            part = self._faces[order[index * size : (index + 1) * size]]
            yield self._finish(part, (number + index / len(self)) / epochs)

    def _finish(self, part: Labelled, progress: float) -> Batch:
        settings = self._settings.augmentation
        x, points = self._augmented(part)
        x, targets = normalise(resized(x, progress, self._settings)), part.targets
        if torch.rand(1) < settings.mixup and progress < settings.mixup_until:
            # two faces in one picture have no landmarks
            (x, targets), points = mixup(x, targets), None
        return Batch(x.contiguous(memory_format=torch.channels_last), targets, points)

    def _augmented(self, part: Labelled) -> tuple[torch.Tensor, torch.Tensor | None]:
        settings = self._settings
        if not settings.augmentation.enabled:
            return flip(part.images, part.points)
        weak = bool(settings.augmentation.weak) and float(torch.rand(1)) < settings.augmentation.weak
        frames = None
        if part.points is not None and settings.landmarks.aligned:
            frames = align.some_frames(part.points, self._shape, settings.landmarks.aligned)
        return augment(part.images, part.points, frames, weak=weak)


def split(faces: Faces, settings: Settings, unlabelled: Image | None) -> tuple[Labelled, Labelled]:
    """What to train on, and the part held out, which is the same for every seed.

    Args:
        faces: With votes.
        settings: Of the run.
        unlabelled: More faces, uint8 `(n, 48, 48)`, of which only the teachers and the landmarks say something.

    Raises:
        UsageError: There are faces without labels and no teacher.
    """
    targets = distributions(faces.votes)
    usable = (targets.sum(1) > 0) & (majority(faces.votes) >= 0)
    order = np.random.default_rng(0).permutation(np.flatnonzero(usable))
    held, kept = np.split(order, [round(settings.held_out * len(order))])
    images, learned = faces.images[kept], targets[kept]
    distillation = settings.distillation
    if distillation.teachers:
        # faces whose votes say nothing are as good as unlabelled ones
        more = [faces.images[~usable]] if unlabelled is None else [faces.images[~usable], unlabelled]
        images = np.concatenate([images, *more])
        learned = np.concatenate([learned, np.zeros((len(images) - len(kept), learned.shape[1]), learned.dtype)])
        asked_once = [teacher for teacher in distillation.teachers if not is_checkpoint(teacher)]
        if asked_once:
            shown = torch.from_numpy(soft_labels(images, asked_once))
            learned = blended(torch.from_numpy(learned.astype(np.float32)), shown, distillation.weight).numpy()
    elif unlabelled is not None:
        raise UsageError("Faces without labels need a teacher that says what they show: give --teacher.")
    return _labelled(images, learned, settings), _labelled(faces.images[held], targets[held], settings)


def too_few(faces: int, batch_size: int) -> str:
    """What is wrong when there is no whole batch."""
    return f"{faces} faces are fewer than one batch of {batch_size}; use a smaller --batch-size."


def with_points(faces: Labelled, points: torch.Tensor) -> Labelled:
    """The faces with these landmarks."""
    return replace(faces, points=points)


def blended(targets: torch.Tensor, shown: torch.Tensor, weight: float) -> torch.Tensor:
    """Targets `(n, 8)` with this share of what teachers see, or all of it where nobody voted."""
    return (1 - weight) * targets + (1 - (1 - weight) * targets.sum(1)[:, None]) * shown


def normalise(x: torch.Tensor) -> torch.Tensor:
    """Grey values 0 to 1 as the network wants them."""
    return (x - MEAN) / STD


def resized(x: torch.Tensor, progress: float, settings: Settings) -> torch.Tensor:
    """Pictures as small as they are at this share of the run."""
    growing = settings.augmentation.progressive_resizing
    side = next((side for until, side in SIDES if progress < until), SIDE) if growing else SIDE
    return x if side == SIDE else F.interpolate(x, size=side, mode="bilinear", antialias=True)


@torch.no_grad()
def seen_landmarks(network: FaceNetwork, images: torch.Tensor) -> torch.Tensor:
    """Landmarks `(n, 68, 2)` that the network sees in faces uint8 `(n, 1, 48, 48)`."""
    network.eval()
    return torch.cat([network(normalise(part.float() / 255))[1] for part in images.split(256)])


def _labelled(images: Image, targets: Floats, settings: Settings) -> Labelled:
    points = None
    file = settings.landmarks.file
    if file and file != OWN_LANDMARKS and len(images):
        points = torch.from_numpy(landmarks_of(images, Path(file)) * (2 / SIDE) - 1)
    return Labelled(torch.from_numpy(images)[:, None], torch.from_numpy(targets.astype(np.float32)), points)


def _order(targets: torch.Tensor, class_balance: float) -> torch.Tensor:
    """Rows in the order of an epoch: each once, or, with `class_balance`, rare emotions more often."""
    if not class_balance:
        return torch.randperm(len(targets), device=targets.device)
    labels = targets.argmax(1)
    counts = torch.bincount(labels, minlength=targets.shape[1]).clamp(min=1).float()
    return torch.multinomial(counts[labels] ** -class_balance, len(targets), replacement=True)
