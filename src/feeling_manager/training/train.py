"""Training: resumable, the same for the same seed, with a record that can be looked at while it runs."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from feeling_manager.errors import DatasetError, UsageError
from feeling_manager.landmarks import mean_error
from feeling_manager.training import align, checkpoints
from feeling_manager.training.batches import (
    Batch,
    Batches,
    Labelled,
    blended,
    normalise,
    resized,
    seen_landmarks,
    split,
    too_few,
    with_points,
)
from feeling_manager.training.checkpoints import load_network, typed
from feeling_manager.training.datasets import Faces
from feeling_manager.training.networks import NETWORKS, FaceNetwork
from feeling_manager.training.settings import OWN_LANDMARKS, OptimizerSettings, Settings
from feeling_manager.training.start import start_from
from feeling_manager.training.teacher import is_checkpoint
from feeling_manager.types import Image

EMA_EVERY = 4
"""Steps between two updates of the averaged weights."""


@dataclass(slots=True)
class _Run:
    """The parts of a run that change.

    Args:
        network: The network.
        model: The same as it is trained, on several GPUs where there are.
        optimizer: AdamW.
        averaged: The moving average of the weights.
        device: Where it trains.
        teachers: Those that are asked about every augmented picture.
        projection: From the network's description of a picture to the teachers'.
        step: Steps done.
        epoch: Epochs done.
        history: A row an epoch.
    """

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
    """Trains a network on faces, going on from a checkpoint that is there.

    The same faces, settings, device and number of threads give the same weights, interrupted or not. Writes
    `history.csv`, `settings.yaml` and `curves.png` after every epoch.

    Args:
        faces: With votes.
        folder: Of the run.
        settings: Of the run.
        report: Called with every row of the history.
        unlabelled: More faces, uint8 `(n, 48, 48)`, of which only the teachers and the landmarks say something.

    Returns:
        The checkpoint.

    Raises:
        UsageError: The network is unknown, or the folder holds a run with other settings.
        DatasetError: There are fewer faces than one batch.
    """
    network = _network(settings)
    folder.mkdir(parents=True, exist_ok=True)
    kept, held = split(faces, settings, unlabelled)
    if len(kept) < settings.batch_size:
        raise DatasetError(too_few(len(kept), settings.batch_size))
    kept, held = _prepared(network, kept, held, settings)
    run = _start(network, settings)
    _resume(run, folder, settings)
    batches = Batches(kept.to(run.device), settings, run.network.shape)
    held = held.to(run.device)
    while run.epoch < settings.epochs and not _stale(run.history, settings.patience):
        begun = time.monotonic()
        # each epoch draws from its own stream, so that a resumed run draws what an uninterrupted one would
        torch.manual_seed(settings.seed + 1_000_003 * run.epoch)
        loss = _epoch(run, batches, settings)
        held_loss, held_accuracy, held_points = _measure(run, held, settings)
        row = {
            "epoch": run.epoch,
            "loss": round(loss, 5),
            "learning_rate": round(_scheduled(run.step / (len(batches) * settings.epochs), settings.optimizer), 6),
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
    return folder / checkpoints.CHECKPOINT


def _epoch(run: _Run, batches: Batches, settings: Settings) -> float:
    """One pass over the faces; gives the mean loss of the emotions."""
    run.model.train()
    run.network.features[: settings.frozen_layers].eval()
    steps = len(batches) * settings.epochs
    losses = []
    for batch in batches.epoch(run.epoch):
        for group in run.optimizer.param_groups:
            group["lr"] = _scheduled(run.step / steps, settings.optimizer)
        emotions, others = _losses(run, batch, settings)
        run.optimizer.zero_grad()
        (emotions + others).backward()
        nn.utils.clip_grad_norm_(run.network.parameters(), 2.0)
        run.optimizer.step()
        run.step += 1
        if run.step % EMA_EVERY == 0:
            _update_average(run, settings.optimizer.ema_decay)
        losses.append(emotions.detach().cpu())
    return float(torch.stack(losses).mean())


def _losses(run: _Run, batch: Batch, settings: Settings) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss of the emotions, and that of all else: the teachers' features and the landmarks."""
    with precision(run.device):
        logits, points, features = run.model(batch.x)
    targets, others = batch.targets, logits.new_zeros(())
    if run.teachers:
        shown, theirs = _ask_teachers(run, batch.x)
        targets = blended(targets, shown, settings.distillation.weight)
        apart = 1 - F.cosine_similarity(run.projection(features.float()), theirs).mean()
        others = others + settings.distillation.feature_weight * apart
    if batch.points is not None:
        others = others + settings.landmarks.weight * landmark_loss(points.float(), batch.points)
    return F.cross_entropy(logits.float(), targets), others


