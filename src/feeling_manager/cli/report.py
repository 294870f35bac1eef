"""`feeling report`: charts, captions and report from a table of readings."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from feeling_manager.cli import options as shared
from feeling_manager.errors import UsageError


def report(
    table: Annotated[
        Path,
        typer.Argument(
            help="A readings.csv or .parquet, the readings.csv.part of a stopped run, or - for a CSV on stdin."
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder for the results; that of the table by default.")] = None,
    only: shared.Only = None,
    overwrite: shared.Overwrite = False,
    lang: shared.Lang = "en",
) -> None:
    """Make charts, captions, report and summary again from a table of readings.

    Model, settings and source are taken from the summary.json (or its .part) beside the table, if there is one.
    """
    from feeling_manager.sinks import results
    from feeling_manager.sinks.outputs import check_words, choose
    from feeling_manager.sinks.run_file import RunFolder, RunRecord, input_of

    stdin = str(table) == "-"
    if stdin and out is None:
        raise UsageError("A table on stdin has no folder of its own: say with --out where the results go.")
    wanted = choose(shared.names(only), results.FILES)
    check_words(wanted, lang)
    folder = out or table.parent
    with ExitStack() as stack:
        if folder.resolve() != table.parent.resolve() or stdin:
            # not to write over what another run left there
            record = RunRecord(inputs=[input_of(table)], options={"only": sorted(wanted), "lang": lang})
            outputs = [results.FILES[name] for name in wanted]
            run = stack.enter_context(RunFolder(folder, record, outputs, overwrite=overwrite, sources=[table]))
            run.keep(interrupted=False)
        made = results.rebuild(sys.stdin.buffer if stdin else table, folder, wanted, lang)
    typer.echo(f"{table}: {made.readings} readings of {len(made.persons) + made.others} people -> {folder}/")
