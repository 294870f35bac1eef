"""The live window, or the same without one: reads a source until told to stop, and records when told to."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2

from feeling_manager.concurrency import Interrupts, ThreadedSink
from feeling_manager.errors import OutputError
from feeling_manager.inference import EmotionRecognizer
from feeling_manager.pipeline import FaceReader, Run, describe_models, need_landmarks
from feeling_manager.sinks.annotator import Annotator
from feeling_manager.sinks.dashboard import Dashboard
from feeling_manager.sinks.files import write_whole
from feeling_manager.sinks.outputs import FILES, OutputOptions, choose, open_sinks
from feeling_manager.sinks.run_file import RunFolder, RunRecord
from feeling_manager.sinks.window import Window
from feeling_manager.tracking import TrackingSettings
from feeling_manager.types import Frame, FrameSource, Image, Reading, Sink, SourceInfo, Stoppable

KEYS = "q quit, r record, space pause, s snapshot"
PAUSED_WAIT = 0.05
_RED = (40, 40, 220)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """record: folder that is recorded into from the beginning. folder: where key-started recordings and snapshots go.
    seconds: stop after so long, None for never. headless: no window. landmarks: the 68 points are drawn.
    overwrite: another run's results in `record` are replaced."""

    lang: str = "en"
    anonymize: bool = False
    landmarks: bool = False
    face: str = "all"
    record: Path | None = None
    folder: Path = Path("feeling-out")
    seconds: float | None = None
    headless: bool = False
    overwrite: bool = False


@dataclass(slots=True)
class LiveResult:
    """seconds: from the first frame to the last. saved: folders of recordings and snapshots, in order."""

    frames: int = 0
    readings: int = 0
    seconds: float = 0.0
    dropped: int = 0
    saved: list[Path] = field(default_factory=list)


class Recorder:
    """Recordings of a live source, each into a folder of its own, with the outputs of `feeling analyze`."""

    def __init__(self, info: SourceInfo, options: LiveOptions, model: dict[str, Any]) -> None:
        self._info, self._options, self._model = info, options, model
        self._stack: ExitStack | None = None
        self._sink: Sink | None = None
        self._begin: float | None = None
        self.saved: list[Path] = []

    @property
    def running(self) -> bool:
        return self._stack is not None

    def start(self, folder: Path) -> None:
        options = OutputOptions(
            lang=self._options.lang,
            anonymize=self._options.anonymize,
            landmarks=self._options.landmarks,
            model=self._model,
            settings={"face": self._options.face, "anonymize": self._options.anonymize, "live": True},
        )
        record = RunRecord(
            inputs=[{"name": self._info.name}], options=options.settings, models=self._model, repeatable=False
        )
        outputs = [FILES[name] for name in choose(None)]
        with ExitStack() as stack:
            run = stack.enter_context(RunFolder(folder, record, outputs, overwrite=self._options.overwrite))
            run.keep(interrupted=False)
            self._sink = stack.enter_context(ThreadedSink(open_sinks(folder, self._info, options), room=64))
            self._stack = stack.pop_all()
        self._begin = None
        self.saved.append(folder)

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        """Adds a frame, by times from the recording's beginning."""
        if self._sink is None:
            return
        if self._begin is None:
            self._begin = frame.time
        time = frame.time - self._begin
        self._sink.write(replace(frame, time=time), [replace(reading, time=time) for reading in readings])

    def stop(self) -> None:
        stack, self._stack, self._sink = self._stack, None, None
        if stack:
            stack.close()


def run_live(
    source: FrameSource,
    options: LiveOptions,
    *,
    recognizer: EmotionRecognizer | None = None,
    tracking: TrackingSettings | None = None,
    also: Sequence[Sink] = (),
    say: Callable[[str], None] = lambda _: None,
) -> LiveResult:
    """Reads an open source until it ends, its time is over, Ctrl-C, or the key q.

    say: is told what was recorded. Raises DisplayError where a window is wanted and can't be opened, SourceLostError
    when the source goes away; what was recorded until then is finished first.
    """
    recognizer = recognizer or EmotionRecognizer()
    if options.landmarks:
        need_landmarks(recognizer)
    reader = FaceReader(recognizer, tracking=tracking, face=options.face, anonymize=options.anonymize)
    run = Run()
    with ExitStack() as stack:
        interrupts = stack.enter_context(Interrupts())
        if isinstance(source, Stoppable):
            interrupts.tell(source.stop)
        window = None if options.headless else stack.enter_context(Window())
        sinks = [stack.enter_context(sink) for sink in also]
        recorder = Recorder(source.info, options, describe_models(reader.recognizer))
        stack.callback(recorder.stop)
        if options.record:
            recorder.start(options.record)
        dashboard = Dashboard(
            Annotator(options.lang, anonymize=options.anonymize, landmarks=options.landmarks), options.lang
        )

        def write(frame: Frame, readings: list[Reading]) -> bool:
            for sink in sinks:
                sink.write(frame, readings)
            recorder.write(frame, readings)
            over = options.seconds is not None and frame.time >= options.seconds
            if window is None:
                return over
            picture = dashboard.show(frame, readings)
            return _show(window, picture, recorder, options, say, interrupts) or over

        run.follow(reader.iterate(source), write, interrupts)
    if run.lost:
        raise run.lost
    return LiveResult(run.frames, run.readings, run.seconds, source.dropped, recorder.saved)


def _show(
    window: Window,
    picture: Image,
    recorder: Recorder,
    options: LiveOptions,
    say: Callable[[str], None],
    interrupts: Interrupts,
) -> bool:
    """Shows a picture and does what the keys say; True to quit."""
    if recorder.running:
        cv2.circle(picture, (24, 24), 10, _RED, cv2.FILLED, cv2.LINE_AA)
    key = window.show(picture)
    if key == " ":
        say("Paused; space goes on.")
        key = window.show(picture, PAUSED_WAIT)
        while key not in (" ", "q") and not interrupts.requested:
            key = window.show(picture, PAUSED_WAIT)
    elif key == "r":
        _toggle(recorder, options, say)
    elif key == "s":
        path = _stamped(options.folder, "snapshot").with_suffix(".png")
        _save(picture, path)
        recorder.saved.append(path)
        say(f"Snapshot: {path}")
    return key == "q"


def _toggle(recorder: Recorder, options: LiveOptions, say: Callable[[str], None]) -> None:
    if recorder.running:
        recorder.stop()
        say(f"Recorded: {recorder.saved[-1]}")
    else:
        recorder.start(_stamped(options.folder, "recording"))
        say(f"Recording into {recorder.saved[-1]}; r stops.")


def _stamped(folder: Path, what: str) -> Path:
    return folder / f"{what}-{datetime.now().astimezone():%Y%m%d-%H%M%S-%f}"


def _save(picture: Image, path: Path) -> None:
    there, png = cv2.imencode(".png", picture)
    if not there:
        raise OutputError(f"The snapshot {path} can't be encoded.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, png.tobytes())
