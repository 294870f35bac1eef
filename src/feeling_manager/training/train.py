"""Training: resumable, the same for the same seed, with a record that can be looked at while it runs."""

import csv
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from feeling_manager.errors import DatasetError, UsageError
from feeling_manager.inference.emotion import EmotionClassifier
from feeling_manager.training.augment import augment, mix
from feeling_manager.training.datasets import Faces, distributions, majority
from feeling_manager.training.networks import NETWORKS
from feeling_manager.types import Floats

MEAN, STD = 0.508, 0.255
"""Of the grey values of FER+'s training faces, 0 to 1."""
CHECKPOINT = "checkpoint.pt"
HISTORY = "history.csv"
COLUMNS = ("epoch", "loss", "rate", "held_loss", "held_accuracy", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """network: a name of `NETWORKS`. rate: of AdamW, reached after `warmup` of the run, falling linearly from `decay`
    on (shares of the run). mixing: share of batches with mix-up, until `mix_until`. average: decay of the weights'
    moving average, taken every fourth step. held_out: share of the training faces that only measure. patience: epochs
    without a better held-out loss after which to stop, 0 for never. teach: weight of the teachers' probabilities
    against the votes."""

    network: str = "small"
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
    seed: int = 0
    threads: int | None = None


@dataclass(slots=True)
class _Run:
    """All that a checkpoint holds."""

    network: nn.Module
    optimizer: torch.optim.Optimizer
    averaged: dict[str, torch.Tensor]
    step: int = 0
    epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


def train(
    faces: Faces, folder: Path, settings: Settings, report: Callable[[dict[str, float]], None] | None = None
) -> Path:
    """Trains a network on faces and gives its checkpoint in `folder`, going on from one that is there.

    Writes `history.csv` and `curves.png` after every epoch. The same faces, settings and number of threads give the
    same weights, interrupted or not. Raises UsageError when the folder holds a run with other settings.
    """
    if settings.network not in NETWORKS:
        raise UsageError(f"There is no network {settings.network!r}; choose one of {', '.join(NETWORKS)}.")
    if settings.threads:
        torch.set_num_threads(settings.threads)
    folder.mkdir(parents=True, exist_ok=True)
    images, targets, held = _prepare(faces, settings)
    run = _start(settings)
    _resume(run, folder, settings)
    steps = len(images) // settings.batch
    if not steps:
        raise DatasetError(f"{len(images)} faces are fewer than one batch of {settings.batch}; use a smaller batch.")
    while run.epoch < settings.epochs and not _stale(run.history, settings.patience):
        begun = time.monotonic()
        # each epoch draws from its own stream, so that a resumed run draws what an uninterrupted one would
        torch.manual_seed(settings.seed + 1_000_003 * run.epoch)
        loss = _epoch(run, images, targets, steps, settings)
        held_loss, held_accuracy = _measure(run, *held, settings)
        row = {
            "epoch": run.epoch,
            "loss": round(loss, 5),
            "rate": round(_rate(run.step, steps * settings.epochs, settings), 6),
            "held_loss": round(held_loss, 5),
            "held_accuracy": round(held_accuracy, 5),
            "seconds": round(time.monotonic() - begun, 1),
        }
        run.epoch += 1
        run.history.append(row)
        _save(run, folder, settings)
        if report:
            report(row)
    return folder / CHECKPOINT


def load_network(checkpoint: Path) -> tuple[nn.Module, Settings]:
    """The network of a checkpoint with its averaged weights, ready to infer. Raises UsageError for what is none."""
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        settings = _settings(state["settings"])
        network = NETWORKS[settings.network]()
        network.load_state_dict(_typed(state["averaged"], network))
    except (OSError, KeyError, TypeError, RuntimeError, ValueError, UnpicklingError) as error:
        raise UsageError(f"{checkpoint} is no checkpoint of `feeling train` ({type(error).__name__}).") from error
    return network.eval(), settings


def normalise(x: torch.Tensor) -> torch.Tensor:
    """Grey values 0 to 1 as the network wants them."""
    return (x - MEAN) / STD


def _prepare(faces: Faces, settings: Settings) -> tuple[torch.Tensor, torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
    """Images `(n, 1, h, w)` and distributions `(n, 8)` to train on, and those held out."""
    targets = distributions(faces.votes)
    usable = (targets.sum(1) > 0) & (majority(faces.votes) >= 0)
    images, targets = faces.images[usable], targets[usable]
    # the fixed part that is held out does not depend on the run's seed
    order = np.random.default_rng(0).permutation(len(images))
    held, kept = np.split(order, [round(settings.held_out * len(images))])
    learnt = _taught(images, targets, settings)
    return (
        torch.from_numpy(images[kept])[:, None],
        torch.from_numpy(learnt[kept]),
        (torch.from_numpy(images[held])[:, None], torch.from_numpy(targets[held])),
    )


def _taught(images: Any, targets: Floats, settings: Settings) -> Floats:
    """Votes mixed with what the teachers see, each face as it is and mirrored."""
    if not settings.teachers:
        return targets
    seen = np.zeros_like(targets)
    for manifest in settings.teachers:
        teacher = EmotionClassifier(manifest=Path(manifest))
        seen += teacher.classify_crops(images) + teacher.classify_crops(np.ascontiguousarray(images[:, :, ::-1]))
    seen /= 2 * len(settings.teachers)
    return ((1 - settings.teach) * targets + settings.teach * seen).astype(np.float32)


def _start(settings: Settings) -> _Run:
    torch.manual_seed(settings.seed)
    network = NETWORKS[settings.network]().to(memory_format=torch.channels_last)
    groups = [
        {"params": [p for p in network.parameters() if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in network.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    averaged = {name: value.clone() for name, value in network.state_dict().items()}
    return _Run(network, torch.optim.AdamW(groups, lr=settings.rate), averaged)


def _rate(step: int, steps: int, settings: Settings) -> float:
    done = step / steps
    rising = min(1.0, done / settings.warmup) if settings.warmup else 1.0
    falling = 1.0 if done < settings.decay else max(0.005, (1 - done) / (1 - settings.decay))
    return settings.rate * rising * falling


def _epoch(run: _Run, images: torch.Tensor, targets: torch.Tensor, steps: int, settings: Settings) -> float:
    run.network.train()
    order = torch.randperm(len(images))
    losses = []
    for number in range(steps):
        done = run.step / (steps * settings.epochs)
        for group in run.optimizer.param_groups:
            group["lr"] = _rate(run.step, steps * settings.epochs, settings)
        rows = order[number * settings.batch : (number + 1) * settings.batch]
        x, y = normalise(augment(images[rows])), targets[rows]
        if torch.rand(1) < settings.mixing and done < settings.mix_until:
            x, y = mix(x, y)
        with torch.autocast("cpu", torch.bfloat16):
            logits = run.network(x.contiguous(memory_format=torch.channels_last))
        loss = F.cross_entropy(logits.float(), y)
        run.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(run.network.parameters(), 2.0)
        run.optimizer.step()
        run.step += 1
        losses.append(loss.item())
        if run.step % 4 == 0:
            _average(run, settings.average)
    return math.fsum(losses) / len(losses)


def _average(run: _Run, decay: float) -> None:
    updates = run.step // 4
    share = 1 - min(decay, (1 + updates) / (10 + updates))
    for name, value in run.network.state_dict().items():
        if value.is_floating_point():
            run.averaged[name].lerp_(value, share)
        else:
            run.averaged[name].copy_(value)


@torch.inference_mode()
def _measure(run: _Run, images: torch.Tensor, targets: torch.Tensor, settings: Settings) -> tuple[float, float]:
    """Loss and accuracy of the averaged weights on the faces held out; zeros without any."""
    if not len(images):
        return 0.0, 0.0
    network = NETWORKS[settings.network]()
    network.load_state_dict(_typed(run.averaged, network))
    network.eval()
    logits = torch.cat([network(normalise(part.float() / 255)) for part in images.split(512)])
    right = (logits.argmax(1) == targets.argmax(1)).float().mean()
    return float(F.cross_entropy(logits, targets)), float(right)


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
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise UsageError(f"{path} can't be read as a checkpoint; remove it or choose another folder.") from error
    if _settings(state["settings"]) != settings:
        raise UsageError(f"{folder} holds a run with other settings; choose another folder to start afresh.")
    run.network.load_state_dict(state["network"])
    run.optimizer.load_state_dict(state["optimizer"])
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
