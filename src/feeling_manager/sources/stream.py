"""Streams by their address: those that end are read as files, the others live."""

import time

import av
from av.video.reformatter import VideoReformatter

from feeling_manager.errors import SourceError, SourceLostError
from feeling_manager.sources.cut import cut
from feeling_manager.sources.newest import NewestFrame
from feeling_manager.sources.video import VideoSource, decode, open_video, without_secrets
from feeling_manager.types import FrameSource, Image

TIMEOUT = 10.0
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
ATTEMPTS = 6
FASTER_THAN_LIVE = 1.5


def open_address(address: str, *, start: float | None = None, end: float | None = None, every: int = 1) -> FrameSource:
    """A file at an address where its length is known, in seconds or in bytes, else a live stream."""
    if address.lower().startswith(("http://", "https://")):
        container, stream = open_video(address, timeout=TIMEOUT)
        # a length in seconds, or in bytes: some formats, such as MPEG-TS, do not say how long they last
        ends = container.duration is not None or stream.duration is not None or container.size > 0
        container.close()
        if ends:
            return VideoSource(address, start=start, end=end, every=every, timeout=TIMEOUT)
    return cut(StreamSource(address, every=every), start, end)


class StreamSource(NewestFrame):
    """A live stream; its times are those of arrival.

    A lost one is opened again after 0.5, 1, 2 ... 30 s, `attempts` times in a row at most. timeout: seconds without
    data after which it counts as lost. Frames that can't be decoded count as `dropped`.
    """

    def __init__(self, address: str, *, every: int = 1, attempts: int = ATTEMPTS, timeout: float = TIMEOUT) -> None:
        super().__init__(without_secrets(address), every=every)
        self._address, self._attempts, self._timeout = address, attempts, timeout
        self.reconnected = 0
        self._begun = 0.0
        self._first: float | None = None
        self._last: float | None = None

    def _open(self) -> None:
        options = {"rtsp_transport": "tcp"} if self._address.lower().startswith("rtsp") else {}
        self._container, stream = open_video(self._address, options, self._timeout)
        self._begun, self._first, self._last = time.monotonic(), None, None
        self._frames = decode(self._container, stream, self._lose)
        self._reformatter = VideoReformatter()

    def _read(self) -> Image | None:
        try:
            return self._next()
        except StopIteration:
            return None if self._was_a_file() else self._again()
        except (av.FFmpegError, OSError, ValueError):
            return self._again()

    def _next(self) -> Image:
        frame = next(self._frames)
        if frame.time is not None:
            self._first = frame.time if self._first is None else self._first
            self._last = frame.time
        return self._reformatter.reformat(frame, format="bgr24").to_ndarray()  # type: ignore[return-value]

    def _was_a_file(self) -> bool:
        """Whether more seconds came than passed: then it was no live stream, and its end is its end."""
        if self._first is None or self._last is None:
            return False
        return self._last - self._first > FASTER_THAN_LIVE * (time.monotonic() - self._begun)

    def _lose(self) -> None:
        self.dropped += 1

    def _again(self) -> Image | None:
        wait = FIRST_WAIT
        for _ in range(self._attempts):
            self._close()
            if self._stop.wait(wait):
                return None
            wait = min(2 * wait, LONGEST_WAIT)
            try:
                self._open()
                image = self._next()
            except (StopIteration, SourceError, av.FFmpegError, OSError, ValueError):
                continue
            self.reconnected += 1
            return image
        raise SourceLostError(
            f"The stream {self._name} ended and did not come back in {self._attempts} attempts; start it again."
        )

    def _close(self) -> None:
        if hasattr(self, "_container"):
            self._container.close()
