"""Damaged media, made by seed from good files, which are made here too."""

import random
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import av
import numpy as np
import skimage.data
from PIL import Image as Pillow

from tests.clips import clicks, moving_face, write_clip

FRAMES = 20
FIELDS = (b"mvhd", b"tkhd", b"mdhd", b"stts", b"stsz", b"stsc", b"stco", b"avcC", b"IHDR", b"acTL", b"fcTL", b"strh")
"""Names that stand before numbers in the headers of MP4, PNG and AVI."""
EXTREMES = (0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
SUFFIXES = (".mp4", ".jpg", ".png", ".gif", ".mkv", ".txt", "")


def make_good(folder: Path) -> list[Path]:
    """Small good files of many kinds: films with and without sound, pictures of several modes, an animation."""
    width, height = 160, 120
    films = [
        write_clip(folder / "sound.mp4", moving_face(FRAMES, width, height), sound=clicks(0.8, 0.4)),
        write_clip(folder / "plain.mkv", moving_face(FRAMES, width, height)),
        write_clip(folder / "stream.ts", moving_face(FRAMES, width, height), sound=clicks(0.8, 0.4)),
        write_clip(folder / "web.webm", moving_face(FRAMES, width, height), video_codec="libvpx"),
        _write_mpeg4(folder / "old.avi", width, height),
    ]
    return films + _make_pictures(folder)


def _write_mpeg4(path: Path, width: int, height: int) -> Path:
    # MPEG-4 knows no clock as fine as that of `write_clip`
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for image in moving_face(FRAMES, width, height):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


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
