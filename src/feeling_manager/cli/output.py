"""How commands print."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from feeling_manager.training.datasets import Faces


def print_json(value: object) -> None:
    """One JSON document on stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(title: str, rows: Sequence[dict[str, Any]]) -> None:
    """A table with the keys of the first row as its columns."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left")
    for column in rows[0] if rows else ():
        table.add_column(escape(column), overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row.values()))
    Console().print(table)


def report_left_out(faces: "Faces") -> None:
    """On stderr: how many rows of a data set can't be used, by reason, with examples."""
    from feeling_manager.training.datasets import summary

    left_out = summary(faces.left_out)
    for reason, number in left_out["reasons"].items():
        typer.echo(f"left out: {number} rows, {reason}, such as {left_out['examples'][reason][0]}", err=True)
