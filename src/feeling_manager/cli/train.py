"""`feeling train`: faces in, a checkpoint out."""

from pathlib import Path
from typing import Annotated

import typer


def train(
    data: Annotated[Path, typer.Option(help="A data set: a folder, tar or zip archive; see docs/how-to/train.md.")],
    out: Annotated[Path, typer.Option(help="Folder of the run; one that was interrupted goes on.")] = Path(
        "runs/emotion"
    ),
    layout: Annotated[str | None, typer.Option(help="Of the data set, by name; recognised by default.")] = None,
    network: Annotated[str, typer.Option(help="By name; see feeling_manager.training.networks.")] = "slim",
    epochs: Annotated[int, typer.Option(help="Times that every face is seen.", min=1)] = 40,
    batch: Annotated[int, typer.Option(help="Faces a step.", min=2)] = 128,
    rate: Annotated[float, typer.Option(help="Learning rate of AdamW.")] = 2e-3,
    held_out: Annotated[float, typer.Option(help="Share of the faces that only measure.", min=0, max=0.5)] = 0.1,
    patience: Annotated[int, typer.Option(help="Stop after so many epochs without a better loss; 0 never.")] = 0,
    start: Annotated[
        str | None, typer.Option(help="What to go on from: a model by name, an exported .onnx, or a checkpoint.")
    ] = None,
    frozen: Annotated[int, typer.Option(help="Parts of the network that stay as they started.", min=0)] = 0,
    growing: Annotated[bool, typer.Option(help="Start on smaller pictures, which takes a third less time.")] = True,
    mixing: Annotated[float, typer.Option(help="Share of batches with mix-up.", min=0, max=1)] = 0.5,
    gentle: Annotated[
        float, typer.Option(help="Share of batches in which only place and light of faces change.", min=0, max=1)
    ] = 0.0,
    aligned: Annotated[
        float, typer.Option(help="Share of faces that are seen aligned by --landmarks.", min=0, max=1)
    ] = 0.75,
    teacher: Annotated[
        list[str] | None, typer.Option(help="A model to learn from: by name, manifest or checkpoint; repeatable.")
    ] = None,
    teach: Annotated[float, typer.Option(help="Weight of the teachers against the votes.", min=0, max=1)] = 0.5,
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
    balance: Annotated[float, typer.Option(help="0 shows every face as often, 1 every emotion.", min=0, max=1)] = 0.0,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto: all GPUs where there are any.")] = "auto",
    seed: Annotated[int, typer.Option(help="The same seed gives the same weights.")] = 0,
    threads: Annotated[int | None, typer.Option(help="Cores to use.", min=1)] = None,
) -> None:
    """Train an emotion network. Ctrl-C loses the current epoch at most: the same command goes on."""
    import time

    from feeling_manager.cli.output import report_left_out
    from feeling_manager.cli.torch import need_torch

    need_torch()
    import numpy as np

    from feeling_manager.inference.models import find
    from feeling_manager.training.datasets import open_dataset
    from feeling_manager.training.start import sees_landmarks
    from feeling_manager.training.train import OWN, Settings
    from feeling_manager.training.train import train as run

    faces = open_dataset(data, layout).faces("train")
    report_left_out(faces)
    typer.echo(f"{len(faces)} faces, {len(faces.left_out)} rows left out")
    more = [open_dataset(path).without_labels().images for path in unlabelled or ()]
    begun_from = _file(start) if start else None
    points = str(landmarks) if landmarks else None
    if begun_from and not points and sees_landmarks(Path(begun_from)):
        points = OWN
    settings = Settings(
        network=network,
        epochs=epochs,
        batch=batch,
        rate=rate,
        held_out=held_out,
        patience=patience,
        teachers=tuple(name if name.endswith(".pt") else str(find(name)) for name in teacher or ()),
        teach=teach,
        start=begun_from,
        frozen=frozen,
        growing=growing,
        mixing=mixing,
        gentle=gentle,
        aligned=aligned,
        landmarks=points,
        balance=balance,
        device=device,
        seed=seed,
        threads=threads,
    )
    begun = time.monotonic()
    done = 0

    def report(row: dict[str, float]) -> None:
        nonlocal done
        done += 1
        left = (epochs - 1 - row["epoch"]) * (time.monotonic() - begun) / done
        held = f"  held out {row['held_loss']:.4f}, {row['held_accuracy']:.2%}" if held_out else ""
        if held_out and points:
            held += f", landmarks {row['held_points']:.2%}"
        typer.echo(
            f"epoch {row['epoch'] + 1:.0f}/{epochs}  loss {row['loss']:.4f}{held}  "
            f"{row['seconds']:.0f} s, {left / 60:.0f} min left"
        )

    typer.echo(f"Done: {run(faces, out, settings, report, np.concatenate(more) if more else None)}")


def _file(name: str) -> str:
    """The network of a model, by its name or as a path."""
    from feeling_manager.inference.models import find, load_emotion

    return name if name.endswith((".pt", ".onnx")) else str(load_emotion(find(name)).path)
