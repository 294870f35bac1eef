"""`feeling analyze`: everything that can be made of films, and of pictures."""

import os
import re
import signal
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feeling_manager.cli import options as shared
from feeling_manager.errors import BusyError, FeelingError, OccupiedError, SourceError, UsageError
from feeling_manager.paths import legible

if TYPE_CHECKING:
    from feeling_manager.cli.journal import JournalSink
    from feeling_manager.pictures import PictureAnalysis
    from feeling_manager.pipeline import Analysis, Progress

STOPPED = 130
DEFAULT_OUT = Path("feeling-out")
_NAMED = 20
"""Files left out that the terminal names; the summary names all."""


def analyze(
    inputs: Annotated[
        list[str], typer.Argument(help="Videos, pictures, folders, patterns, addresses.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the results; several films get a folder each in it. By default one of its own for each "
            "input in feeling-out."
        ),
    ] = None,
    only: shared.Only = None,
    every: Annotated[int, typer.Option(help="Read each n-th frame.", **shared.within("every"))] = 1,
    start: Annotated[float | None, typer.Option(help="Seconds to begin at.", **shared.within("start"))] = None,
    end: Annotated[float | None, typer.Option(help="Seconds to end at.", **shared.within("end"))] = None,
    as_film: Annotated[
        bool, typer.Option("--as-film", help="The pictures of a folder are the frames of one film.")
    ] = False,
    overwrite: shared.Overwrite = False,
    anonymize: shared.Anonymize = False,
    landmarks: shared.Landmarks = False,
    face: shared.FaceChoice = "all",
    lang: shared.Lang = "en",
    jobs: Annotated[int, typer.Option(help="Films analysed at once.", **shared.within("jobs"))] = 1,
    on: shared.On = None,
    webhook: shared.Webhook = None,
    exec_: shared.Command = None,
    cooldown: shared.Cooldown = 30.0,
    journal: shared.Journal = False,
    recorded: Annotated[
        str | None, typer.Option(help="When the input begins, for --journal: such as 2026-11-21T10:30.")
    ] = None,
    detection_side: shared.DetectionSide = None,
    threshold: shared.Threshold = 0.4,
    provider: shared.Provider = "cpu",
    model: shared.Model = None,
) -> None:
    """Annotated video, charts, tables, captions and a report of films; a table and contact sheets of pictures.

    A folder, a pattern or several pictures are read as pictures, each for itself; films among them as films. Ctrl-C
    finishes what was read so far, and the same command goes on. An input that can't be read is named on stderr, the
    others still are.
    """
    if end is not None and start is not None and end <= start:
        raise UsageError(f"--end ({end:g} s) must be later than --start ({start:g} s).")
    if journal != (recorded is not None):
        raise UsageError("--journal and --recorded go together: a journal needs to know when the input was recorded.")
    from feeling_manager.sources.inputs import expand

    options = _Options(
        only=shared.names(only),
        every=every,
        start=start,
        end=end,
        overwrite=overwrite,
        anonymize=anonymize,
        landmarks=landmarks,
        face=face,
        lang=lang,
        on=tuple(on or ()),
        webhook=webhook,
        command=exec_,
        cooldown=cooldown,
        recorded=recorded,
        detection_side=detection_side,
        threshold=threshold,
        provider=provider,
        model=model,
    )
    found = expand(inputs, as_film=as_film, besides=[out or DEFAULT_OUT])
    if journal and (found.pictures or len(found.films) > 1):
        raise UsageError("--journal takes one film, for each begins at a time of its own.")
    if found.pictures:
        _check_for_pictures(options)
    films = _films_for(options, found.films, found.pictures)
    tasks = list(zip(films, _folders(films, out, bool(found.pictures)), strict=True))
    status = 0
    if found.pictures:
        folder = out or _own_folder(_name_of(inputs))
        status = _pictures(inputs, found.named(), found.left_out, folder, options, numbered=out is None)
    if status != STOPPED and tasks:
        run = _one_by_one if jobs == 1 or len(tasks) == 1 else _at_once
        status = run(tasks, options, jobs, numbered=out is None) or status
    elif tasks:
        _not_begun([source for source, _ in tasks])
    raise typer.Exit(status)


