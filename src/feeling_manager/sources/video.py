"""Video files, by their own timestamps."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from feeling_manager.errors import SourceError
from feeling_manager.types import Frame, Image, SourceInfo

MOST_PIXELS = 8192 * 8192

# Damaged files are counted by us, not reported by FFmpeg line by line. None, not PANIC: with any level, PyAV's callback
# takes the interpreter's lock, and a decoder's thread with something to say waits for whoever closes it, who waits for
# the thread.
av.logging.set_level(None)


class VideoSource:
    """A video that FFmpeg reads. Frames are upright, times are seconds from the file's beginning.

    Frames that can't be decoded are left out and counted in `dropped`; a truncated file ends at its last good frame.
    start, end: seconds; every: only each n-th frame is converted. Raises SourceError on entering.
    """

    def __init__(
        self, path: Path | str, *, start: float | None = None, end: float | None = None, every: int = 1
    ) -> None:
        self._path = path
        self._start, self._end, self._every = start, end, every
        self.dropped = 0

    @property
    def info(self) -> SourceInfo:
        return self._info

    def __enter__(self) -> Self:
        self._container, self._stream = open_video(self._path)
        try:
            self._open()
        except BaseException:
            self._container.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        number = self._first_number
        last = float("-inf")
        for frame in self._decoded:
            time = self._time(frame, last)
            if self._start is not None and time < self._start - 1e-6:
                number += 1
                continue
            if self._end is not None and time >= self._end:
                return
            if number % self._every == 0 and (image := self._image(frame)) is not None:
                yield Frame(image, round(time, 6), number)
                last = time
            number += 1

    def _open(self) -> None:
        stream, container = self._stream, self._container
        rate = stream.average_rate or stream.guessed_rate or stream.base_rate
        self._step = 1 / float(rate) if rate else 1 / 25
        begin = stream.start_time
        self._begin = float(begin * stream.time_base) if begin is not None and stream.time_base else 0.0
        if container.start_time is not None:
            # sound may begin before the picture; both count from the file's beginning
            self._begin = min(self._begin, container.start_time / av.time_base)
        self._decoded = self._decode()
        length = self._length()
        if self._start and length and self._start >= length:
            raise SourceError(f"{self._path} is {length:.1f} s long, so there is nothing from {self._start:g} s on.")
        if self._start:
            self._seek(self._start)
        first = next(self._decoded, None)
        if first is None:
            raise SourceError(f"{self._path} holds no frame that can be decoded{self._within()}.")
        self._decoded = _chain(first, self._decoded)
        began = self._time(first, float("-inf"))
        self._first_number = round(began / self._step) if self._start else 0
        turned = first.rotation % 180 == 90
        self._size = (first.width, first.height)
        width, height = reversed(self._size) if turned else self._size
        self._info = SourceInfo(
            name=Path(self._path).name,
            width=width,
            height=height,
            fps=1 / self._step if rate else None,
            duration=length if length is None or self._end is None else min(length, self._end),
            frames=stream.frames or None,
            audio=bool(container.streams.audio),
            live=False,
        )

    def _within(self) -> str:
        return " from there on" if self._start else ""

    def _length(self) -> float | None:
        """Seconds, as the file says; in a damaged one that may be wrong."""
        container, stream = self._container, self._stream
        if stream.duration is not None and stream.time_base:
            return float(stream.duration * stream.time_base)
        return container.duration / av.time_base if container.duration is not None else None

    def _seek(self, time: float) -> None:
        """To the last key frame before a time; where the file can't be sought in, it is read from the beginning."""
        try:
            self._container.seek(int((time + self._begin) * av.time_base), backward=True)
        except (av.FFmpegError, OverflowError):
            return

    def _decode(self) -> Iterator[VideoFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, OSError):
                # the rest of the file can't be read
                self.dropped += 1
                return
            try:
                frames = packet.decode()
            except (av.FFmpegError, ValueError):
                self.dropped += 1
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self.dropped += 1
                else:
                    yield frame

    def _time(self, frame: VideoFrame, last: float) -> float:
        """Seconds from the beginning, later than the frame before."""
        if frame.pts is None:
            return max(last + self._step, 0.0)
        time = frame.time - self._begin
        return max(time, 0.0) if time > last else last + self._step

    def _image(self, frame: VideoFrame) -> Image | None:
        try:
            if (frame.width, frame.height) != self._size:
                frame = frame.reformat(*self._size)
            image = frame.to_ndarray(format="bgr24")
        except (av.FFmpegError, ValueError):
            self.dropped += 1
            return None
        quarters = round(frame.rotation / 90) % 4
        return np.ascontiguousarray(np.rot90(image, quarters)) if quarters else image  # type: ignore[return-value]


def open_video(
    path: Path | str, options: dict[str, str] | None = None, timeout: float | None = None
) -> tuple[InputContainer, VideoStream]:
    """The container and its video stream, ready to decode. timeout: seconds, for addresses. Raises SourceError."""
    try:
        container = av.open(str(path), metadata_errors="ignore", options=options or {}, timeout=timeout)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise SourceError(_why(path, error)) from error
    stream = next((s for s in container.streams.video if not _is_cover(s)), None)
    if stream is None or stream.codec_context is None:
        container.close()
        raise SourceError(f"{path} holds no video; give a file with pictures that move.")
    if stream.width * stream.height > MOST_PIXELS:
        container.close()
        raise SourceError(f"{path} is {stream.width}x{stream.height}, which is too large; make it smaller first.")
    stream.thread_type = "AUTO"
    return container, stream


def _is_cover(stream: VideoStream) -> bool:
    """Whether it is the picture of an album, not a video."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _why(path: Path | str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"There is no file {path}; check the name."
    if isinstance(error, PermissionError):
        return f"{path} can't be opened: permission denied."
    if isinstance(path, Path):
        return f"{path} is not a video that can be read (empty, damaged, or another kind of file)."
    return f"{path} can't be opened ({getattr(error, 'strerror', None) or error}); check address and network."


def _chain(first: VideoFrame, rest: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    yield first
    yield from rest
