"""Training: resumable, the same for the same seed, with a record that can be looked at while it runs."""

import csv
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from feeling_manager.errors import DatasetError, UsageError
from feeling_manager.landmarks import mean_error
from feeling_manager.training import align
from feeling_manager.training.augment import augment, flip, mix
from feeling_manager.training.datasets import SIDE, Faces, distributions, majority
from feeling_manager.training.networks import NETWORKS, FaceNetwork
from feeling_manager.training.start import start_from
from feeling_manager.training.teacher import landmarks_of, soft_labels
from feeling_manager.types import Floats, Image

MEAN, STD = 0.508, 0.255
"""Of the grey values of FER+'s training faces, 0 to 1."""
CHECKPOINT = "checkpoint.pt"
HISTORY = "history.csv"
OWN = "start"
"""In place of a file of landmarks: those that the network sees before it is trained."""
COLUMNS = ("epoch", "loss", "rate", "held_loss", "held_accuracy", "held_points", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """network: a name of `NETWORKS`. rate: of AdamW, reached after `warmup` of the run, falling linearly from `decay`
    on (shares of the run). mixing: share of batches with mix-up, until `mix_until`. average: decay of the weights'
    moving average, taken every fourth step. held_out: share of the training faces that only measure. patience: epochs
    without a better held-out loss after which to stop, 0 for never. start: file that `start_from` reads; frozen: parts
    of the features that stay as they started. teachers: manifests, which say once what each face shows, or checkpoints,
    which look at every picture as the network sees it; teach: weight of their probabilities against the votes; like:
    weight of describing a picture as these checkpoints do. landmarks: file of points, see `teacher.landmarks_of`, or
    `OWN`; points: weight of their loss. aligned: share of the faces that are seen aligned by these: what is exported
    aligns faces by its own. growing: start on smaller pictures, which takes a third less time. augmented: with
    everything in `augment`, for an ablation; gentle: share of batches in which only place and light change. balance: 0
    draws every face as often, 1 every emotion."""

    network: str = "slim"
    epochs: int = 40
    batch: int = 128
    rate: float = 2e-3
    weight_decay: float = 0.05
    warmup: float = 0.05
    decay: float = 0.45
    mixing: float = 0.5
    mix_until: float = 0.8
    average: float = 0.998
    held_out: float = 0.1
    patience: int = 0
    teachers: tuple[str, ...] = ()
    teach: float = 0.5
    like: float = 1.0
    start: str | None = None
    frozen: int = 0
    landmarks: str | None = None
    points: float = 2.0
    aligned: float = 0.75
    growing: bool = True
    augmented: bool = True
    gentle: float = 0.0
    balance: float = 0.0
    seed: int = 0
    threads: int | None = None
    device: str = "auto"

    @property
    def aligning(self) -> bool:
        """Whether the network reads faces aligned by the landmarks that it sees, for it has seen such faces."""
        return self.landmarks is not None and self.augmented and self.aligned > 0


GROWTH = ((0.4, 32), (0.7, 40), (1.0, 48))
"""Until this share of the run, pictures have this side."""


@dataclass(frozen=True, slots=True, eq=False)
class _Lessons:
    """images uint8 `(n, 1, 48, 48)`, targets float32 `(n, 8)`, points `(n, 68, 2)` from -1 to 1, NaN where unknown."""

    images: torch.Tensor
    targets: torch.Tensor
    points: torch.Tensor | None

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: torch.Tensor) -> "_Lessons":
        return _Lessons(self.images[rows], self.targets[rows], None if self.points is None else self.points[rows])

    def to(self, device: torch.device) -> "_Lessons":
        points = None if self.points is None else self.points.to(device)
        return _Lessons(self.images.to(device), self.targets.to(device), points)


