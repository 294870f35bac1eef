"""The folder of a run: its checkpoint, its history, its settings and its curves."""

import csv
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
import yaml
from torch import nn

from feeling_manager.errors import UsageError
from feeling_manager.training.networks import NETWORKS, FaceNetwork
from feeling_manager.training.settings import Settings

CHECKPOINT = "checkpoint.pt"
HISTORY = "history.csv"
CONFIGURATION = "settings.yaml"
COLUMNS = ("epoch", "loss", "learning_rate", "held_loss", "held_accuracy", "held_points", "seconds")


def load_network(checkpoint: Path, *, averaged: bool = True) -> tuple[FaceNetwork, Settings]:
    """The network of a checkpoint, ready to infer, and the settings of its run.

    Args:
        checkpoint: Of `feeling train`.
        averaged: Its averaged weights rather than its last ones.

    Raises:
        UsageError: The file is no checkpoint.
    """
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        settings = Settings.from_dict(state["settings"])
        network = NETWORKS[settings.network]()
        network.load_state_dict(typed(state["averaged" if averaged else "network"], network))
    except (OSError, KeyError, TypeError, RuntimeError, ValueError, UnpicklingError, UsageError) as error:
        raise UsageError(f"{checkpoint} is no checkpoint of `feeling train` ({type(error).__name__}).") from error
    return network.eval(), settings


def typed(state: dict[str, torch.Tensor], network: nn.Module) -> dict[str, torch.Tensor]:
    """Weights in the number formats of a network."""
    return {name: state[name].to(value.dtype) for name, value in network.state_dict().items()}


def save(folder: Path, settings: Settings, state: dict[str, Any]) -> None:
    """Writes the checkpoint, whole or not at all, and what people look at beside it.

    Args:
        folder: Of the run.
        settings: Of the run.
        state: What `resume` gives back, with the rows of the history under `history`.
    """
    part = folder / f"{CHECKPOINT}.part"
    torch.save({"settings": settings.to_dict()} | state, part)
    part.replace(folder / CHECKPOINT)
    with (folder / HISTORY).open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(state["history"])
    (folder / CONFIGURATION).write_text(yaml.safe_dump(settings.to_dict(), sort_keys=False), "utf-8")
    draw_curves(state["history"], folder / "curves.png")


def resume(folder: Path, settings: Settings, device: torch.device) -> dict[str, Any] | None:
    """What `save` wrote, or None where nothing is there.

    Args:
        folder: Of the run.
        settings: Of the run that is to go on.
        device: Where its weights are wanted.

    Raises:
        UsageError: The checkpoint can't be read, or belongs to a run with other settings.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:
        raise UsageError(f"{path} can't be read as a checkpoint; remove it or choose another folder.") from error
    if Settings.from_dict(state["settings"]) != settings:
        raise UsageError(f"{folder} holds a run with other settings; choose another folder to start afresh.")
    for row in state["history"]:
        # as 0.1.0 called it
        if "rate" in row:
            row["learning_rate"] = row.pop("rate")
    return state


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
