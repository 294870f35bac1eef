"""The only place where the stages meet: source, recognition, tracking, sinks."""

import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from feeling_manager import __version__
from feeling_manager.errors import SourceError, SourceLostError, UsageError
from feeling_manager.inference import EmotionRecognizer
from feeling_manager.sinks.annotator import to_bgr
from feeling_manager.sinks.anonymize import Anonymizer
from feeling_manager.sinks.outputs import OutputOptions, open_sinks
from feeling_manager.sources import open_source
from feeling_manager.tracking import Tracker, TrackingSettings, dominant
from feeling_manager.types import Face, Frame, FrameSource, Reading, Sink, SourceInfo

Progress = Callable[[Frame, SourceInfo], None]
FACES = ("all", "largest")
MOST_WORKERS = min(os.cpu_count() or 1, 8)


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
    """Frames in, readings out: a recogniser and a tracker with its memory, for one source.

    face: "all", or "largest" for that of each frame alone. anonymize: frames are given on with the faces that are not
    asked for blurred; the others are blurred by the sinks that show them.
    """

    def __init__(
        self,
        recognizer: EmotionRecognizer | None = None,
        *,
        tracking: TrackingSettings | None = None,
        face: str = "all",
        anonymize: bool = False,
    ) -> None:
        if face not in FACES:
            raise UsageError(f"The faces to read are {' or '.join(FACES)}, not {face!r}.")
        self.recognizer = recognizer or EmotionRecognizer()
        self._face = face
        self._others = Anonymizer() if anonymize and face != "all" else None
        self._tracker = Tracker(tracking)

    def read(self, frame: Frame) -> tuple[Frame, list[Reading]]:
        """The next frame in time, as it may be given on, and the readings of its faces that are asked for."""
        return self._follow(frame, self.recognizer.recognize(frame))

    def iterate(self, source: FrameSource, workers: int = 1) -> Iterator[tuple[Frame, list[Reading]]]:
        """Each frame of an open source with its readings.

        workers: frames recognised at once, for files; each is a few frames late. With them a recogniser of one thread
        is fastest: it keeps every core busy where one frame's work can't be split evenly.
        """
        if workers == 1:
            yield from map(self.read, source)
            return
        ended: SourceError | None = None
        with ThreadPoolExecutor(workers, "recognition") as pool:
            waiting: deque[tuple[Frame, Future[list[Face]]]] = deque()
            try:
                for frame in source:
                    waiting.append((frame, pool.submit(self.recognizer.recognize, frame)))
                    if len(waiting) > 2 * workers:
                        yield self._follow(waiting[0][0], waiting.popleft()[1].result())
            except SourceError as error:
                ended = error
            while waiting:
                yield self._follow(waiting[0][0], waiting.popleft()[1].result())
        if ended:
            raise ended

    def _follow(self, frame: Frame, faces: list[Face]) -> tuple[Frame, list[Reading]]:
        readings = self._tracker.update(faces, frame.time, frame.index)
        if self._face == "all":
            return frame, readings
        chosen = dominant(readings, self._face)
        if self._others:
            boxes = [reading.box for reading in readings if reading is not chosen]
            frame = replace(frame, image=self._others.apply(to_bgr(frame.image), boxes, frame.time))
        return frame, [chosen] if chosen else []


class ThreadedSink:
    """Runs a sink in a thread of its own, at most `room` frames behind: encoding overlaps with recognition.

    An error of the sink is raised by the next `write`, or on leaving.
    """

    def __init__(self, sink: Sink, room: int = 8) -> None:
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
        ours = error if error is not None else self._error
        self._context.__exit__(type(ours) if ours else None, ours, ours.__traceback__ if ours else None)
        if error is None and self._error is not None:
            raise self._error

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            if self._error is None:
                try:
                    self._sink.write(*item)
                except BaseException as error:
                    self._error = error