@dataclass(slots=True)
class _Run:
    """All that a checkpoint holds; `model`: the network as it is trained, on several GPUs where there are; the
    teachers that look at every picture, and what leads from the network's description to theirs."""

    network: FaceNetwork
    model: nn.Module
    optimizer: torch.optim.Optimizer
    averaged: dict[str, torch.Tensor]
    device: torch.device
    teachers: list[FaceNetwork]
    projection: nn.Linear
    step: int = 0
    epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


def train(
    faces: Faces,
    folder: Path,
    settings: Settings,
    report: Callable[[dict[str, float]], None] | None = None,
    unlabelled: Image | None = None,
) -> Path:
    """Trains a network on faces and gives its checkpoint in `folder`, going on from one that is there.

    unlabelled: more faces, uint8 `(n, 48, 48)`, of which only the teachers and the landmarks say something. Writes
    `history.csv` and `curves.png` after every epoch. The same faces, settings, device and number of threads give the
    same weights, interrupted or not. Raises UsageError when the folder holds a run with other settings.
    """
    if settings.network not in NETWORKS:
        raise UsageError(f"There is no network {settings.network!r}; choose one of {', '.join(NETWORKS)}.")
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.backends.cudnn.deterministic = True
    folder.mkdir(parents=True, exist_ok=True)
    kept, held = _prepare(faces, settings, unlabelled)
    steps = len(kept) // settings.batch
    if not steps:
        raise DatasetError(f"{len(kept)} faces are fewer than one batch of {settings.batch}; use a smaller batch.")
    network = _network(settings, kept)
    if settings.landmarks == OWN:
        seen = _seen(network, kept.images)
        network.shape.copy_(align.mean_shape(seen))
        kept, held = replace(kept, points=seen), replace(held, points=_seen(network, held.images))
    run = _start(network, settings)
    _resume(run, folder, settings)
    kept, held = kept.to(run.device), held.to(run.device)
    while run.epoch < settings.epochs and not _stale(run.history, settings.patience):
        begun = time.monotonic()
        # each epoch draws from its own stream, so that a resumed run draws what an uninterrupted one would
        torch.manual_seed(settings.seed + 1_000_003 * run.epoch)
        loss = _epoch(run, kept, steps, settings)
        held_loss, held_accuracy, held_points = _measure(run, held, run.epoch / settings.epochs, settings)
        row = {
            "epoch": run.epoch,
            "loss": round(loss, 5),
            "rate": round(_rate(run.step, steps * settings.epochs, settings), 6),
            "held_loss": round(held_loss, 5),
            "held_accuracy": round(held_accuracy, 5),
            "held_points": round(held_points, 5),
            "seconds": round(time.monotonic() - begun, 1),
        }
        run.epoch += 1
        run.history.append(row)
        _save(run, folder, settings)
        if report:
            report(row)
    return folder / CHECKPOINT


def load_network(checkpoint: Path, *, averaged: bool = True) -> tuple[FaceNetwork, Settings]:
    """The network of a checkpoint with its averaged or its last weights, ready to infer. Raises UsageError for what is
    none."""
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        settings = _settings(state["settings"])
        network = NETWORKS[settings.network]()
        network.load_state_dict(_typed(state["averaged" if averaged else "network"], network))
    except (OSError, KeyError, TypeError, RuntimeError, ValueError, UnpicklingError) as error:
        raise UsageError(f"{checkpoint} is no checkpoint of `feeling train` ({type(error).__name__}).") from error
    return network.eval(), settings


def normalise(x: torch.Tensor) -> torch.Tensor:
    """Grey values 0 to 1 as the network wants them."""
    return (x - MEAN) / STD


def device_of(settings: Settings) -> torch.device:
    """Where to train."""
    if settings.device != "auto":
        return torch.device(settings.device)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def precision(device: torch.device) -> torch.autocast:
    """bfloat16 on graphics cards and on processors that multiply it, float32 on the others, which only imitate it (at a
    ninth of float32's speed on a Zen 3)."""
    fast = device.type != "cpu" or any(there and "bf16" in name for name, there in torch.cpu.get_capabilities().items())
    return torch.autocast(device.type, torch.bfloat16, enabled=fast)