def landmark_loss(seen: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Mean distance along each axis between landmarks `(n, 68, 2)` and those of them that are known, the others NaN."""
    known = ~points.isnan()
    return torch.where(known, seen - points.nan_to_num(), 0.0).abs().sum() / known.sum().clamp(min=1)


@torch.no_grad()
def _ask_teachers(run: _Run, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean probabilities `(n, 8)` of the teachers for these pictures, and their descriptions, each of length 1."""
    with precision(run.device):
        seen = [teacher(x) for teacher in run.teachers]
    probabilities = torch.stack([logits.float().softmax(1) for logits, _, _ in seen]).mean(0)
    return probabilities, torch.cat([F.normalize(features.float()) for _, _, features in seen], 1)


def _network(settings: Settings) -> FaceNetwork:
    """As it is before it starts from anything, its random weights drawn."""
    if settings.network not in NETWORKS:
        raise UsageError(f"There is no network {settings.network!r}; choose one of {', '.join(NETWORKS)}.")
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.backends.cudnn.deterministic = True
    torch.manual_seed(settings.seed)
    return NETWORKS[settings.network]()


def _prepared(network: FaceNetwork, kept: Labelled, held: Labelled, settings: Settings) -> tuple[Labelled, Labelled]:
    """Gives the network what it starts from, and the faces the landmarks that it sees then, where it teaches itself."""
    if kept.points is not None:
        network.start_from(align.mean_shape(kept.points))
    if settings.start:
        some = kept.images[torch.randperm(len(kept))[:1024]]
        start_from(network, Path(settings.start), normalise(some.float() / 255))
    if settings.landmarks.file != OWN_LANDMARKS:
        return kept, held
    seen = seen_landmarks(network, kept.images)
    network.shape.copy_(align.mean_shape(seen))
    return with_points(kept, seen), with_points(held, seen_landmarks(network, held.images))


def _start(network: FaceNetwork, settings: Settings) -> _Run:
    device = device_of(settings)
    network = network.to(device, memory_format=torch.channels_last)
    for parameter in network.features[: settings.frozen_layers].parameters():
        parameter.requires_grad_(False)
    asked = [path for path in settings.distillation.teachers if is_checkpoint(path)]
    teachers = [load_network(Path(path))[0].to(device) for path in asked]
    projection = nn.Linear(network.channels, sum(teacher.channels for teacher in teachers) or 1).to(device)
    learning = [p for p in (*network.parameters(), *projection.parameters()) if p.requires_grad]
    groups = [
        {"params": [p for p in learning if p.ndim > 1], "weight_decay": settings.optimizer.weight_decay},
        {"params": [p for p in learning if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=settings.optimizer.learning_rate)
    averaged = {name: value.clone() for name, value in network.state_dict().items()}
    model = nn.DataParallel(network) if device.type == "cuda" and torch.cuda.device_count() > 1 else network
    return _Run(network, model, optimizer, averaged, device, teachers, projection)


def device_of(settings: Settings) -> torch.device:
    """Where to train."""
    if settings.device != "auto":
        return torch.device(settings.device)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def precision(device: torch.device) -> torch.autocast:
    """bfloat16 on graphics cards and on processors that multiply it, else float32.

    Other processors only imitate bfloat16, at a ninth of float32's speed on a Zen 3.
    """
    fast = device.type != "cpu" or any(there and "bf16" in name for name, there in torch.cpu.get_capabilities().items())
    return torch.autocast(device.type, torch.bfloat16, enabled=fast)


def _scheduled(progress: float, optimizer: OptimizerSettings) -> float:
    """The learning rate at this share of the run."""
    rising = min(1.0, progress / optimizer.warmup) if optimizer.warmup else 1.0
    falling = 1.0 if progress < optimizer.decay_start else max(0.005, (1 - progress) / (1 - optimizer.decay_start))
    return optimizer.learning_rate * rising * falling


def _update_average(run: _Run, decay: float) -> None:
    updates = run.step // EMA_EVERY
    share = 1 - min(decay, (1 + updates) / (10 + updates))
    for name, value in run.network.state_dict().items():
        if value.is_floating_point():
            run.averaged[name].lerp_(value, share)
        else:
            run.averaged[name].copy_(value)


@torch.inference_mode()
def _measure(run: _Run, faces: Labelled, settings: Settings) -> tuple[float, float, float]:
    """Loss, accuracy and error of the landmarks (a share of the eyes' distance) of the averaged weights on the faces
    held out, as small as those of the epoch; zeros without any."""
    if not len(faces):
        return 0.0, 0.0, 0.0
    network = NETWORKS[settings.network]().to(run.device)
    network.load_state_dict(typed(run.averaged, network))
    network.eval()
    parts = [
        align.read(
            network,
            normalise(resized(part.float() / 255, run.epoch / settings.epochs, settings)),
            tta_views=1 + settings.aligning,
            aligning=settings.aligning,
        )
        for part in faces.images.split(512)
    ]
    logits, seen = (torch.cat(outputs) for outputs in zip(*parts, strict=True))
    right = (logits.argmax(1) == faces.targets.argmax(1)).float().mean()
    error = 0.0
    if faces.points is not None:
        known = ~faces.points.isnan().flatten(1).any(1)
        error = float(mean_error(seen[known].cpu().numpy(), faces.points[known].cpu().numpy()).mean())
    return float(F.cross_entropy(logits, faces.targets)), float(right), error


def _stale(history: list[dict[str, float]], patience: int) -> bool:
    losses = [row["held_loss"] for row in history]
    return bool(patience) and len(losses) > patience and min(losses[-patience:]) > min(losses)


def _save(run: _Run, folder: Path, settings: Settings) -> None:
    state = {
        "network": run.network.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "projection": run.projection.state_dict(),
        "averaged": run.averaged,
        "step": run.step,
        "epoch": run.epoch,
        "history": run.history,
    }
    checkpoints.save(folder, settings, state)


def _resume(run: _Run, folder: Path, settings: Settings) -> None:
    state = checkpoints.resume(folder, settings, run.device)
    if state is None:
        return
    run.network.load_state_dict(state["network"])
    run.optimizer.load_state_dict(state["optimizer"])
    run.projection.load_state_dict(state["projection"])
    run.averaged = state["averaged"]
    run.step, run.epoch, run.history = state["step"], state["epoch"], state["history"]
