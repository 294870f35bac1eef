"""`feeling analyze`: everything that can be made of a video."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feeling_manager.errors import FeelingError, UsageError

if TYPE_CHECKING:
    from feeling_manager.cli.journal import JournalSink
    from feeling_manager.pipeline import Analysis, Progress

STOPPED = 130


def analyze(
    inputs: Annotated[list[str], typer.Argument(help="Videos, pictures, folders, addresses.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder for the results; several inputs get a folder each in it.")] = Path(
        "feeling-out"
    ),
    only: Annotated[
        list[str] | None, typer.Option(help="Only these outputs, by name; comma-separated or repeated.")
    ] = None,
    every: Annotated[int, typer.Option(help="Read each n-th frame.", min=1)] = 1,
    start: Annotated[float | None, typer.Option(help="Seconds to begin at.", min=0)] = None,
    end: Annotated[float | None, typer.Option(help="Seconds to end at.", min=0)] = None,
    anonymize: Annotated[bool, typer.Option("--anonymize", help="Blur the faces in all that shows them.")] = False,
    landmarks: Annotated[bool, typer.Option("--landmarks", help="Draw the 68 points of each face.")] = False,
    face: Annotated[str, typer.Option(help="Read all faces, or the largest.")] = "all",
    lang: Annotated[str, typer.Option(help="Words in en or ko.")] = "en",
    jobs: Annotated[int, typer.Option(help="Files analysed at once.", min=1)] = 1,
    on: Annotated[list[str] | None, typer.Option(help="An event, such as 'anger>0.6 for 3s'.")] = None,
    webhook: Annotated[str | None, typer.Option(help="Address that events are posted to.")] = None,
    exec_: Annotated[str | None, typer.Option("--exec", help="Program that events are given to.")] = None,
    cooldown: Annotated[float, typer.Option(help="Seconds between two events of one rule and person.", min=0)] = 30.0,
    journal: Annotated[bool, typer.Option("--journal", help="Send spells to the account of `feeling login`.")] = False,
    recorded: Annotated[
        str | None, typer.Option(help="When the input begins, for --journal: such as 2026-11-21T10:30.")
    ] = None,
    detection_side: Annotated[
        int | None, typer.Option(help="Pixels of the longer side that the detector sees; larger finds smaller faces.")
    ] = None,
    threshold: Annotated[float, typer.Option(help="Score from which a face counts.", min=0.01, max=0.99)] = 0.4,
    provider: Annotated[str, typer.Option(help="cpu, cuda, coreml, directml or openvino.")] = "cpu",
    model: Annotated[
        str | None,
        typer.Option(help="Emotion model: a name of `feeling models list`, or a manifest.", show_default=False),
    ] = None,
) -> None:
    """Annotated video, charts, tables, captions and a report of videos.

    Ctrl-C finishes what was read so far. An input that can't be read is named on stderr, the others still are.
    """
    if end is not None and start is not None and end <= start:
        raise UsageError(f"--end ({end:g} s) must be later than --start ({start:g} s).")
    if journal != (recorded is not None):
        raise UsageError("--journal and --recorded go together: a journal needs to know when the input was recorded.")
    if journal and len(inputs) > 1:
        raise UsageError("--journal takes one input, for each begins at a time of its own.")
    from feeling_manager.inference.models import find

    options = _Options(
        only=frozenset(name for names in only for name in names.split(",")) if only else None,
        every=every,
        start=start,
        end=end,
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
        manifest=find(model) if model else None,
    )
    tasks = list(zip(inputs, _folders(inputs, out), strict=True))
    status = _one_by_one(tasks, options) if jobs == 1 or len(tasks) == 1 else _at_once(tasks, options, jobs)
    raise typer.Exit(status)


@dataclass(frozen=True, slots=True)
class _Options:
    only: frozenset[str] | None
    every: int
    start: float | None
    end: float | None
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
    manifest: Path | None


def _folders(inputs: list[str], out: Path) -> list[Path]:
    """One folder an input: `out` for a single one, else folders in it named after the inputs, each different."""
    if len(inputs) == 1:
        return [out]
    folders: list[Path] = []
    for source in inputs:
        name = base = Path(source.rstrip("/")).stem or "source"
        number = 1
        while out / name in folders:
            number += 1
            name = f"{base}-{number}"
        folders.append(out / name)
    return folders


def _analyze(source: str, folder: Path, options: _Options, progress: "Progress | None") -> "Analysis":
    from feeling_manager.cli.events import event_sinks, report_events
    from feeling_manager.inference import EmotionRecognizer
    from feeling_manager.pipeline import analyze_video

    recognizer = EmotionRecognizer(
        provider=options.provider,
        threads=1,
        detection_side=options.detection_side,
        threshold=options.threshold,
        manifest=options.manifest,
    )
    events = event_sinks(options.on, options.webhook, options.command, options.cooldown)
    analysis = analyze_video(
        source,
        folder,
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
    )
    report_events(events)
    return analysis


def _journal(recorded: str | None) -> "list[JournalSink]":
    if recorded is None:
        return []
    from feeling_manager.cli.journal import journal_sink

    return [journal_sink(recorded)]


def _one_by_one(tasks: list[tuple[str, Path]], options: _Options) -> int:
    status = 0
    for number, (source, folder) in enumerate(tasks):
        try:
            with _bar(source) as progress:
                analysis = _analyze(source, folder, options, progress)
        except FeelingError as error:
            typer.echo(f"feeling: {error}", err=True)
            status = error.exit_status
            continue
        _print(source, analysis)
        if analysis.interrupted:
            if rest := len(tasks) - number - 1:
                typer.echo(f"Stopped: {rest} input(s) not analysed.", err=True)
            return STOPPED
    return status


def _at_once(tasks: list[tuple[str, Path]], options: _Options, jobs: int) -> int:
    """Each file in a process of its own. Ctrl-C reaches them all: each finishes what it has read."""
    status = 0
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=get_context("spawn")) as pool:
        running: dict[Future[Analysis], str] = {
            pool.submit(_analyze, source, folder, options, None): source for source, folder in tasks
        }
        while running:
            try:
                for future in as_completed(list(running)):
                    status = _finished(future, running.pop(future)) or status
            except KeyboardInterrupt:
                status = STOPPED
                for future in running:
                    future.cancel()
                running = {future: source for future, source in running.items() if not future.cancelled()}
                typer.echo("Stopping: finishing the files that are being read.", err=True)
    return status


def _finished(future: "Future[Analysis]", source: str) -> int:
    try:
        analysis = future.result()
    except FeelingError as error:
        typer.echo(f"feeling: {error}", err=True)
        return error.exit_status
    _print(source, analysis)
    return STOPPED if analysis.interrupted else 0


def _print(source: str, analysis: "Analysis") -> None:
    words = f"{source}: {analysis.frames} frames, {analysis.seconds:.1f} s, {analysis.readings} readings"
    if analysis.dropped:
        words += f", {analysis.dropped} broken or dropped frames left out"
    if analysis.interrupted:
        words += "; stopped, what was read so far is whole"
    typer.echo(f"{words} -> {analysis.out}{os.sep}")


@contextmanager
def _bar(source: str) -> Iterator["Progress"]:
    """A progress bar with frames/s and time left, on a terminal."""
    from rich.console import Console
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
        task = bar.add_task(Path(source).name or source, total=None, speed="")
        frames = 0

        def show(frame: Any, info: Any) -> None:
            nonlocal frames
            frames += 1
            speed = bar.tasks[task].finished_speed or bar.tasks[task].speed
            done = frames if not info.duration else frame.time
            rate = f"{frames / max(bar.tasks[task].elapsed or 0, 1e-3):.0f} frames/s"
            bar.update(task, completed=done, total=info.duration or None, speed=rate if speed else "")

        yield show
