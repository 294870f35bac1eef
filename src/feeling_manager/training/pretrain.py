"""What a network can learn of faces before anybody says what they feel, for `feeling train --start`."""

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional as F

from feeling_manager.errors import DatasetError, UsageError
from feeling_manager.training import align
from feeling_manager.training.augment import augment
from feeling_manager.training.batches import normalise
from feeling_manager.training.datasets import SIDE
from feeling_manager.training.networks import NETWORKS
from feeling_manager.training.settings import Settings
from feeling_manager.training.teacher import landmarks_of
from feeling_manager.training.train import device_of, landmark_loss, precision
from feeling_manager.types import Image

SMALL = 32
"""Side of the pictures: less than half of the work."""
TEMPERATURE = 0.2
KEPT = ("features.",)
KEPT_WITH_LANDMARKS = ("features.", "places.", "points.", "shape")


def pretrain(
    images: Image,
    out: Path,
    settings: Settings,
    people: Sequence[str] | None = None,
    report: Callable[[dict[str, float]], None] | None = None,
) -> Path:
    """Trains a network on faces `(n, 48, 48)` without labels and writes it to `out`, a .pt for `Settings.start`.

    It learns the landmarks of `settings.landmarks`, or, without these, to tell two changed pictures of one face from
    those of all other faces of the batch (SimCLR: Chen et al. 2020). Writes at the end only.

    Args:
        images: uint8 `(n, 48, 48)`.
        out: The file to write.
        settings: Of which it takes network, epochs, batch_size, seed, threads, device, learning_rate, weight_decay, and
            the file and share of the landmarks.
        people: Who each face is: pictures of one person are to be alike, in place of two of one face.
        report: Called with a row an epoch.

    Returns:
        `out`.

    Raises:
        UsageError: The network is unknown.
        DatasetError: There are fewer faces than one batch.
    """
    if settings.network not in NETWORKS:
        raise UsageError(f"There is no network {settings.network!r}; choose one of {', '.join(NETWORKS)}.")
    per_epoch = len(images) // settings.batch_size
    if not per_epoch:
        raise DatasetError(
            f"{len(images)} faces are fewer than one batch of {settings.batch_size}; use a smaller batch."
        )
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    generator = np.random.default_rng(settings.seed)
    device = device_of(settings)
    network = NETWORKS[settings.network]()
    points = None
    if settings.landmarks.file:
        points = torch.from_numpy(landmarks_of(images, Path(settings.landmarks.file)) * (2 / SIDE) - 1)
        network.start_from(align.mean_shape(points))
        points = points.to(device)
    person = np.arange(len(images)) if people is None else np.unique(people, return_inverse=True)[1]
    faces = torch.from_numpy(images)[:, None].to(device)
    network = network.to(device)
    head = nn.Sequential(nn.Linear(network.channels, network.channels), nn.ReLU(), nn.Linear(network.channels, 64))
    head = head.to(device)
    learning = [*network.parameters(), *head.parameters()]
    rate, weight_decay = settings.optimizer.learning_rate, settings.optimizer.weight_decay
    optimizer = torch.optim.AdamW(learning, lr=rate, weight_decay=weight_decay)
    # OneCycleLR divides by zero where a tenth of the steps is one step exactly
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, per_epoch * settings.epochs, pct_start=0.0999)

    def loss_of(rows: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
        if points is not None:
            x, there = _changed(faces[rows], points[rows], network.shape, settings.landmarks.aligned)
            with precision(device):
                seen = network(x)[1]
            return landmark_loss(seen.float(), there)
        views = torch.cat([_changed(faces[rows])[0], _changed(faces[others])[0]])
        with precision(device):
            one, other = head(network(views)[2]).float().chunk(2)
        return contrast(one, other, torch.from_numpy(person)[rows].to(device))

    for epoch in range(settings.epochs):
        begun, losses = time.monotonic(), []
        partner = torch.from_numpy(partners(person, generator))
        for rows in torch.randperm(len(faces)).split(settings.batch_size)[:per_epoch]:
            loss = loss_of(rows, partner[rows])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(learning, 2.0)
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
        if report:
            report({"epoch": epoch, "loss": float(np.mean(losses)), "seconds": time.monotonic() - begun})
    kept = KEPT if points is None else KEPT_WITH_LANDMARKS
    state = {name: value.cpu() for name, value in network.state_dict().items() if name.startswith(kept)}
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f"{out.name}.part")
    # of the settings `start` asks for these
    told = {"network": settings.network, "landmarks": {"file": settings.landmarks.file}}
    torch.save({"averaged": state, "settings": told}, part)
    part.replace(out)
    return out


def people_of(names: Sequence[str]) -> list[str]:
    """Who is in pictures that are named by person and number: `Tony_Blair_0104.jpg` → `Tony_Blair`."""
    stems = [PurePosixPath(name).with_suffix("") for name in names]
    return [str(stem.with_name(re.sub(r"[ _-]*\d+$", "", stem.name) or stem.name)) for stem in stems]


def partners(people: npt.NDArray[np.intp], generator: np.random.Generator) -> npt.NDArray[np.intp]:
    """For each face another of the same person, drawn anew every time, or itself where there is none."""
    order = np.lexsort((generator.random(len(people)), people))
    ordered = people[order]
    last = ordered != np.roll(ordered, -1)
    result = np.empty_like(order)
    result[order] = np.where(last, order[np.searchsorted(ordered, ordered)], np.roll(order, -1))
    return result


def contrast(one: torch.Tensor, other: torch.Tensor, people: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of finding each description's partner, `(n, k)` both, among all that are not of the same person."""
    rows = torch.arange(2 * len(one), device=one.device)
    partner = rows.roll(len(one))
    described = F.normalize(torch.cat([one, other]))
    same = people.repeat(2)[:, None] == people.repeat(2)
    same[rows, partner] = False
    return F.cross_entropy((described @ described.T / TEMPERATURE).masked_fill(same, -torch.inf), partner)


def _changed(
    images: torch.Tensor, points: torch.Tensor | None = None, shape: torch.Tensor | None = None, aligned: float = 0.0
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Faces as training changes them, this share of them aligned where landmarks are known."""
    frames = None if points is None or shape is None else align.some_frames(points, shape, aligned)
    x, points = augment(images, points, frames)
    x = F.interpolate(x, size=SMALL, mode="bilinear", antialias=True)
    return normalise(x).contiguous(memory_format=torch.channels_last), points