@dataclass(slots=True)
class Run:
    """A source being read into sinks, and what it came to so far. lost: why a live source ended."""

    frames: int = 0
    readings: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    lost: SourceLostError | None = None

    def follow(
        self, pairs: Iterator[tuple[Frame, list[Reading]]], write: Callable[[Frame, list[Reading]], bool]
    ) -> None:
        """Writes each frame until the source ends or `write` says True.

        Ctrl-C and a source that goes away end it as the end of the source does: what was written is to be finished.
        """
        try:
            for frame, readings in pairs:
                self.frames, self.readings, self.seconds = self.frames + 1, self.readings + len(readings), frame.time
                if write(frame, readings):
                    return
        except KeyboardInterrupt:
            self.interrupted = True
        except SourceLostError as error:
            self.lost = error


def analyze_video(
    source: str | Path,
    out: str | Path,
    *,
    only: set[str] | None = None,
    every: int = 1,
    start: float | None = None,
    end: float | None = None,
    anonymize: bool = False,
    landmarks: bool = False,
    face: str = "all",
    lang: str = "en",
    recognizer: EmotionRecognizer | None = None,
    tracking: TrackingSettings | None = None,
    progress: Progress | None = None,
    also: Sequence[Sink] = (),
) -> Analysis:
    """Writes annotated video, charts, tables, captions and a report of a source into the folder `out`.

    source: anything that `open_source` opens. only: names of outputs, None for all. every: read each n-th frame.
    start, end: seconds. anonymize: faces are blurred in all that shows them. landmarks: the 68 points are drawn, but
    not on blurred faces; a recognizer must find them, as the default one then does. face: "all" or "largest". lang:
    en, ko.
    also: further sinks, such as events. recognizer: by default one of a single thread, for several frames of a file are
    recognised at once.
    Raises SourceError for what can't be read, OutputError for what can't be written, UsageError for unknown names.
    A live source that goes away raises SourceLostError once everything written so far is whole.
    """
    out = Path(out)
    recognizer = recognizer or EmotionRecognizer(threads=1)
    if landmarks:
        need_landmarks(recognizer)
    reader = FaceReader(recognizer, tracking=tracking, face=face, anonymize=anonymize)
    run = Run()
    with open_source(source, start=start, end=end, every=every) as frames:
        options = OutputOptions(
            only=only,
            lang=lang,
            anonymize=anonymize,
            landmarks=landmarks,
            audio_from=sound_file(source, frames.info),
            start=start,
            end=end,
            model=describe_models(reader.recognizer),
            settings={"every": every, "start": start, "end": end, "face": face, "anonymize": anonymize},
            dropped=lambda: frames.dropped,
        )
        with ExitStack() as stack:
            sinks: list[Sink] = [stack.enter_context(ThreadedSink(open_sinks(out, frames.info, options)))]
            sinks += [stack.enter_context(sink) for sink in also]

            def write(frame: Frame, readings: list[Reading]) -> bool:
                for sink in sinks:
                    sink.write(frame, readings)
                if progress:
                    progress(frame, frames.info)
                return False

            workers = 1 if frames.info.live else MOST_WORKERS
            run.follow(reader.iterate(frames, workers), write)
        if run.lost:
            raise run.lost
        return Analysis(out, run.frames, run.readings, run.seconds, frames.dropped, run.interrupted)


def need_landmarks(recognizer: EmotionRecognizer) -> None:
    """Raises UsageError where its model finds no 68 landmarks."""
    if recognizer.classifier.contract.landmarks_name is None:
        raise UsageError("This model finds no landmarks, so none can be drawn; use the model emotion.")


def describe_models(recognizer: EmotionRecognizer) -> dict[str, Any]:
    """What made the readings: version and the model files' sha256."""
    return {
        "feeling_manager": __version__,
        "detector": recognizer.detector.model.sha256,
        "emotion": recognizer.classifier.model.sha256,
    }


def sound_file(source: str | Path, info: SourceInfo) -> Path | None:
    """The file whose sound belongs to the source, if it has any."""
    path = Path(source)
    return path if info.audio and path.is_file() else None
