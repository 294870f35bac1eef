"""`feeling export`: a checkpoint as the file that ships."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    checkpoint: Annotated[Path, typer.Argument(help="checkpoint.pt of a run.")],
    data: Annotated[Path, typer.Option(help="FER+ in its official layout, for calibration on its validation split.")],
    out: Annotated[Path, typer.Option(help="The ONNX file; its manifest is written beside it.")] = Path("emotion.onnx"),
    trained_on: Annotated[
        str, typer.Option(help="What the manifest says of the data.")
    ] = "FER2013 training faces, FER+ votes",
) -> None:
    """Write a checkpoint as ONNX with its manifest; fails when the two differ."""
    from feeling_manager.cli.torch import need_torch

    need_torch()
    from feeling_manager.training.datasets import load_ferplus
    from feeling_manager.training.export import export as run

    manifest = run(checkpoint, out, load_ferplus(data, "valid"), trained_on)
    metrics = manifest["metrics"]
    typer.echo(
        f"{out}: {out.stat().st_size / 1e6:.2f} MB, off by {metrics['drift']:.5f} from PyTorch at most; "
        f"validation {metrics['accuracy']:.2%}, ECE {metrics['ece']:.4f}, n = {metrics['n']}"
    )
