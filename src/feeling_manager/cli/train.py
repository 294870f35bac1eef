"""`feeling train`: faces in, a checkpoint out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from feeling_manager.training.settings import Settings

ALIASES = {
    "batch": "batch-size",
    "rate": "learning-rate",
    "frozen": "frozen-layers",
    "growing": "progressive-resizing",
    "no-growing": "no-progressive-resizing",
    "mixing": "mixup",
    "gentle": "weak-augmentation",
    "teach": "distillation-weight",
    "balance": "class-balance",
}
"""What options were called in 0.1.0, which they still answer to."""
SETTINGS = {
    "network": "network",
    "epochs": "epochs",
    "batch_size": "batch_size",
    "held_out": "held_out",
    "patience": "patience",
    "frozen_layers": "frozen_layers",
    "learning_rate": "optimizer.learning_rate",
    "ema_decay": "optimizer.ema_decay",
    "progressive_resizing": "augmentation.progressive_resizing",
    "mixup": "augmentation.mixup",
    "weak_augmentation": "augmentation.weak",
    "class_balance": "augmentation.class_balance",
    "aligned": "landmarks.aligned",
    "distillation_weight": "distillation.weight",
    "device": "device",
    "seed": "seed",
    "threads": "threads",
}
"""The setting that an option stands for."""


def train(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="A data set: a folder, tar or zip archive; see docs/how-to/train.md.")],
    out: Annotated[Path, typer.Option(help="Folder of the run; one that was interrupted goes on.")] = Path(
        "runs/emotion"
    ),
    config: Annotated[
        Path | None, typer.Option(help="Settings as YAML, such as configs/*.yaml; options win over it.")
    ] = None,
    layout: Annotated[str | None, typer.Option(help="Of the data set, by name; recognised by default.")] = None,
    network: Annotated[str, typer.Option(help="By name; see feeling_manager.training.networks.")] = "slim",
    epochs: Annotated[int, typer.Option(help="Times that every face is seen.", min=1)] = 40,
    batch_size: Annotated[int, typer.Option(help="Faces a step.", min=2)] = 128,
    learning_rate: Annotated[float, typer.Option(help="The highest of AdamW.", min=0)] = 2e-3,
    ema_decay: Annotated[float, typer.Option(help="Decay of the weights' moving average.", min=0, max=1)] = 0.998,
    held_out: Annotated[float, typer.Option(help="Share of the faces that only measure.", min=0, max=0.5)] = 0.1,
    patience: Annotated[int, typer.Option(help="Stop after so many epochs without a better loss; 0 never.", min=0)] = 0,
    start: Annotated[
        str | None, typer.Option(help="What to go on from: a model by name, an exported .onnx, or a checkpoint.")
    ] = None,
    frozen_layers: Annotated[int, typer.Option(help="Layers of the network that stay as they started.", min=0)] = 0,
    progressive_resizing: Annotated[
        bool, typer.Option(help="Start on smaller pictures, which takes a third less time.")
    ] = True,
    mixup: Annotated[float, typer.Option(help="Share of batches with mix-up.", min=0, max=1)] = 0.5,
    weak_augmentation: Annotated[
        float, typer.Option(help="Share of batches in which only place and light of faces change.", min=0, max=1)
    ] = 0.0,
    aligned: Annotated[
        float, typer.Option(help="Share of faces that are seen aligned by --landmarks.", min=0, max=1)
    ] = 0.75,
    teacher: Annotated[
        list[str] | None, typer.Option(help="A model to learn from: by name, manifest or checkpoint; repeatable.")
    ] = None,
    distillation_weight: Annotated[
        float, typer.Option(help="Weight of the teachers against the votes.", min=0, max=1)
    ] = 0.5,
    unlabelled: Annotated[
        list[Path] | None, typer.Option(help="More faces, whose labels are the teachers' alone; repeatable.")
    ] = None,
    landmarks: Annotated[
        Path | None,
        typer.Option(
            help="Points of the faces, from scripts/mesh.py: learn these as well. With --start, "
            "by default, those that it sees there."
        ),
    ] = None,
    class_balance: Annotated[
        float, typer.Option(help="0 shows every face as often, 1 every emotion.", min=0, max=1)
    ] = 0.0,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto: all GPUs where there are any.")] = "auto",
    seed: Annotated[int, typer.Option(help="The same seed gives the same weights.")] = 0,
    threads: Annotated[int | None, typer.Option(help="Cores to use.", min=1)] = None,
) -> None:
    """Train an emotion network. Ctrl-C loses the current epoch at most: the same command goes on."""
    from feeling_manager.cli.output import report_left_out
    from feeling_manager.cli.torch import need_torch

    need_torch()
    import numpy as np

    from feeling_manager.training.datasets import open_dataset
    from feeling_manager.training.train import train as run

    given = {setting: context.params[option] for option, setting in SETTINGS.items() if _is_given(context, option)}
    settings = _settings(config, given, start, teacher, landmarks)
    faces = open_dataset(data, layout).faces("train")
    report_left_out(faces)
    typer.echo(f"{len(faces)} faces, {len(faces.left_out)} rows left out")
    more = [open_dataset(path).without_labels().images for path in unlabelled or ()]
    report = _Progress(settings)
    typer.echo(f"Done: {run(faces, out, settings, report, np.concatenate(more) if more else None)}")


def _settings(
    config: Path | None, given: dict[str, Any], start: str | None, teachers: list[str] | None, landmarks: Path | None
) -> "Settings":
    """The configuration's settings, with what was given on the command line in their place."""
    from feeling_manager.training.settings import OWN_LANDMARKS, Settings
    from feeling_manager.training.start import sees_landmarks

    settings = (Settings.load(config) if config else Settings()).with_values(given)
    changed: dict[str, Any] = {"start": _file(start or settings.start)}
    names = teachers or settings.distillation.teachers
    changed["distillation.teachers"] = [_teacher(name) for name in names]
    changed["landmarks.file"] = str(landmarks) if landmarks else settings.landmarks.file
    if changed["start"] and not changed["landmarks.file"] and sees_landmarks(Path(changed["start"])):
        changed["landmarks.file"] = OWN_LANDMARKS
    return settings.with_values(changed)


