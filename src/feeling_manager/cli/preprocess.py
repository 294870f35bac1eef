"""`feeling preprocess`: pictures in, aligned faces out."""

import os
from pathlib import Path
from typing import Annotated

import typer

from feeling_manager.cli import options as shared


def preprocess(
    data: Annotated[Path, typer.Argument(help="A data set: a folder, tar or zip archive.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder for the faces; a run that was stopped goes on.")],
    layout: Annotated[str | None, typer.Option(help="Of the data set, by name; recognised by default.")] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes; by default one a core.", min=1)] = None,
    large: Annotated[int, typer.Option(help="Pixels of the larger faces, in colour.", min=49, max=2048)] = 256,
    detection_side: shared.DetectionSide = None,
    threshold: shared.Threshold = 0.4,
    json: Annotated[bool, typer.Option("--json", help="The report as JSON, for programs.")] = False,
) -> None:
    """Find, align and cut out the faces of labelled pictures, as recognition does, for `feeling train --data OUT`.

    Of several faces the largest is taken, or the one in the box that the data set gives. Ctrl-C loses nothing.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from feeling_manager.cli.output import print_json, print_table
    from feeling_manager.training.datasets import open_dataset
    from feeling_manager.training.preprocess import Options
    from feeling_manager.training.preprocess import preprocess as run

    dataset = open_dataset(data, layout)
    options = Options(large=large, threshold=threshold, side=detection_side)
    columns = (TextColumn("faces"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=json) as bar:
        task = bar.add_task("")
        report = run(
            dataset,
            out,
            options,
            jobs=jobs or os.cpu_count() or 1,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if json:
        print_json(report)
        return
    rows = [
        {"emotion": name, **row, "share": f"{row['found'] / row['pictures']:.1%}"}
        for name, row in report["by_emotion"].items()
    ]
    typer.echo(
        f"{report['found']} of {report['pictures']} faces found, {report['several_faces']} pictures with several "
        f"(layout {dataset.layout})"
    )
    print_table("Found", rows)
    for reason, number in (report["without"] | report["left_out"]["reasons"]).items():
        typer.echo(f"left out: {number}, {reason} (named in {out / 'report.json'})")
    typer.echo(f"Train on them with: feeling train --data {out}")
