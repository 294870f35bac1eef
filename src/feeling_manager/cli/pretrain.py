"""`feeling pretrain`: faces without labels in, a network to start from out."""

from pathlib import Path
from typing import Annotated

import typer

ALIASES = {"batch": "batch-size", "rate": "learning-rate"}
"""What options were called in 0.1.0, which they still answer to."""


def pretrain(
    data: Annotated[list[Path], typer.Option(help="A data set, of which only the faces are looked at; repeatable.")],
    people: Annotated[
        list[Path] | None,
        typer.Option(help="One more, whose pictures are named by person and number (Tony_Blair_0104.jpg); repeatable."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("runs/pretrained.pt"),
    network: Annotated[str, typer.Option(help="By name; see feeling_manager.training.networks.")] = "slim",
    landmarks: Annotated[
        Path | None,
        typer.Option(help="Points of the faces, from scripts/mesh.py: learn these, not to tell faces apart."),
    ] = None,
    epochs: Annotated[int, typer.Option(help="Times that every face is seen.", min=1)] = 3,
    batch_size: Annotated[int, typer.Option(help="Faces a step.", min=2)] = 128,
    learning_rate: Annotated[float, typer.Option(help="The highest of AdamW.", min=0)] = 2e-3,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "auto",
    seed: Annotated[int, typer.Option(help="The same seed gives the same weights.")] = 0,
    threads: Annotated[int | None, typer.Option(help="Cores to use.", min=1)] = None,
) -> None:
    """Let a network learn from faces without labels, for `feeling train --start OUT`. Ctrl-C begins anew."""
    from feeling_manager.cli.torch import need_torch

    need_torch()
    import numpy as np

    from feeling_manager.training.datasets import open_dataset
    from feeling_manager.training.pretrain import people_of
    from feeling_manager.training.pretrain import pretrain as run
    from feeling_manager.training.settings import LandmarkSettings, OptimizerSettings, Settings

    images, who = [], []
    for path in data:
        faces = open_dataset(path).without_labels()
        images.append(faces.images)
        who += [f"{path} {number}" for number in range(len(faces))]
    for path in people or ():
        faces = open_dataset(path).without_labels()
        images.append(faces.images)
        who += people_of(faces.names)
    settings = Settings(
        network=network,
        epochs=epochs,
        batch_size=batch_size,
        optimizer=OptimizerSettings(learning_rate=learning_rate),
        landmarks=LandmarkSettings(file=str(landmarks) if landmarks else None),
        device=device,
        seed=seed,
        threads=threads,
    )
    typer.echo(f"{len(who)} faces" + (f" of at most {len(set(who))} people" if people else ""))

    def report(row: dict[str, float]) -> None:
        left = (epochs - 1 - row["epoch"]) * row["seconds"]
        typer.echo(
            f"epoch {row['epoch'] + 1:.0f}/{epochs}  loss {row['loss']:.4f}  {row['seconds']:.0f} s, "
            f"{left / 60:.0f} min left"
        )

    typer.echo(f"Done: {run(np.concatenate(images), out, settings, who if people else None, report)}")
