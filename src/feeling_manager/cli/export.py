"""`feeling export`: a checkpoint as the file that ships."""

from pathlib import Path
from typing import Annotated

import typer

ALIASES = {"looks": "tta-views"}
"""What an option was called in 0.1.0, which it still answers to."""


def export(
    checkpoint: Annotated[Path, typer.Argument(help="checkpoint.pt of a run.")],
    data: Annotated[Path, typer.Option(help="A data set: a folder, tar or zip archive; see docs/how-to/train.md.")],
    out: Annotated[Path, typer.Option(help="The ONNX file; its manifest is written beside it.")] = Path("emotion.onnx"),
    layout: Annotated[str | None, typer.Option(help="Of the data set, by name; recognised by default.")] = None,
    trained_on: Annotated[
        str, typer.Option(help="What the manifest says of the data.")
    ] = "FER2013 training faces, FER+ votes",
    tta_views: Annotated[
        int | None,
        typer.Option(
            help="Views of each face (test-time augmentation): 1 as it is, 2 its mirror image too, 3 as it is, "
            "aligned, and that mirrored. More take more time; by default as many as the network has learned.",
            min=1,
            max=3,
        ),
    ] = None,
    int8: Annotated[
        bool, typer.Option("--int8/--no-int8", help="Compute in eight-bit integers: a third of the time.")
    ] = True,
    landmarks: Annotated[
        Path | None, typer.Option(help="Points to measure its landmarks on; those of the training by default.")
    ] = None,
) -> None:
    """Write a checkpoint as ONNX with its manifest; fails when the two differ, or int8 costs half a point."""
    from feeling_manager.cli.torch import need_torch

    need_torch()
    from feeling_manager.training.datasets import open_dataset
    from feeling_manager.training.export import export as run
    from feeling_manager.training.export import some_faces

    dataset = open_dataset(data, layout)
    manifest = run(
        checkpoint,
        out,
        dataset.faces("valid"),
        trained_on,
        tta_views=tta_views,
        calibration=some_faces(dataset.faces("train")) if int8 else None,
        landmarks=landmarks,
    )
    metrics = manifest["metrics"]
    typer.echo(
        f"{out}: {out.stat().st_size / 1e6:.2f} MB, off by {metrics['drift']:.5f} from PyTorch at most; "
        f"validation {metrics['accuracy']:.2%}, ECE {metrics['ece']:.4f}, n = {metrics['n']}"
    )
