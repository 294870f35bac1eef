"""The only place where the stages meet: source, recognition, tracking, sinks."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from feeling_manager import __version__
from feeling_manager.errors import UsageError
from feeling_manager.inference import EmotionRecognizer
from feeling_manager.sinks.outputs import OutputOptions, open_sinks
from feeling_manager.sources import open_source
from feeling_manager.tracking import Tracker, TrackingSettings, dominant
from feeling_manager.types import Frame, FrameSource, Reading, Sink, SourceInfo

Progress = Callable[[Frame, SourceInfo], None]
FACES = ("all", "largest")


@dataclass(frozen=True, slots=True)
class Analysis:
    """What an analysis came to. seconds: of the source, up to its last frame. interrupted: stopped by Ctrl-C."""

    out: Path
    frames: int
    readings: int
    seconds: float
    dropped: int
    interrupted: bool


class FaceReader:
    """Frames in, readings out: a recogniser and a tracker with its memory, for one source."""

    def __init__(
        self,
        recognizer: EmotionRecognizer | None = None,
        *,
        tracking: TrackingSettings | None = None,
        face: str = "all",
    ) -> None:
        if face not in FACES:
            raise UsageError(f"The faces to read are {' or '.join(FACES)}, not {face!r}.")
        self.recognizer = recognizer or EmotionRecognizer()
        self.face = face
        self._tracker = Tracker(tracking)

    def read(self, frame: Frame) -> list[Reading]:
        """The readings of one frame, the next in time; of its largest face only where `face` says so."""
        return self.choose(self.read_all(frame))

    def read_all(self, frame: Frame) -> list[Reading]:
        """The readings of all faces of one frame, the next in time."""
        return self._tracker.update(self.recognizer.recognize(frame), frame.time, frame.index)

    def choose(self, readings: list[Reading]) -> list[Reading]:
        """Those of them that `face` asks for."""
        if self.face == "all":
            return readings
        chosen = dominant(readings, self.face)
        return [chosen] if chosen else []

    def iterate(self, source: FrameSource) -> Iterator[tuple[Frame, list[Reading]]]:
        """Each frame of an open source with its readings."""
        for frame in source:
            yield frame, self.read(frame)


class Behind:
    """Runs a sink in a thread of its own, at most `room` frames behind: encoding overlaps with recognition.

    An error of the sink is raised by the next `write` or on leaving.
    """

    def __init__(self, sink: AbstractContextManager[Sink], room: int = 8) -> None:
        self._context = sink
        self._queue: queue.Queue[tuple[Frame, list[Reading]] | None] = queue.Queue(room)
        self._error: BaseException | None = None

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        if self._error:
            raise self._error
        self._queue.put((frame, readings))

    def __enter__(self) -> Self:
        self._sink = self._context.__enter__()
        self._thread = threading.Thread(target=self._work, name="sinks", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._queue.put(None)
        self._thread.join()
        if error is None and self._error is not None:
            kind, error, trace = type(self._error), self._error, self._error.__traceback__
        self._context.__exit__(kind, error, trace)
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            if self._error is None:
                try:
                    self._sink.write(*item)
                except BaseException as error:
                    self._error = error


def run(
    reader: FaceReader, source: FrameSource, sinks: Sequence[Sink], progress: Progress | None = None
) -> tuple[int, int, float, bool]:
    """Reads a source to its end into sinks: numbers of frames and readings, the last time, whether interrupted.

    Ctrl-C ends it as the end of the source does, so that everything written so far is finished.
    """
    frames = count = 0
    time = 0.0
    try:
        for frame, readings in reader.iterate(source):
            for sink in sinks:
                sink.write(frame, readings)
            frames, count, time = frames + 1, count + len(readings), frame.time
            if progress:
                progress(frame, source.info)
    except KeyboardInterrupt:
        return frames, count, time, True
    return frames, count, time, False


def analyze_video(
    source: str | Path,
    out: str | Path,
    *,
    only: set[str] | None = None,
    every: int = 1,
    start: float | None = None,
    end: float | None = None,
    anonymize: bool = False,
    face: str = "all",
    lang: str = "en",
    recognizer: EmotionRecognizer | None = None,
    tracking: TrackingSettings | None = None,
    progress: Progress | None = None,
    also: Sequence[AbstractContextManager[Sink]] = (),
) -> Analysis:
    """Writes annotated video, charts, tables, captions and a report of a source into the folder `out`.

    source: anything that `open_source` opens. only: names of outputs, None for all. every: read each n-th frame.
    start, end: seconds. anonymize: faces are blurred in all that shows them. face: "all" or "largest". lang: en, ko.
    also: further sinks, such as events.
    Raises SourceError for what can't be read, OutputError for what can't be written, UsageError for unknown names.
    """
    out = Path(out)
    reader = FaceReader(recognizer, tracking=tracking, face=face)
    with open_source(source, start=start, end=end, every=every) as frames:
        options = OutputOptions(
            only=only,
            lang=lang,
            anonymize=anonymize,
            audio_from=_file(source) if frames.info.audio else None,
            start=start,
            end=end,
            model=describe_models(reader.recognizer),
            settings={"every": every, "start": start, "end": end, "face": face, "anonymize": anonymize},
        )
        with ExitStack() as stack:
            sinks = [stack.enter_context(Behind(open_sinks(out, frames.info, options)))]
            sinks += [stack.enter_context(sink) for sink in also]
            counted = run(reader, frames, sinks, progress)
        number, readings, seconds, interrupted = counted
        return Analysis(out, number, readings, seconds, frames.dropped, interrupted)


def describe_models(recognizer: EmotionRecognizer) -> dict[str, Any]:
    """What made the readings: version and the model files' sha256."""
    return {
        "feeling_manager": __version__,
        "detector": recognizer.detector.model.sha256,
        "emotion": recognizer.classifier.model.sha256,
    }


def _file(source: str | Path) -> Path | None:
    path = Path(source)
    return path if path.is_file() else None
