"""What is made at the end of a run, all of it from one accumulator, or later from its table of readings."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from feeling_manager.sinks.accumulator import Accumulator, Results
from feeling_manager.sinks.files import make_folder, output_errors, part_of, write_whole
from feeling_manager.sinks.rows import to_row
from feeling_manager.sinks.summary import Run, dump, read_run, run_to_json, to_json
from feeling_manager.sinks.table import read_table
from feeling_manager.types import Frame, Reading

FILES: Mapping[str, str] = {
    "gif": "chart.gif",
    "timeline": "timeline.png",
    "cumulative": "cumulative.png",
    "vtt": "emotions.vtt",
    "report": "report.html",
    "summary": "summary.json",
}
"""Name of a result to its file."""


class _Maker:
    """Makes each result as bytes, the charts once for all that show them."""

    def __init__(self, results: Results, run: Run, lang: str) -> None:
        self.results, self.run, self.lang = results, run, lang

    @cached_property
    def timeline(self) -> bytes:
        from feeling_manager.sinks.charts import timeline_png

        return timeline_png(self.results, self.lang, self.run.begin)

    @cached_property
    def cumulative(self) -> bytes:
        from feeling_manager.sinks.charts import cumulative_png

        return cumulative_png(self.results, self.lang, self.run.begin)

    @property
    def gif(self) -> bytes:
        from feeling_manager.sinks.gif import make_gif

        return make_gif(self.results, self.lang, self.run.begin)

    @property
    def vtt(self) -> bytes:
        from feeling_manager.sinks.captions import make_vtt

        return make_vtt(self.results, self.lang, self.run.begin).encode()

    @property
    def report(self) -> bytes:
        from feeling_manager.sinks.report import make_report

        return make_report(self.results, self.run, self.lang).encode()

    @property
    def summary(self) -> bytes:
        return dump(to_json(self.results, self.run))


def write_results(out: Path, wanted: Collection[str], results: Results, run: Run, lang: str = "en") -> None:
    """Writes the wanted of `FILES` into a folder, each whole or not at all. Raises OutputError."""
    maker = _Maker(results, run, lang)
    for name, file in FILES.items():
        if name in wanted:
            write_whole(out / file, getattr(maker, name))


class ResultsSink:
    """Sums the readings and makes the wanted of `FILES` at the end.

    Where a summary is wanted, `summary.json.part` tells of the run from its first frame on, so that a killed run's
    table can be reported on with its model and settings.
    """

    def __init__(
        self,
        out: Path,
        wanted: Collection[str],
        run: Run,
        *,
        lang: str = "en",
        dropped: Callable[[], int] | None = None,
    ) -> None:
        """dropped: asked at the end for the number of frames that the source lost."""
        self._out, self._wanted, self._run, self._lang = out, wanted, run, lang
        self._dropped = dropped
        self._accumulator = Accumulator()
        self._frames = 0

    def __enter__(self) -> Self:
        return self

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        if not self._frames:
            self._begin(frame)
        self._frames += 1
        self._accumulator.add([to_row(reading) for reading in readings])

    def _begin(self, frame: Frame) -> None:
        if (self._run.source or {}).get("live"):
            self._run = replace(self._run, begin=round(frame.time, 3))
        if "summary" in self._wanted:
            path = self._out / FILES["summary"]
            with output_errors(path):
                part_of(path).write_bytes(dump(run_to_json(self._run)))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and self._frames:
            run = replace(self._run, frames=self._frames, dropped=self._dropped() if self._dropped else None)
            write_results(self._out, self._wanted, self._accumulator.finish(), run, self._lang)


def rebuild(table: Path | IO[bytes], out: Path, wanted: Collection[str], lang: str = "en") -> Results:
    """Makes the wanted of `FILES` again from a table of readings, whole or left by a run that was killed.

    What the table does not hold (model, settings, source) comes from the summary beside it. Raises SourceError for
    what is no such table, OutputError for what can't be written.
    """
    accumulator = Accumulator()
    for rows in read_table(table):
        accumulator.add(rows)
    run = Run()
    if isinstance(table, Path):
        summary = table.with_name(FILES["summary"])
        beside = [part_of(summary), summary] if table.suffix == ".part" else [summary, part_of(summary)]
        run = next((read_run(path) for path in beside if path.is_file()), run)
    results = accumulator.finish()
    make_folder(out)
    write_results(out, wanted, results, run, lang)
    return results