def landmark_loss(seen: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Mean distance along each axis between landmarks `(n, 68, 2)` and those of them that are known, the others NaN."""
    known = ~points.isnan()
    return torch.where(known, seen - points.nan_to_num(), 0.0).abs().sum() / known.sum().clamp(min=1)


def _prepare(faces: Faces, settings: Settings, unlabelled: Image | None) -> tuple[_Lessons, _Lessons]:
    """What to train on, and the part held out."""
    targets = distributions(faces.votes)
    usable = (targets.sum(1) > 0) & (majority(faces.votes) >= 0)
    # the fixed part that is held out does not depend on the run's seed
    order = np.random.default_rng(0).permutation(np.flatnonzero(usable))
    held, kept = np.split(order, [round(settings.held_out * len(order))])
    images = faces.images[kept]
    learnt = targets[kept]
    if settings.teachers:
        # faces whose votes say nothing are as good as unlabelled ones
        more = [faces.images[~usable]] if unlabelled is None else [faces.images[~usable], unlabelled]
        images = np.concatenate([images, *more])
        learnt = np.concatenate([learnt, np.zeros((len(images) - len(kept), learnt.shape[1]), learnt.dtype)])
        once = [manifest for manifest in settings.teachers if not _looks(manifest)]
        if once:
            seen = torch.from_numpy(soft_labels(images, once))
            learnt = _taught(torch.from_numpy(learnt.astype(np.float32)), seen, settings.teach).numpy()
    elif unlabelled is not None:
        raise UsageError("Faces without labels need a teacher that says what they show: give --teacher.")
    return _lessons(images, learnt, settings), _lessons(faces.images[held], targets[held], settings)


def _looks(teacher: str) -> bool:
    """Whether a teacher is a checkpoint, which looks at every picture."""
    return teacher.endswith(".pt")


def _taught(targets: torch.Tensor, seen: torch.Tensor, weight: float) -> torch.Tensor:
    """Distributions `(n, 8)` with this share of what teachers see, or all of it where nobody voted."""
    return (1 - weight) * targets + (1 - (1 - weight) * targets.sum(1)[:, None]) * seen


def _lessons(images: Image, targets: Floats, settings: Settings) -> _Lessons:
    points = None
    if settings.landmarks and settings.landmarks != OWN and len(images):
        points = torch.from_numpy(landmarks_of(images, Path(settings.landmarks)) * (2 / SIDE) - 1)
    return _Lessons(torch.from_numpy(images)[:, None], torch.from_numpy(targets.astype(np.float32)), points)


def _network(settings: Settings, lessons: _Lessons) -> FaceNetwork:
    """As it starts, its random weights drawn."""
    torch.manual_seed(settings.seed)
    network = NETWORKS[settings.network]()
    if lessons.points is not None:
        network.start_from(align.mean_shape(lessons.points))
    if settings.start:
        some = lessons.images[torch.randperm(len(lessons))[:1024]]
        start_from(network, Path(settings.start), normalise(some.float() / 255))
    return network


@torch.no_grad()
def _seen(network: FaceNetwork, images: torch.Tensor) -> torch.Tensor:
    """Landmarks `(n, 68, 2)` that the network sees."""
    network.eval()
    return torch.cat([network(normalise(part.float() / 255))[1] for part in images.split(256)])


def _start(network: FaceNetwork, settings: Settings) -> _Run:
    device = device_of(settings)
    network = network.to(device, memory_format=torch.channels_last)
    for parameter in network.features[: settings.frozen].parameters():
        parameter.requires_grad_(False)
    teachers = [load_network(Path(path))[0].to(device) for path in settings.teachers if _looks(path)]
    projection = nn.Linear(network.channels, sum(teacher.channels for teacher in teachers) or 1).to(device)
    learning = [p for p in (*network.parameters(), *projection.parameters()) if p.requires_grad]
    groups = [
        {"params": [p for p in learning if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in learning if p.ndim <= 1], "weight_decay": 0.0},
    ]
    averaged = {name: value.clone() for name, value in network.state_dict().items()}
    model = nn.DataParallel(network) if device.type == "cuda" and torch.cuda.device_count() > 1 else network
    return _Run(network, model, torch.optim.AdamW(groups, lr=settings.rate), averaged, device, teachers, projection)


def _rate(step: int, steps: int, settings: Settings) -> float:
    done = step / steps
    rising = min(1.0, done / settings.warmup) if settings.warmup else 1.0
    falling = 1.0 if done < settings.decay else max(0.005, (1 - done) / (1 - settings.decay))
    return settings.rate * rising * falling


def _epoch(run: _Run, lessons: _Lessons, steps: int, settings: Settings) -> float:
    run.model.train()
    run.network.features[: settings.frozen].eval()
    order = _order(lessons.targets, settings.balance)
    losses = torch.zeros(steps)
    for number in range(steps):
        done = run.step / (steps * settings.epochs)
        for group in run.optimizer.param_groups:
            group["lr"] = _rate(run.step, steps * settings.epochs, settings)
        part = lessons[order[number * settings.batch : (number + 1) * settings.batch]]
        if settings.augmented:
            gently = bool(settings.gentle) and float(torch.rand(1)) < settings.gentle
            frames = None
            if part.points is not None and settings.aligned:
                frames = align.some_frames(part.points, run.network.shape, settings.aligned)
            x, points = augment(part.images, part.points, frames, gently=gently)
        else:
            x, points = flip(part.images, part.points)
        y = part.targets
        x = normalise(_shrink(x, done, settings))
        if torch.rand(1) < settings.mixing and done < settings.mix_until:
            # two faces in one picture have no landmarks
            (x, y), points = mix(x, y), None
        x = x.contiguous(memory_format=torch.channels_last)
        with precision(run.device):
            logits, seen, description = run.model(x)
        unlike = 0.0
        if run.teachers:
            shown, theirs = _show(run, x)
            y = _taught(y, shown, settings.teach)
            unlike = 1 - F.cosine_similarity(run.projection(description.float()), theirs).mean()
        loss = F.cross_entropy(logits.float(), y)
        losses[number] = loss.detach()
        loss = loss + settings.like * unlike
        if points is not None:
            loss = loss + settings.points * landmark_loss(seen.float(), points)
        run.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(run.network.parameters(), 2.0)
        run.optimizer.step()
        run.step += 1
        if run.step % 4 == 0:
            _average(run, settings.average)
    return float(losses.mean())


@torch.no_grad()
def _show(run: _Run, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean probabilities `(n, 8)` of the teachers for these pictures, and their descriptions, each of length 1."""
    with precision(run.device):
        seen = [teacher(x) for teacher in run.teachers]
    probabilities = torch.stack([logits.float().softmax(1) for logits, _, _ in seen]).mean(0)
    return probabilities, torch.cat([F.normalize(description.float()) for _, _, description in seen], 1)


def _shrink(x: torch.Tensor, done: float, settings: Settings) -> torch.Tensor:
    """Pictures as small as they are at this share of the run."""
    side = next((side for until, side in GROWTH if done < until), SIDE) if settings.growing else SIDE
    return x if side == SIDE else F.interpolate(x, size=side, mode="bilinear", antialias=True)


def _order(targets: torch.Tensor, balance: float) -> torch.Tensor:
    """Rows in the order of an epoch: each once, or, with `balance`, rare emotions more often."""
    if not balance:
        return torch.randperm(len(targets), device=targets.device)
    labels = targets.argmax(1)
    counts = torch.bincount(labels, minlength=targets.shape[1]).clamp(min=1).float()
    return torch.multinomial(counts[labels] ** -balance, len(targets), replacement=True)


def _average(run: _Run, decay: float) -> None:
    updates = run.step // 4
    share = 1 - min(decay, (1 + updates) / (10 + updates))
    for name, value in run.network.state_dict().items():
        if value.is_floating_point():
            run.averaged[name].lerp_(value, share)
        else:
            run.averaged[name].copy_(value)


@torch.inference_mode()
def _measure(run: _Run, lessons: _Lessons, done: float, settings: Settings) -> tuple[float, float, float]:
    """Loss, accuracy and error of the landmarks (a share of the eyes' distance) of the averaged weights on the faces
    held out, as small as those of the epoch; zeros without any."""
    if not len(lessons):
        return 0.0, 0.0, 0.0
    network = NETWORKS[settings.network]().to(run.device)
    network.load_state_dict(_typed(run.averaged, network))
    network.eval()
    parts = [
        align.read(
            network,
            normalise(_shrink(part.float() / 255, done, settings)),
            looks=1 + settings.aligning,
            aligning=settings.aligning,
        )
        for part in lessons.images.split(512)
    ]
    logits, seen = (torch.cat(outputs) for outputs in zip(*parts, strict=True))
    right = (logits.argmax(1) == lessons.targets.argmax(1)).float().mean()
    away = 0.0
    if lessons.points is not None:
        known = ~lessons.points.isnan().flatten(1).any(1)
        away = float(mean_error(seen[known].cpu().numpy(), lessons.points[known].cpu().numpy()).mean())
    return float(F.cross_entropy(logits, lessons.targets)), float(right), away


def _stale(history: list[dict[str, float]], patience: int) -> bool:
    losses = [row["held_loss"] for row in history]
    return bool(patience) and len(losses) > patience and min(losses[-patience:]) > min(losses)


def _typed(state: dict[str, torch.Tensor], network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: state[name].to(value.dtype) for name, value in network.state_dict().items()}


def _settings(stored: dict[str, Any]) -> Settings:
    return Settings(**stored | {"teachers": tuple(stored["teachers"])})


def _save(run: _Run, folder: Path, settings: Settings) -> None:
    state = {
        "settings": asdict(settings) | {"teachers": list(settings.teachers)},
        "network": run.network.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "projection": run.projection.state_dict(),
        "averaged": run.averaged,
        "step": run.step,
        "epoch": run.epoch,
        "history": run.history,
    }
    part = folder / f"{CHECKPOINT}.part"
    torch.save(state, part)
    part.replace(folder / CHECKPOINT)
    with (folder / HISTORY).open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(run.history)
    (folder / "settings.json").write_text(json.dumps(state["settings"], indent=1) + "\n", "utf-8")
    draw_curves(run.history, folder / "curves.png")


def _resume(run: _Run, folder: Path, settings: Settings) -> None:
    path = folder / CHECKPOINT
    if not path.exists():
        return
    try:
        state = torch.load(path, map_location=run.device, weights_only=True)
    except Exception as error:
        raise UsageError(f"{path} can't be read as a checkpoint; remove it or choose another folder.") from error
    if _settings(state["settings"]) != settings:
        raise UsageError(f"{folder} holds a run with other settings; choose another folder to start afresh.")
    run.network.load_state_dict(state["network"])
    run.optimizer.load_state_dict(state["optimizer"])
    run.projection.load_state_dict(state["projection"])
    run.averaged = state["averaged"]
    run.step, run.epoch, run.history = state["step"], state["epoch"], state["history"]


def draw_curves(history: list[dict[str, float]], path: Path) -> None:
    """Loss and accuracy over the epochs, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in history]
    left.plot(epochs, [row["loss"] for row in history], label="training, augmented")
    left.set(xlabel="epoch", ylabel="cross-entropy")
    right.set(xlabel="epoch", ylabel="accuracy on held-out faces, %")
    if any(row["held_loss"] for row in history):
        left.plot(epochs, [row["held_loss"] for row in history], label="held out")
        right.plot(epochs, [100 * row["held_accuracy"] for row in history])
    left.legend()
    figure.savefig(path, dpi=110)
