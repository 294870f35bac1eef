"""Video files, by their own timestamps."""

import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit, urlunsplit

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from feeling_manager.errors import SourceError
from feeling_manager.paths import legible
from feeling_manager.types import Frame, Image, SourceInfo

MOST_PIXELS = 8192 * 8192
RATES = (0.001, 1000)
"""Frames a second that can be true."""
LONGEST_GAP = 3600.0
"""Seconds without a frame beyond which a timestamp is damaged, or of another recording."""
LONGEST_SLIP = 1.0
"""Seconds back beyond which timestamps have begun anew; less is a frame out of order."""
RUN_UPS = (0.0, 15.0)
"""Seconds before the start to seek to, in turn: not every format finds the key frame that it needs."""
MOST_ASPECT = 4
"""How much wider than high a pixel may be, or the other way round; a damaged header says anything."""
MOST_MISSING, LEAST_MISSING = 0.03, 0.3
"""Share of a file, and seconds, that may be missing at its end without a word: its sound may last longer."""
MOST_FAILED_READS = 100
FILE_TIMEOUT = 30.0
"""Seconds that one read of a file may take: a disk in the network may be gone."""

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
        self,
        path: Path | str,
        *,
        start: float | None = None,
        end: float | None = None,
        every: int = 1,
        timeout: float = FILE_TIMEOUT,
    ) -> None:
        self._path, self._timeout = path, timeout
        self._start, self._end, self._every = start or 0.0, end, every
        self._lost = self._unconvertible = 0
        self._reached: float | None = None
        self._reformatter = VideoReformatter()

    @property
    def info(self) -> SourceInfo:
        return self._info

    @property
    def dropped(self) -> int:
        return self._lost + self._unconvertible

    @property
    def shortfall(self) -> tuple[float, float] | None:
        """Seconds that the file says it lasts and those that could be read, where it ended much too early."""
        length = self._expected if self._end is None or not self._expected else min(self._expected, self._end)
        if self._reached is None or not length or length - self._reached <= max(MOST_MISSING * length, LEAST_MISSING):
            return None
        return length, self._reached

    def __enter__(self) -> Self:
        self._container, self._stream = open_video(self._path, timeout=self._timeout)
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
            time = last = self._time(frame, last)
            if self._end is not None and time >= self._end:
                return
            if time >= self._start - 1e-6 and number % self._every == 0:
                image = self._image(frame)
                if image is not None:
                    yield Frame(image, time, number + self._lost)
            number += 1
        self._reached = 0.0 if last == float("-inf") else last + self._step

    def _open(self) -> None:
        stream, container = self._stream, self._container
        rates = (stream.average_rate, stream.guessed_rate, stream.base_rate)
        rate = next((rate for rate in rates if rate and RATES[0] <= rate <= RATES[1]), None)
        self._step = 1 / float(rate) if rate else 1 / 25
        begin = stream.start_time
        self._begin = float(begin * stream.time_base) if begin is not None and stream.time_base else 0.0
        if container.start_time is not None:
            # sound may begin before the picture; both count from the file's beginning
            self._begin = min(self._begin, container.start_time / av.time_base)
        length = self._expected = self._length()
        if self._start and length and self._start >= length:
            raise SourceError(f"{self._path} is {length:.1f} s long, so there is nothing from {self._start:g} s on.")
        first = self._seek() if self._start else self._decode()
        if first is None:
            raise SourceError(f"{self._path} holds no frame that can be decoded{self._within()}.")
        began = self._time(first, float("-inf"))
        self._first_number = round(began / self._step) if self._start else 0
        self._size = _square_pixels(first.width, first.height, stream.sample_aspect_ratio)
        width, height = reversed(self._size) if _is_turned(first) else self._size
        self._info = SourceInfo(
            name=legible(self._path.name) if isinstance(self._path, Path) else without_secrets(self._path),
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

    def _seek(self) -> VideoFrame | None:
        """The first frame from a key frame before the start on; where the file can't seek, from its beginning."""
        for run_up in RUN_UPS:
            target = max(self._start - run_up, 0.0)
            try:
                self._container.seek(int((target + self._begin) * av.time_base), backward=True)
            except (av.FFmpegError, OverflowError):
                break
            first = self._decode()
            if first is not None and self._time(first, float("-inf")) <= self._start + self._step:
                return first
        self._container.close()
        self._container, self._stream = open_video(self._path, timeout=self._timeout)
        return self._decode()

    def _decode(self) -> VideoFrame | None:
        """Decodes from here on: the first frame, which tells that there is one."""
        self._lost = 0
        frames = decode(self._container, self._stream, self._lose)
        first = next(frames, None)
        self._decoded = frames if first is None else chain((first,), frames)
        return first

    def _lose(self) -> None:
        self._lost += 1

    def _time(self, frame: VideoFrame, last: float) -> float:
        """Seconds from the beginning, later than the frame before. last: its time, -inf before the first."""
        first = last == float("-inf")
        after = self._start if first else last + self._step
        if frame.pts is None:
            return 0.0 if first else after
        time = round(frame.time - self._begin, 6)
        if time > after + LONGEST_GAP or time < last - LONGEST_SLIP:
            self._begin += time - after
            return after
        return max(time, 0.0) if first else time if time > last else last + self._step / 2

    def _image(self, frame: VideoFrame) -> Image | None:
        width, height = self._size
        try:
            # a frame's own conversion sets up everything anew; one thread, since the decoder uses the others
            image = self._reformatter.reformat(frame, width, height, "bgr24", threads=1).to_ndarray()
        except (av.FFmpegError, ValueError):
            self._unconvertible += 1
            return None
        return as_shown(image, display_matrix(frame))  # type: ignore[arg-type]


def display_matrix(frame: VideoFrame) -> tuple[float, float, float, float]:
    """How a frame is to be shown, as `(a, b, c, d)`: a point (p, q) goes to (a p + c q, b p + d q), y down."""
    content = cast(Any, frame.side_data.get("DISPLAYMATRIX"))
    if content is None:
        return 1.0, 0.0, 0.0, 1.0
    a, b, _, c, d, *_ = struct.unpack("<9i", bytes(content)[:36])
    return a / 65536, b / 65536, c / 65536, d / 65536


def as_shown(image: Image, matrix: tuple[float, float, float, float]) -> Image:
    """The picture turned by quarters and mirrored as its display matrix says; other angles go to the nearest."""
    a, b, c, d = matrix
    if abs(b) + abs(c) > abs(a) + abs(d):
        image, right, down = image.swapaxes(0, 1), c, b
    else:
        right, down = a, d
    shown = image[:: -1 if down < 0 else 1, :: -1 if right < 0 else 1]
    return np.ascontiguousarray(shown)


def _is_turned(frame: VideoFrame) -> bool:
    a, b, c, d = display_matrix(frame)
    return abs(b) + abs(c) > abs(a) + abs(d)


def _square_pixels(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """The size in square pixels: a side is made longer, so that nothing is lost."""
    if not aspect or not 1 / MOST_ASPECT <= aspect <= MOST_ASPECT:
        return width, height
    return (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))


def decode(container: InputContainer, stream: VideoStream, lose: Callable[[], None]) -> Iterator[VideoFrame]:
    """The frames that can be decoded; `lose` is called for each that can't."""
    for packet in _packets(container, stream, lose):
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            # the empty packet at the end is no frame
            if packet.size:
                lose()
            continue
        for frame in frames:
            if frame.is_corrupt:
                lose()
            else:
                yield frame


def _packets(
    container: InputContainer, stream: VideoStream, lose: Callable[[], None]
) -> Iterator["av.Packet[VideoStream]"]:
    """All packets, and at last an empty one, which makes the decoder give what it still holds."""
    failed = 0
    while failed < MOST_FAILED_READS:
        try:
            for packet in container.demux(stream):
                failed = 0
                yield packet
            return
        except av.ExitError:
            # no answer in time: asking again would take as long
            break
        except (av.FFmpegError, OSError):
            if failed == 0:
                lose()
            failed += 1
    last = av.Packet()
    last.stream = stream
    yield cast("av.Packet[VideoStream]", last)


def open_video(
    path: Path | str, options: dict[str, str] | None = None, timeout: float | None = None
) -> tuple[InputContainer, VideoStream]:
    """The container and its video stream, ready to decode. timeout: seconds, for addresses. Raises SourceError."""
    try:
        # a colon in a file's name is not a protocol
        name = f"file:{path}" if isinstance(path, Path) else path
        container = av.open(name, metadata_errors="ignore", options=options or {}, timeout=timeout)
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
    # what a damaged header says of the size is not the last word
    stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
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
    said = "no answer in time" if isinstance(error, av.ExitError) else getattr(error, "strerror", None) or error
    return f"{without_secrets(path)} can't be opened ({said}); check address and network."


def without_secrets(address: str) -> str:
    """An address to show and to log: without user, password and query, in which cameras take their keys."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.partition("://")[0]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
