"""`feeling live`: the camera, a stream or the screen, as it happens."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feeling_manager.cli import options as shared
from feeling_manager.errors import UsageError

if TYPE_CHECKING:
    from feeling_manager.cli.journal import JournalSink
    from feeling_manager.live import LiveResult
    from feeling_manager.types import Sink


def live(
    source: Annotated[str | None, typer.Argument(help="Address of a stream, or a file.", show_default=False)] = None,
    camera: Annotated[str | None, typer.Option(help="Camera by number or device; 0 without any source.")] = None,
    screen: Annotated[bool, typer.Option("--screen", help="Read the screen.")] = False,
    region: Annotated[str | None, typer.Option(help="Of the screen: x,y,width,height.")] = None,
    fps: Annotated[float, typer.Option(help="Pictures of the screen a second.", **shared.within("fps"))] = 10.0,
    record: Annotated[Path | None, typer.Option(help="Record into this folder, as `feeling analyze` writes.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for recordings by key and snapshots.")] = Path("feeling-out"),
    headless: Annotated[bool, typer.Option("--headless", help="No window.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Readings as JSON lines on stdout.")] = False,
    seconds: Annotated[float | None, typer.Option(help="Stop after so long.", **shared.within("seconds"))] = None,
    overwrite: shared.Overwrite = False,
    face: shared.FaceChoice = "all",
    anonymize: shared.Anonymize = False,
    landmarks: shared.Landmarks = False,
    lang: shared.Lang = "en",
    on: shared.On = None,
    webhook: shared.Webhook = None,
    exec_: shared.Command = None,
    cooldown: shared.Cooldown = 30.0,
    journal: shared.Journal = False,
    detection_side: shared.DetectionSide = None,
    threshold: shared.Threshold = 0.4,
    provider: shared.Provider = "cpu",
    model: shared.Model = None,
) -> None:
    """A window with video and live bars. Keys: q quit, r record, space pause, s snapshot.

    Without a display: --headless with --json (readings for robots and scripts), --record, or events.
    """
    from feeling_manager.cli.events import event_sinks, report_events
    from feeling_manager.live import KEYS, LiveOptions, run_live
    from feeling_manager.sources import open_source

    spec = _spec(source, camera, screen, region)
    events = event_sinks(on or [], webhook, exec_, cooldown)
    diary = _journal(journal)
    if headless and not (json or record or events or diary):
        raise UsageError(
            "Without a window nothing would come out: add --json, --record DIR, --journal or --on with --webhook."
        )
    options = LiveOptions(
        lang=lang,
        anonymize=anonymize,
        landmarks=landmarks,
        face=face,
        record=record,
        folder=out,
        seconds=seconds,
        headless=headless,
        overwrite=overwrite,
    )
    recognizer = shared.recognizer(provider, detection_side, threshold, model)
    with open_source(spec, fps=fps) as frames:
        if not headless:
            typer.echo(f"{frames.info.name}, {frames.info.width}x{frames.info.height}. Keys: {KEYS}.", err=True)
        result = run_live(
            frames,
            options,
            recognizer=recognizer,
            also=[*events, *diary, *_json_lines(json)],
            say=lambda words: typer.echo(words, err=True),
        )
    _print(result)
    report_events(events)


def _spec(source: str | None, camera: str | None, screen: bool, region: str | None) -> str:
    given = [name for name, there in (("a source", source), ("--camera", camera), ("--screen", screen)) if there]
    if len(given) > 1:
        raise UsageError(f"Give one of {', '.join(given)}, not several.")
    if region and not screen:
        raise UsageError("--region is a part of the screen: add --screen.")
    if screen:
        return f"screen:{region}" if region else "screen"
    return source or camera or "0"


def _journal(wanted: bool) -> "list[JournalSink]":
    if not wanted:
        return []
    from feeling_manager.cli.journal import journal_sink

    return [journal_sink()]


def _json_lines(wanted: bool) -> "list[Sink]":
    import sys

    from feeling_manager.sinks.table import JsonLinesStream

    return [JsonLinesStream(sys.stdout)] if wanted else []


def _print(result: "LiveResult") -> None:
    minutes, seconds = divmod(result.seconds, 60)
    words = f"Active for {minutes:.0f} min {seconds:.1f} s: {result.frames} frames, {result.readings} readings"
    if result.dropped:
        words += f", {result.dropped} frames dropped so as not to lag"
    typer.echo(words, err=True)
    for path in result.saved:
        typer.echo(f"Saved: {path}", err=True)
