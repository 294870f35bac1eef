"""The bar chart over time as a GIF that is small enough to share, however long the run was."""

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image as Pillow

from feeling_manager.labels import EMOTIONS
from feeling_manager.sinks.accumulator import Results
from feeling_manager.sinks.panels import BarPanel, clock
from feeling_manager.sinks.series import Doubles
from feeling_manager.types import Image

WIDTH, HEIGHT = 440, 320
LARGEST = 5_000_000
"""Bytes."""
SHOWN = 0.1
"""Seconds that each picture is shown."""
MOST_FRAMES = 600
"""A run of a minute plays in real time; a longer one plays faster, and says how much."""
WINDOW = 0.3
"""Seconds that a bar is averaged over, at least, so that it does not tremble."""


def make_gif(results: Results, lang: str = "en", begin: float = 0.0) -> bytes:
    """The GIF's bytes, at most `LARGEST`. begin: time that its clock counts from, in seconds."""
    number = MOST_FRAMES
    while len(gif := _encode(results, lang, begin, number)) > LARGEST:
        number //= 2
    return gif


def _encode(results: Results, lang: str, begin: float, most: int) -> bytes:
    panel = BarPanel(WIDTH, HEIGHT, lang)
    palette, table = _palette(panel)
    pictures = (_indexed(image, palette, table) for image in _frames(results, panel, begin, most))
    buffer = io.BytesIO()
    first = next(pictures)
    first.save(
        buffer, "GIF", save_all=True, append_images=pictures, duration=round(1000 * SHOWN), loop=0, optimize=False
    )
    return buffer.getvalue()


def _frames(results: Results, panel: BarPanel, begin: float, most: int) -> Iterator[Image]:
    if results.first is None or results.last is None:
        yield panel.draw(None)
        return
    span = max(results.last - results.first, SHOWN)
    number = min(round(span / SHOWN), most)
    step = span / number
    times: Doubles = results.first + np.arange(number, dtype=np.float64) * step
    window = max(WINDOW, step)
    starts: Doubles = times - (window - step)
    values = results.points.at(starts, starts + window)
    speed = f"x{step / SHOWN:.3g}   " if step > 1.05 * SHOWN else ""
    for time, probabilities in zip(times.tolist(), values, strict=True):
        note = f"{speed}{clock(time - begin)}"
        yield panel.draw(None if np.isnan(probabilities[0]) else probabilities, note)


def _palette(panel: BarPanel) -> tuple[list[int], Image]:
    """128 colours that the chart is made of, and for each colour of 5 bits a channel the index of the nearest."""
    full = panel.draw(np.ones(len(EMOTIONS)), "0123456789:x")
    stack = np.concatenate([full, panel.draw(None, "0123456789:x")])
    reduced = Pillow.fromarray(stack[:, :, ::-1]).quantize(128, Pillow.Quantize.MEDIANCUT)
    palette = (reduced.getpalette() or [])[: 3 * 128]
    colours = np.array(palette, np.float32).reshape(-1, 3)
    axis = np.arange(32, dtype=np.float32) * 8 + 4
    cube = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    distances = (colours**2).sum(axis=1)[None] - 2 * cube @ colours.T
    return palette, distances.argmin(axis=1).astype(np.uint8)


def _indexed(image: Image, palette: list[int], table: Image) -> Pillow.Image:
    fifths = (image >> 3).astype(np.uint16)
    picture = Pillow.fromarray(table[fifths[:, :, 2] << 10 | fifths[:, :, 1] << 5 | fifths[:, :, 0]], "P")
    picture.putpalette(palette)
    return picture
