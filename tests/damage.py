"""Damaged media, made by seed from good files, which are made here too."""

import random
import struct
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import skimage.data
from PIL import Image as Pillow

from tests.clips import RATE, clicks, moving_face

FRAMES, FPS, WIDTH, HEIGHT = 20, 25, 160, 120
FIELDS = (b"mvhd", b"tkhd", b"mdhd", b"stts", b"stsz", b"stsc", b"stco", b"avcC", b"IHDR", b"acTL", b"fcTL", b"strh")
"""Names that stand before numbers in the headers of MP4, PNG and AVI."""
EXTREMES = (0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
SUFFIXES = (".mp4", ".jpg", ".png", ".gif", ".mkv", ".txt", "")


def make_good(folder: Path) -> list[Path]:
    """Small good files of many kinds: films with and without sound, pictures of several modes, an animation.

    Each time the same, byte for byte, so that a seed names a damaged file on every run.
    """
    films = [
        _write_film(folder / "sound.mp4", "libx264", sound="aac"),
        _write_film(folder / "plain.mkv", "libx264"),
        _write_film(folder / "stream.ts", "libx264", sound="aac"),
        _write_film(folder / "web.webm", "libvpx"),
        _write_film(folder / "old.avi", "mpeg4"),
    ]
    return films + _make_pictures(folder)


def _write_film(path: Path, codec: str, sound: str | None = None) -> Path:
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        # libx264's look at the frames ahead is not the same on every run
        video = container.add_stream(codec, rate=FPS, options={"x264-params": "mbtree=0"} if codec == "libx264" else {})
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream(sound, rate=RATE, layout="mono") if sound else None
        for stream in container.streams:
            stream.codec_context.thread_count = 1
        for image in moving_face(FRAMES, WIDTH, HEIGHT):
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(video.encode(None))
        if isinstance(audio, av.AudioStream):
            container.mux(list(_encode_sound(audio)))
    return path


def _encode_sound(stream: av.AudioStream) -> Iterator["av.Packet[Any]"]:
    """Whole frames of it only: what encoders fill up the last one with is not always the same."""
    context = stream.codec_context
    resampler = av.AudioResampler(context.format, context.layout, context.sample_rate, context.frame_size)
    samples = clicks(FRAMES / FPS, 0.4)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    for part in resampler.resample(frame):
        if part.samples == context.frame_size:
            yield from stream.encode(part)
    yield from stream.encode(None)


def _make_pictures(folder: Path) -> list[Path]:
    portrait = Pillow.fromarray(np.ascontiguousarray(skimage.data.astronaut()[::4, ::4]))
    deep = Pillow.fromarray(np.asarray(portrait.convert("L")).astype(np.uint16) * 257)
    turned = Pillow.Exif()
    turned[0x0112] = 6
    frames = [portrait.rotate(30 * index) for index in range(5)]
    portrait.save(folder / "photo.jpg", exif=turned)
    portrait.convert("CMYK").save(folder / "print.jpg")
    portrait.convert("RGBA").save(folder / "clear.png")
    deep.save(folder / "deep.png")
    deep.save(folder / "deep.tif")
    portrait.convert("P").save(folder / "palette.bmp")
    portrait.save(folder / "photo.webp")
    for name in ("moving.gif", "moving.webp", "moving.png"):
        frames[0].save(folder / name, save_all=True, append_images=frames[1:], duration=80)
    names = ("photo.jpg", "print.jpg", "clear.png", "deep.png", "deep.tif", "palette.bmp", "photo.webp")
    return [folder / name for name in (*names, "moving.gif", "moving.webp", "moving.png")]


def corpus(good: Sequence[Path], folder: Path, number: int, seed: int = 0) -> Iterator[Path]:
    """Writes that many damaged files, each the same for the same `good` and `seed`, one after the other."""
    for index in range(number):
        chance = random.Random(f"{seed}/{index}")
        origin = good[index % len(good)]
        content = bytearray(origin.read_bytes())
        done = [chance.choice(KINDS) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
        for damage in done:
            damage(content, chance)
        suffix = chance.choice(SUFFIXES) if chance.random() < 0.15 else origin.suffix
        names = "-".join(damage.__name__ for damage in done)
        path = folder / f"{index:04}-{origin.stem}-{names}{suffix}"
        path.write_bytes(content)
        yield path


def truncate(content: bytearray, chance: random.Random) -> None:
    """Cuts the end off, sometimes nearly all of it."""
    del content[int(len(content) * chance.random() ** chance.choice((1, 4))) :]


def flip_bytes(content: bytearray, chance: random.Random) -> None:
    """Changes a few or many bits."""
    for _ in range(chance.choice((1, 5, 50)) if content else 0):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def zero_blocks(content: bytearray, chance: random.Random) -> None:
    """Overwrites blocks with zeros, as a disk does that lost them."""
    for _ in range(chance.randint(1, 4)):
        start, end = _block(content, chance)
        content[start:end] = bytes(end - start)


def randomize_block(content: bytearray, chance: random.Random) -> None:
    """Overwrites a block with noise."""
    start, end = _block(content, chance)
    content[start:end] = chance.randbytes(end - start)


def duplicate_block(content: bytearray, chance: random.Random) -> None:
    """Inserts a block a second time, so that all offsets behind it are wrong."""
    start, end = _block(content, chance)
    content[end:end] = content[start:end]


def remove_block(content: bytearray, chance: random.Random) -> None:
    start, end = _block(content, chance)
    del content[start:end]


def swap_chunks(content: bytearray, chance: random.Random) -> None:
    """Exchanges two neighbouring parts."""
    a, b, c = sorted(chance.randint(0, len(content)) for _ in range(3))
    content[a:c] = content[b:c] + content[a:b]


def change_fields(content: bytearray, chance: random.Random) -> None:
    """Puts extreme numbers into the header: into a named field where there is one, else near the beginning."""
    places = [place + len(name) for name in FIELDS for place in _find_all(content, name)]
    for _ in range(chance.randint(1, 3)):
        near = chance.choice(places) + chance.randrange(0, 40) if places and chance.random() < 0.7 else None
        place = chance.randrange(64) if near is None else near
        value, form = chance.choice(EXTREMES), chance.choice((">I", "<I"))
        if place + 4 <= len(content):
            content[place : place + 4] = struct.pack(form, value)


KINDS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    truncate,
    flip_bytes,
    zero_blocks,
    randomize_block,
    duplicate_block,
    remove_block,
    swap_chunks,
    change_fields,
    change_fields,
)


def _block(content: bytearray, chance: random.Random) -> tuple[int, int]:
    start = chance.randint(0, len(content))
    return start, min(start + chance.choice((1, 4, 64, 1024, 8192)), len(content))


def _find_all(content: bytearray, name: bytes) -> Iterator[int]:
    place = content.find(name)
    while place >= 0:
        yield place
        place = content.find(name, place + 1)