@dataclass(frozen=True, slots=True)
class _Options:
    only: frozenset[str] | None
    every: int
    start: float | None
    end: float | None
    overwrite: bool
    anonymize: bool
    landmarks: bool
    face: str
    lang: str
    on: tuple[str, ...]
    webhook: str | None
    command: str | None
    cooldown: float
    recorded: str | None
    detection_side: int | None
    threshold: float
    provider: str
    model: str | None

    @property
    def once(self) -> bool:
        """Whether the run does something beside its results, so that it is not left out where these are there."""
        return bool(self.on) or self.recorded is not None


def _check_for_pictures(options: _Options) -> None:
    """Pictures have no time. Raises UsageError for options that speak of it."""
    for name, given in (
        ("--start and --end", options.start is not None or options.end is not None),
        ("--every", options.every != 1),
        ("--on", bool(options.on)),
    ):
        if given:
            raise UsageError(f"Pictures have no time, so {name} says nothing of them: add --as-film for frames of one.")


def _films_for(options: _Options, films: list[str], pictures: Sequence[Path]) -> list[str]:
    """The films, unless only outputs of pictures are asked for. Raises UsageError for names that nothing has."""
    from feeling_manager.sinks import pictures as of_pictures
    from feeling_manager.sinks.outputs import FILES, choose

    if options.only is None:
        return films
    choose(options.only, FILES)
    if pictures and not options.only & set(of_pictures.FILES):
        raise UsageError(f"Of pictures there are {', '.join(of_pictures.FILES)}; name one of these with --only.")
    return films


def _name_of(inputs: list[str]) -> str:
    return Path(inputs[0]).resolve().name if len(inputs) == 1 and Path(inputs[0]).is_dir() else "pictures"


def _own_folder(name: str) -> Path:
    return DEFAULT_OUT / (name or "source")


def _folders(films: list[str], out: Path | None, beside_pictures: bool) -> list[Path]:
    """One folder a film: `out` for a single one, else folders in it named after the films, each different."""
    if out is not None and len(films) == 1 and not beside_pictures:
        return [out]
    folders: list[Path] = []
    taken: set[str] = set()
    for source in films:
        name = base = _stem(source)
        number = 1
        while _alike(name) in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(_alike(name))
        folders.append((out or DEFAULT_OUT) / name)
    return folders


def _alike(name: str) -> str:
    """The same for names that some systems take for one: `A` and `a`, Hangul in one piece or in its letters."""
    return unicodedata.normalize("NFC", name).casefold()


def _stem(source: str) -> str:
    stem = Path(source.rstrip("/").partition("?")[0]).stem
    # what Windows allows in no name, an address has
    return re.sub(r'[<>:"|?*\\]', "_", stem).strip(". ") or "source"


def _numbered(folder: Path, analyse: "Callable[[Path], Any]", numbered: bool) -> Any:
    """Analyses into the folder, or, where that holds another run's results and nobody chose it, into the next one."""
    number = 1
    while True:
        try:
            return analyse(folder if number == 1 else folder.with_name(f"{folder.name}-{number}"))
        except (OccupiedError, BusyError):
            if not numbered or number == 1000:
                raise
            number += 1


