"""`feeling export`: a checkpoint as the file that ships."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    checkpoint: Annotated[Path, typer.Argument(help="checkpoint.pt of a run.")],
    data: Annotated[Path, typer.Option(help="A data set: a folder, tar or zip archive; see docs/how-to/train.md.")],
    out: Annotated[Path, typer.Option(help="The ONNX file; its manifest is written beside it.")] = Path("emotion.onnx"),
    layout: Annotated[str | None, typer.Option(help="Of the data set, by name; recognised by default.")] = None,
    trained_on: Annotated[
        str, typer.Option(help="What the manifest says of the data.")
    ] = "FER2013 training faces, FER+ votes",
    landmarks: Annotated[
        Path | None, typer.Option(help="Points to measure its landmarks on; those of the training by default.")
    ] = None,
) -> None:
    """Write a checkpoint as ONNX with its manifest; fails when the two differ."""
    from feeling_manager.cli.torch import need_torch

    need_torch()
    from feeling_manager.training.datasets import open_dataset
    from feeling_manager.training.export import export as run

    manifest = run(checkpoint, out, open_dataset(data, layout).faces("valid"), trained_on, landmarks)
    metrics = manifest["metrics"]
    typer.echo(
        f"{out}: {out.stat().st_size / 1e6:.2f} MB, off by {metrics['drift']:.5f} from PyTorch at most; "
        f"validation {metrics['accuracy']:.2%}, ECE {metrics['ece']:.4f}, n = {metrics['n']}"
    )
