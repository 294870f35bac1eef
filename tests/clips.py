"""Short films for tests: NASA's astronaut moving about, with sound that clicks when the picture flashes."""

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import skimage.data

from feeling_manager.types import Image

WIDTH, HEIGHT, FPS = 320, 240, 25
RATE = 48_000
TICK = Fraction(1, 90_000)


def moving_face(number: int, width: int = WIDTH, height: int = HEIGHT) -> Iterator[Image]:
    """That many BGR frames in which the portrait circles."""
    side = round(0.8 * min(width, height))
    portrait = cv2.resize(skimage.data.astronaut()[:380, 40:420, ::-1], (side, side), interpolation=cv2.INTER_AREA)
    for index in range(number):
        turn = 2 * math.pi * index / max(number, 1)
        x = round((width - side) / 2 * (1 + math.cos(turn)))
        y = round((height - side) / 2 * (1 + math.sin(turn)))
        canvas = np.full((height, width, 3), (96, 84, 72), np.uint8)
        canvas[y : y + side, x : x + side] = portrait
        yield canvas


def clicks(seconds: float, every: float = 1.0) -> npt.NDArray[np.float32]:
    """Silence of `(1, seconds * RATE)` samples with a short loud burst at every half, one and a half ... second."""
    sound = np.zeros(round(seconds * RATE), np.float32)
    burst = 0.8 * np.sin(np.arange(RATE // 50) * (2 * math.pi * 1000 / RATE)).astype(np.float32)
    for time in np.arange(every / 2, seconds - 0.05, every):
        start = round(time * RATE)
        sound[start : start + len(burst)] = burst
    return sound[None]


def write_clip(
    path: Path,
    images: Iterable[Image],
    *,
    times: Sequence[float] | None = None,
    fps: float = FPS,
    sound: npt.NDArray[np.float32] | None = None,
    video_codec: str = "libx264",
    audio_codec: str = "aac",
) -> Path:
    """Writes a film: times are seconds of the frames (steady at `fps` without), sound mono at `RATE` or None."""
    with av.open(str(path), "w") as container:
        pictures = list(images)
        video = container.add_stream(video_codec, rate=Fraction(fps).limit_denominator(1001))
        assert isinstance(video, av.VideoStream)
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt = "yuv420p"
        video.codec_context.time_base = TICK
        audio = container.add_stream(audio_codec, rate=RATE, layout="mono") if sound is not None else None
        for index, image in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts = round((times[index] if times else index / fps) / TICK)
            frame.time_base = TICK
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None and sound is not None:
            assert isinstance(audio, av.AudioStream)
            _write_sound(container, audio, sound)
    return path


def _write_sound(
    container: av.container.OutputContainer, stream: av.AudioStream, sound: npt.NDArray[np.float32]
) -> None:
    fifo = av.AudioFifo()
    frame = av.AudioFrame.from_ndarray(sound, format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    context = stream.codec_context
    resampler = av.AudioResampler(context.format, context.layout, context.sample_rate)
    for part in resampler.resample(frame):
        fifo.write(part)
    while ready := fifo.read(context.frame_size or 1024, partial=True):
        container.mux(stream.encode(ready))
    container.mux(stream.encode(None))


def read_times(path: Path) -> list[float]:
    """Seconds of the frames of a film."""
    with av.open(str(path)) as container:
        return [frame.time for frame in container.decode(video=0) if frame.time is not None]


def read_images(path: Path) -> list[Image]:
    """The frames of a film, BGR."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False) for frame in container.decode(video=0)]


def heard_clicks(path: Path) -> list[float]:
    """Seconds at which the sound of a film bursts out, by its own clock."""
    times: list[float] = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            samples = np.abs(np.atleast_2d(frame.to_ndarray().astype(np.float64))).max(axis=0)
            if frame.to_ndarray().dtype == np.int16:
                samples /= 32768
            assert frame.time is not None
            for place in np.flatnonzero(samples > 0.3):
                time = frame.time + place / frame.sample_rate
                if not times or time - times[-1] > 0.2:
                    times.append(time)
    return times
