"""`feeling report`: charts, captions and report from a table of readings."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    table: Annotated[Path, typer.Argument(help="A readings.csv, or the readings.csv.part of a stopped run.")],
    out: Annotated[Path | None, typer.Option(help="Folder for the results; that of the table by default.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only these outputs, by name; comma-separated or repeated.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Words in en or ko.")] = "en",
) -> None:
    """Make charts, captions, report and summary again from a table of readings.

    Model, settings and source are taken from the summary.json (or its .part) beside the table, if there is one.
    """
    from feeling_manager.sinks import results
    from feeling_manager.sinks.outputs import check_words, choose

    names = {name for given in only for name in given.split(",")} if only else None
    wanted = choose(names, results.FILES)
    check_words(wanted, lang)
    folder = out or table.parent
    made = results.rebuild(table, folder, wanted, lang)
    typer.echo(f"{table}: {made.readings} readings of {len(made.persons) + made.others} people -> {folder}/")
