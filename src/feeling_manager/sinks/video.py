"""Writes H.264 films with the sound of the original, readable at any moment while they grow.

The file is an MP4 in fragments, so that a killed writer leaves all but the last second; when it is closed it becomes
an ordinary MP4 (FFmpeg's `hybrid_fragmented`). There are no B-frames: with them, and no edit list in a growing file,
sound would come late.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace

from feeling_manager.sinks.files import finish, output_errors, part_of
from feeling_manager.sinks.sound import Sound
from feeling_manager.types import Image

TICK = Fraction(1, 90_000)
LONGEST = 4096
SHORTEST = 32
"""Sides of the film in pixels: larger pictures are made smaller, smaller ones get a border. H.264 needs even ones."""

_MUXER = {
    "movflags": "hybrid_fragmented",
    "frag_duration": "500000",
    "flush_packets": "1",
    # a sound that ends early must not hold pictures back
    "max_interleave_delta": "500000",
}


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    """FFmpeg's errors as the system's, so that they are told alike."""
    with output_errors(path):
        try:
            yield
        except av.FFmpegError as error:
            raise OSError(error.errno, error.strerror) from error


def film_size(width: int, height: int) -> tuple[int, int]:
    """The even size that a picture has in a film."""
    scale = min(1.0, LONGEST / max(width, height, 1))
    return _even(width * scale), _even(height * scale)


def _even(length: float) -> int:
    return max(-(-round(length) // 2) * 2, SHORTEST)


def fit(image: Image, width: int, height: int) -> Image:
    """The BGR picture in a canvas of that size: whole, centred, smaller if need be, with a border of its edge."""
    h, w = image.shape[:2]
    if (w, h) == (width, height):
        return image
    scale = min(1.0, width / w, height / h)
    if scale < 1:
        w, h = min(max(round(w * scale), 1), width), min(max(round(h * scale), 1), height)
        image = cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    left, top = (width - w) // 2, (height - h) // 2
    border = (top, height - h - top, left, width - w - left)
    # one odd line is made up for by repeating the last; anything more would smear
    kind = cv2.BORDER_REPLICATE if max(border) <= 1 else cv2.BORDER_CONSTANT
    return cv2.copyMakeBorder(image, *border, kind).astype(np.uint8, copy=False)


class VideoWriter:
    """One film. Opened by its first picture, so that a run without pictures leaves no file."""

    def __init__(
        self, path: Path, *, fps: float | None = None, origin: float = 0.0, sound_from: Path | None = None
    ) -> None:
        """fps: expected frames a second, for the encoder's planning only: each picture is shown from its own time
        until the next. origin: seconds that become the film's beginning. sound_from: file whose sound is carried
        over, from `origin` seconds after its beginning on.
        """
        self.path = path
        self._rate = fps
        self._fps = min(max(fps or 1.0, 1.0), 240.0)
        self._gap = 0
        self._origin = origin
        self._sound_from = sound_from
        self._container: OutputContainer | None = None
        self._sound: Sound | None = None
        self._last = -1

    def write(self, image: Image, time: float) -> None:
        """Adds a BGR picture of any size, shown from `time` in seconds. Raises OutputError."""
        with _errors(self.path):
            if self._container is None:
                self._container = self._open(*film_size(image.shape[1], image.shape[0]))
            planes = cv2.cvtColor(fit(image, *self._size), cv2.COLOR_BGR2YUV_I420).astype(np.uint8, copy=False)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.time_base = TICK
            before, self._last = self._last, max(round((time - self._origin) / TICK), self._last + 1)
            self._gap = self._last - before if before >= 0 else 0
            frame.pts = self._last
            if self._sound:
                self._sound.play_until(float(frame.pts * TICK))
            self._encode(self._container, frame)

    def _open(self, width: int, height: int) -> OutputContainer:
        container = av.open(str(part_of(self.path)), "w", format="mp4", options=_MUXER)
        options = {
            "preset": "veryfast",
            "crf": "23",
            "bf": "0",
            "g": str(round(2 * self._fps)),
            # what is held back in the encoder is lost when we are killed
            "x264-params": f"rc-lookahead={min(round(self._fps / 3), 10)}:sync-lookahead=0",
        }
        stream = container.add_stream("libx264", rate=Fraction(self._fps).limit_denominator(1001), options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.time_base = TICK
        # what OpenCV's conversion makes
        context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU601
        self._size, self._stream = (width, height), stream
        if self._sound_from:
            self._sound = Sound.open(self._sound_from, container, self._origin)
        return container

    def _encode(self, container: OutputContainer, frame: av.VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            packet.duration = self._shown
            container.mux(packet)

    @property
    def _shown(self) -> int:
        """Ticks that the last picture is shown: by the rate if it is known, else as long as the one before."""
        return self._gap if self._rate is None and self._gap else round(1 / self._fps / TICK)

    def close(self, *, whole: bool) -> None:
        """Ends the film: under its final name, or as a `*.part` that can be played. Raises OutputError."""
        container, self._container = self._container, None
        if container is None:
            return
        try:
            with _errors(self.path):
                try:
                    self._encode(container, None)
                    if self._sound:
                        self._sound.finish(float((self._last + self._shown) * TICK))
                finally:
                    container.close()
        finally:
            if self._sound:
                self._sound.close()
        if whole:
            finish(self.path)