def _analyze(
    source: str,
    folder: Path,
    options: _Options,
    progress: "Progress | None" = None,
    stopped: "Callable[[], bool] | None" = None,
    *,
    numbered: bool = False,
) -> "Analysis":
    from feeling_manager.cli.events import event_sinks, report_events
    from feeling_manager.pipeline import analyze_video

    recognizer = shared.recognizer(
        options.provider, options.detection_side, options.threshold, options.model, threads=1
    )
    events = event_sinks(options.on, options.webhook, options.command, options.cooldown)

    def analyse(into: Path) -> "Analysis":
        return analyze_video(
            source,
            into,
            only=set(options.only) if options.only else None,
            every=options.every,
            start=options.start,
            end=options.end,
            anonymize=options.anonymize,
            landmarks=options.landmarks,
            face=options.face,
            lang=options.lang,
            recognizer=recognizer,
            progress=progress,
            also=[*events, *_journal(options.recorded)],
            overwrite=options.overwrite,
            stopped=stopped,
            again=options.once or options.overwrite,
        )

    analysis: Analysis = _numbered(folder, analyse, numbered)
    report_events(events)
    return analysis


def _journal(recorded: str | None) -> "list[JournalSink]":
    if recorded is None:
        return []
    from feeling_manager.cli.journal import journal_sink

    return [journal_sink(recorded)]


def _one_by_one(tasks: list[tuple[str, Path]], options: _Options, _: int, *, numbered: bool) -> int:
    status = 0
    for number, (source, folder) in enumerate(tasks):
        try:
            with _bar(source) as progress:
                analysis = _analyze(source, folder, options, progress, numbered=numbered)
        except FeelingError as error:
            typer.echo(f"feeling: {error}", err=True)
            status = error.exit_status
            continue
        status = _said(source, analysis) or status
        if analysis.interrupted:
            _not_begun([later for later, _ in tasks[number + 1 :]])
            return STOPPED
    return status


_stop: Any = None
"""In a process that analyses for another one: an event that is set when that one is to stop."""


def _begin(stop: Any) -> None:
    """In each process: Ctrl-C reaches all of them, but only the first one decides."""
    global _stop
    _stop = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Processes that begin meanwhile never hear Ctrl-C, not even before `_begin`; ours waits for us."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _analyze_apart(source: str, folder: Path, options: _Options, numbered: bool) -> "Analysis | None":
    """What it came to; None where it was not begun."""
    if _stop.is_set():
        return None
    return _analyze(source, folder, options, None, _stop.is_set, numbered=numbered)


def _at_once(tasks: list[tuple[str, Path]], options: _Options, jobs: int, *, numbered: bool) -> int:
    """Each film in a process of its own. At Ctrl-C those that are being read are finished, and no other is begun."""
    from feeling_manager.concurrency import Interrupts

    status = 0
    context = get_context("spawn")
    stop = context.Event()
    left: list[str] = []
    with (
        Interrupts() as interrupts,
        ProcessPoolExecutor(min(jobs, len(tasks)), context, initializer=_begin, initargs=(stop,)) as pool,
    ):
        with _deaf_children():
            running: dict[Future[Analysis | None], str] = {
                pool.submit(_analyze_apart, source, folder, options, numbered): source for source, folder in tasks
            }
        while running:
            done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                status = _finished(future, running.pop(future), left) or status
            if interrupts.requested and not stop.is_set():
                stop.set()
                status = STOPPED
                typer.echo("Stopping: finishing the films that are being read.", err=True)
                cancelled = [future for future in running if future.cancel()]
                left += [running.pop(future) for future in cancelled]
    order = [source for source, _ in tasks]
    _not_begun(sorted(left, key=order.index))
    return status


def _finished(future: "Future[Analysis | None]", source: str, left: list[str]) -> int:
    try:
        analysis = future.result()
    except FeelingError as error:
        typer.echo(f"feeling: {error}", err=True)
        return error.exit_status
    except BrokenProcessPool:
        typer.echo(
            f"feeling: {source} was not read to its end: a process was ended from outside, perhaps for want of memory. "
            "The same command with fewer --jobs reads what is missing.",
            err=True,
        )
        return FeelingError.exit_status
    if analysis is None:
        left.append(source)
        return STOPPED
    return _said(source, analysis)


def _not_begun(sources: Sequence[str]) -> None:
    if sources:
        typer.echo(f"Stopped: {len(sources)} not begun: {', '.join(sources)}.", err=True)