def _is_given(context: typer.Context, option: str) -> bool:
    source = context.get_parameter_source(option)
    return source is not None and source.name != "DEFAULT"


def _file(name: str | None) -> str | None:
    """The network of a model, by its name or as a path."""
    from feeling_manager.inference.models import find, load_emotion

    return name if name is None or name.endswith((".pt", ".onnx")) else str(load_emotion(find(name)).path)


def _teacher(name: str) -> str:
    from feeling_manager.inference.models import find
    from feeling_manager.training.teacher import is_checkpoint

    return name if is_checkpoint(name) else str(find(name))


class _Progress:
    """Prints a line an epoch, with the time that is left."""

    def __init__(self, settings: "Settings") -> None:
        import time

        self._settings = settings
        self._clock = time.monotonic
        self._begun = time.monotonic()
        self._done = 0

    def __call__(self, row: dict[str, float]) -> None:
        self._done += 1
        epochs = self._settings.epochs
        left = (epochs - 1 - row["epoch"]) * (self._clock() - self._begun) / self._done
        held = ""
        if self._settings.held_out:
            held = f"  held out {row['held_loss']:.4f}, {row['held_accuracy']:.2%}"
            if self._settings.landmarks.file:
                held += f", landmarks {row['held_points']:.2%}"
        typer.echo(
            f"epoch {row['epoch'] + 1:.0f}/{epochs}  loss {row['loss']:.4f}{held}  "
            f"{row['seconds']:.0f} s, {left / 60:.0f} min left"
        )
