"""The only place where the stages meet: source, recognition, tracking, sinks."""

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from feeling_manager import __version__
from feeling_manager.concurrency import Interrupts, ThreadedSink, Workers
from feeling_manager.errors import SourceLostError, UsageError
from feeling_manager.inference import EmotionRecognizer
from feeling_manager.ranges import check
from feeling_manager.sinks.annotator import to_bgr
from feeling_manager.sinks.anonymize import Anonymizer, LookAhead
from feeling_manager.sinks.outputs import FILES, OutputOptions, check_words, choose, open_sinks
from feeling_manager.sinks.run_file import RunFolder, RunRecord, input_of, result_of
from feeling_manager.sources import open_source
from feeling_manager.tracking import Tracker, TrackingSettings, dominant
from feeling_manager.types import Box, Face, Frame, FrameSource, Reading, Sink, SourceInfo, Stoppable

Progress = Callable[[Frame, SourceInfo], None]
FACES = ("all", "largest")
MOST_WORKERS = min(os.cpu_count() or 1, 8)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What an analysis came to.

    Args:
        out: The folder of the results.
        frames: That were read.
        readings: Faces that were read.
        seconds: Of the source, up to its last frame.
        dropped: Frames that were lost or broken.
        interrupted: Stopped by Ctrl-C.
        missing: A sentence, where the source ended before it should have.
        before: The same run had ended in that folder; nothing was done.
    """

    out: Path
    frames: int
    readings: int
    seconds: float
    dropped: int
    interrupted: bool
    missing: str | None = None
    before: bool = False


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

    def iterate(self, source: FrameSource, workers: int = 1) -> Generator[tuple[Frame, list[Reading]]]:
        """Each frame of an open source with its readings.

        workers: frames recognised at once, for files; each is a few frames late. With them a recogniser of one thread
        is fastest: it keeps every core busy where one frame's work can't be split evenly.
        """
        if workers == 1:
            yield from map(self.read, source)
            return
        readings = self._all_readings(source, workers)
        if self._others is None:
            for frame, found in readings:
                yield self._choose(frame, found)
            return
        # a file can wait: who is not asked for is covered also before being found
        ahead: LookAhead[tuple[Frame, list[Reading]]] = LookAhead()
        for frame, found in readings:
            _, chosen = self._choose(frame, found, cover=False)
            others = {reading.track_id: reading.box for reading in found if reading not in chosen}
            for (late, its), boxes in ahead.push((frame, chosen), frame.time, others):
                yield _cover(self._others, late, boxes), its
        for (late, its), boxes in ahead.rest():
            yield _cover(self._others, late, boxes), its

    def _all_readings(self, source: FrameSource, workers: int) -> Iterator[tuple[Frame, list[Reading]]]:

        def recognize(frame: Frame) -> list[Face]:
            return self.recognizer.recognize(frame)

        with Workers(recognize, workers, "recognition") as pool:
            for frame, faces in pool.map(source):
                yield frame, self._tracker.update(faces, frame.time, frame.index)

    def _follow(self, frame: Frame, faces: list[Face]) -> tuple[Frame, list[Reading]]:
        return self._choose(frame, self._tracker.update(faces, frame.time, frame.index))

    def _choose(self, frame: Frame, readings: list[Reading], *, cover: bool = True) -> tuple[Frame, list[Reading]]:
        if self._face == "all":
            return frame, readings
        chosen = dominant(readings, self._face)
        if self._others and cover:
            frame = _cover(self._others, frame, [reading.box for reading in readings if reading is not chosen])
        return frame, [chosen] if chosen else []


def _cover(anonymizer: Anonymizer, frame: Frame, boxes: list[Box]) -> Frame:
    return replace(frame, image=anonymizer.apply(to_bgr(frame.image), boxes, frame.time))


@dataclass(slots=True)
class Run:
    """A source being read into sinks, and what it came to so far. lost: why a live source ended."""

    frames: int = 0
    readings: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    lost: SourceLostError | None = None

    def follow(
        self,
        pairs: Generator[tuple[Frame, list[Reading]]],
        write: Callable[[Frame, list[Reading]], bool],
        interrupts: Interrupts,
    ) -> None:
        """Writes each frame until the source ends or `write` says True.

        Ctrl-C and a source that goes away end it as the end of the source does: what was written is to be finished.
        """
        try:
            with closing(pairs):
                for frame, readings in pairs:
                    self.frames, self.seconds = self.frames + 1, frame.time
                    self.readings += len(readings)
                    if write(frame, readings) or interrupts.requested:
                        break
            self.interrupted = interrupts.requested
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
    overwrite: bool = False,
    stopped: Callable[[], bool] | None = None,
    again: bool = True,
) -> Analysis:
    """Writes annotated video, charts, tables, captions and a report of a source into a folder.

    In the main thread it takes Ctrl-C, which ends the run as the end of the source would, and restores its handler.

    Args:
        source: Anything that `open_source` opens.
        out: The folder, made where it is missing.
        only: Names of outputs, None for all.
        every: Read each n-th frame.
        start: Seconds to begin at.
        end: Seconds to end at.
        anonymize: Faces are blurred in all that shows them.
        landmarks: The 68 points are drawn, but not on blurred faces.
        face: "all" or "largest".
        lang: "en" or "ko".
        recognizer: By default one of a single thread, for several frames of a file are recognised at once.
        tracking: How faces are followed.
        progress: Called with each frame.
        also: Further sinks, such as events.
        overwrite: Another run's results in that folder are replaced.
        stopped: Asked between frames whether the run should end.
        again: False does nothing where the same run has ended in that folder before.

    Returns:
        What the run came to.

    Raises:
        SourceError: The source can't be read.
        SourceLostError: A live source went away; everything written so far is whole.
        OutputError: A result can't be written.
        OccupiedError: The folder holds another run's results.
        BusyError: Another run is writing there.
        UsageError: A name is unknown, or a number lies outside of what it may be.
    """
    out = Path(out)
    for name, value in (("every", every), ("start", start), ("end", end)):
        check(name, value)
    recognizer = recognizer or EmotionRecognizer(threads=1)
    if landmarks:
        need_landmarks(recognizer)
    reader = FaceReader(recognizer, tracking=tracking, face=face, anonymize=anonymize)
    run = Run()
    wanted = choose(only)
    # whatever can be refused is refused before another run's results are replaced
    check_words(wanted, lang)
    settings = {"every": every, "start": start, "end": end, "face": face, "anonymize": anonymize}
    with (
        Interrupts(stopped) as interrupts,
        open_source(source, start=start, end=end, every=every) as frames,
        RunFolder(
            out,
            RunRecord(
                inputs=[input_of(source)],
                options={
                    **settings,
                    "only": sorted(wanted),
                    "lang": lang,
                    "landmarks": landmarks,
                    "detection_side": recognizer.detector.side,
                    "threshold": recognizer.detector.threshold,
                    "tracking": asdict(tracking or TrackingSettings()),
                },
                models=describe_models(recognizer),
                repeatable=not frames.info.live,
            ),
            [FILES[name] for name in wanted],
            overwrite=overwrite,
            sources=[source],
        ) as folder,
    ):
        if folder.whole and not again:
            return Analysis(out, **(result_of(out) | {"before": True}))
        if isinstance(frames, Stoppable):
            interrupts.tell(frames.stop)
        options = OutputOptions(
            only=only,
            lang=lang,
            anonymize=anonymize,
            landmarks=landmarks,
            audio_from=sound_file(source, frames.info),
            start=start,
            end=end,
            model=describe_models(reader.recognizer),
            settings=settings,
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
            run.follow(reader.iterate(frames, workers), write, interrupts)
        missing = None if run.interrupted or run.lost else missing_part(frames)
        analysis = Analysis(out, run.frames, run.readings, run.seconds, frames.dropped, run.interrupted, missing)
        folder.keep(**{name: value for name, value in asdict(analysis).items() if name != "out"})
        if run.lost:
            raise run.lost
        return analysis


def missing_part(source: FrameSource) -> str | None:
    """What to say of a file that ended before it should have, as far as it says how long it is."""
    from feeling_manager.sources.video import VideoSource

    if not isinstance(source, VideoSource) or source.shortfall is None:
        return None
    expected, read = source.shortfall
    return (
        f"{source.info.name} should last {expected:.1f} s, and {read:.1f} s of it could be read: the rest is missing "
        "or damaged. Copy or record it again if you need it."
    )


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