def _pictures(
    inputs: list[str],
    pictures: list[tuple[str, Path]],
    left_out: Sequence[Any],
    folder: Path,
    options: _Options,
    *,
    numbered: bool,
) -> int:
    from feeling_manager.pictures import analyze_pictures
    from feeling_manager.sinks.pictures import FILES

    recognizer = shared.recognizer(
        options.provider, options.detection_side, options.threshold, options.model, threads=1
    )
    with _counter(len(pictures)) as progress:

        def analyse(into: Path) -> "PictureAnalysis":
            return analyze_pictures(
                pictures,
                into,
                only=set(options.only & set(FILES)) if options.only else None,
                anonymize=options.anonymize,
                face=options.face,
                lang=options.lang,
                recognizer=recognizer,
                left_out=left_out,
                inputs=[_absolute(word) for word in inputs],
                progress=progress,
                overwrite=options.overwrite,
            )

        found: PictureAnalysis = _numbered(folder, analyse, numbered)
    for each in found.left_out[:_NAMED]:
        typer.echo(f"left out: {each.file}: {each.reason}", err=True)
    if len(found.left_out) > _NAMED:
        typer.echo(f"left out: {len(found.left_out) - _NAMED} more, all named in summary.json", err=True)
    words = f"{_count(found.pictures, 'picture')}, {_count(found.faces, 'face')}"
    if found.left_out:
        words += f", {_count(len(found.left_out), 'file')} left out"
    if found.interrupted:
        words += "; stopped, the same command goes on"
    typer.echo(f"{words} -> {found.out}{os.sep}")
    return STOPPED if found.interrupted else 0


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _absolute(word: str) -> str:
    return legible(str(Path(word).absolute()) if Path(word).exists() else word)


def _said(source: str, analysis: "Analysis") -> int:
    """Prints what a film came to; gives the exit status."""
    source = legible(source)
    if analysis.before:
        typer.echo(f"{source}: analysed before -> {analysis.out}{os.sep} (--overwrite does it again)")
        return _said_missing(analysis)
    words = f"{source}: {analysis.frames} frames, {analysis.seconds:.1f} s, {analysis.readings} readings"
    if analysis.dropped:
        words += f", {analysis.dropped} broken or dropped frames left out"
    if analysis.interrupted:
        words += "; stopped, what was read so far is whole"
    typer.echo(f"{words} -> {analysis.out}{os.sep}")
    return STOPPED if analysis.interrupted else _said_missing(analysis)


def _said_missing(analysis: "Analysis") -> int:
    if not analysis.missing:
        return 0
    typer.echo(f"feeling: {analysis.missing}", err=True)
    return SourceError.exit_status


@contextmanager
def _bar(source: str) -> Iterator["Progress"]:
    """A progress bar with frames/s and time left, on a terminal."""
    with _progress(Path(source).name or source) as (bar, task):
        frames = 0

        def show(frame: Any, info: Any) -> None:
            nonlocal frames
            frames += 1
            speed = bar.tasks[task].finished_speed or bar.tasks[task].speed
            done = frames if not info.duration else frame.time
            rate = f"{frames / max(bar.tasks[task].elapsed or 0, 1e-3):.0f} frames/s"
            bar.update(task, completed=done, total=info.duration or None, speed=rate if speed else "")

        yield show


@contextmanager
def _counter(number: int) -> "Iterator[Callable[[int, int], None]]":
    """The same for pictures."""
    with _progress(f"{number} pictures") as (bar, task):

        def show(done: int, total: int) -> None:
            rate = f"{done / max(bar.tasks[task].elapsed or 0, 1e-3):.0f} pictures/s"
            bar.update(task, completed=done, total=total, speed=rate)

        yield show


@contextmanager
def _progress(words: str) -> Iterator[Any]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield bar, bar.add_task(escape(words), total=None, speed="")
