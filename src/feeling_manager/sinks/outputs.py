"""Opens all that a run leaves behind, as one sink."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from feeling_manager.errors import SourceError, UsageError
from feeling_manager.sinks import fonts, results
from feeling_manager.sinks.annotator import Annotator
from feeling_manager.sinks.anonymize import AnonymizedSink
from feeling_manager.sinks.dashboard import Dashboard
from feeling_manager.sinks.files import make_folder
from feeling_manager.sinks.film import FilmSink
from feeling_manager.sinks.summary import Run, versions
from feeling_manager.sinks.table import CsvSink, JsonLinesSink, ParquetSink
from feeling_manager.types import Frame, Reading, Sink, SourceInfo

FILES: Mapping[str, str] = {
    "annotated": "annotated.mp4",
    "merged": "merged.mp4",
    **results.FILES,
    "csv": "readings.csv",
    "parquet": "readings.parquet",
    "jsonl": "readings.jsonl",
}
"""Name of an output to its file."""
ON_REQUEST = frozenset({"jsonl"})
"""Outputs made only when they are named: JSON lines hold what the CSV holds."""
DRAWN = frozenset({"annotated", "merged", "gif", "timeline", "cumulative", "report"})
"""Outputs with words in a picture, which need a font."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions:
    """only: names of `FILES`, None for all. lang: "en" or "ko". anonymize: faces are blurred in all that shows them.
    landmarks: the 68 points are drawn.
    audio_from: the file whose sound is kept. start: seconds of the source at which the run begins; end: where it ends,
    for the record only. model, settings: what the summary and the report tell, `every` among them. dropped: asked at
    the end for the frames that the source lost.
    """

    only: Collection[str] | None = None
    lang: str = "en"
    anonymize: bool = False
    landmarks: bool = False
    audio_from: Path | None = None
    start: float | None = None
    end: float | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    dropped: Callable[[], int] | None = None


def choose(only: Collection[str] | None, files: Mapping[str, str] = FILES) -> set[str]:
    """The outputs wanted. Raises UsageError for a name that is none."""
    if only is None:
        return set(files) - ON_REQUEST
    if unknown := sorted(set(only) - set(files)):
        raise UsageError(f"There is no output named {unknown[0]!r}: choose from {', '.join(files)}.")
    if not only:
        raise UsageError(f"No output is asked for: choose from {', '.join(files)}.")
    return set(only)


def check_words(wanted: Collection[str], lang: str) -> None:
    """Sees at the beginning that the words can be written, not after an hour. Raises as `fonts.find`."""
    fonts.check_lang(lang)
    if DRAWN & set(wanted):
        fonts.find(lang)


class Sinks:
    """Several sinks as one.

    When one fails, its error is raised and the others are still finished. So they are when the source is lost: what
    was read before it stays. Any other error leaves what can be read as `*.part`.
    """

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = list(sinks)
        self._failed: Sink | None = None
        self._frames = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for sink in self._sinks:
                stack.enter_context(sink)
            stack.pop_all()
        return self

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        self._frames += 1
        for sink in self._sinks:
            try:
                sink.write(frame, readings)
            except BaseException:
                self._failed = sink
                raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        finish = error is None or self._failed is not None or (isinstance(error, SourceError) and self._frames > 0)
        first: BaseException | None = None
        for sink in self._sinks:
            try:
                if finish and sink is not self._failed:
                    sink.__exit__(None, None, None)
                else:
                    sink.__exit__(kind, error, trace)
            except Exception as raised:
                first = first or raised
        if first is not None and error is None:
            raise first


def open_sinks(out: Path, info: SourceInfo, options: OutputOptions) -> Sinks:
    """All outputs wanted of a source, as one sink; a context manager. Makes the folder `out`.

    Raises UsageError for an unknown output or language, MissingDependencyError where no font can write it,
    OutputError for a folder that can't be written.
    """
    wanted = choose(options.only)
    check_words(wanted, options.lang)
    make_folder(out)
    # tables first: all else can be made from them
    tables: dict[str, Callable[[Path], Sink]] = {"csv": CsvSink, "jsonl": JsonLinesSink, "parquet": ParquetSink}
    telling: list[Sink] = [kind(out / FILES[name]) for name, kind in tables.items() if name in wanted]
    if made := wanted & set(results.FILES):
        run = Run(
            versions=versions(),
            model=options.model,
            settings=options.settings,
            source=info._asdict(),
            begin=options.start or 0.0,
        )
        telling.append(results.ResultsSink(out, made, run, lang=options.lang, dropped=options.dropped))
    return Sinks([*telling, *_films(out, info, options, wanted)])


def _films(out: Path, info: SourceInfo, options: OutputOptions, wanted: set[str]) -> list[Sink]:
    if not wanted & {"annotated", "merged"}:
        return []
    # on faces that are blurred before, the lines would show what was hidden
    annotator = Annotator(options.lang, landmarks=options.landmarks and not options.anonymize)
    begin = options.start or 0.0
    origin = None if info.live else begin
    fps = info.fps / max(int(options.settings.get("every", 1)), 1) if info.fps else None
    dashboard = Dashboard(
        annotator,
        options.lang,
        duration=max(info.duration - begin, 0.1) if info.duration else None,
        begin=origin,
    )
    shows = {"annotated": annotator.with_legend, "merged": dashboard.show}
    films = [
        FilmSink(out / FILES[name], show, fps=fps, origin=origin, sound=options.audio_from)
        for name, show in shows.items()
        if name in wanted
    ]
    return [AnonymizedSink(Sinks(films))] if options.anonymize else [*films]
