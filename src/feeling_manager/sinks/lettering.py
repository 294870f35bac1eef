"""Words as small pictures, rendered once and then copied: Pillow on every frame would be too slow."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from feeling_manager.sinks import fonts
from feeling_manager.types import Image

Colour = tuple[int, int, int]
"""Blue, green, red; 0 to 255."""

KEPT = 4096
"""Words that are kept: a crowd has hundreds of numbers in several lengths."""
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)


def ink_on(background: Colour) -> Colour:
    """Black or white, whichever stands out more (relative luminance of WCAG 2.2)."""
    blue, green, red = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (part / 255 for part in background)
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return BLACK if (luminance + 0.05) ** 2 > 0.05 * 1.05 else WHITE


class Lettering:
    """Writes in one language. Keeps the words used last."""

    def __init__(self, lang: str = "en") -> None:
        """Raises MissingDependencyError where no font can write the language."""
        self._path = fonts.find(lang)
        self.mask = lru_cache(KEPT)(self._mask)
        self.bitmap = lru_cache(KEPT)(self._bitmap)

    def _mask(self, text: str, size: int) -> npt.NDArray[np.uint8]:
        """How much each pixel is covered by the text, `(h, w)`, 0 to 255; all texts of a size are as high."""
        font = ImageFont.truetype(str(self._path), size) if self._path else ImageFont.load_default(size)
        ascent, descent = font.getmetrics() if isinstance(font, ImageFont.FreeTypeFont) else (size, size // 4)
        width = max(int(np.ceil(font.getlength(text))), 1)
        picture = Pillow.new("L", (width, ascent + descent))
        ImageDraw.Draw(picture).text((0, ascent), text, fill=255, font=font, anchor="ls")
        return np.asarray(picture)

    def _bitmap(self, text: str, size: int, ink: Colour, background: Colour, margin: int = 0) -> Image:
        """The text on a plain ground, BGR, with `margin` pixels of ground around it."""
        mask = np.pad(self.mask(text, size), margin)[:, :, None].astype(np.float32) / 255
        ground = np.array(background, np.float32)
        return (ground + (np.array(ink, np.float32) - ground) * mask + 0.5).astype(np.uint8)


def paste(picture: Image, patch: Image, x: int, y: int) -> None:
    """Copies a patch onto a picture of the same kind, with its left top corner at (x, y), as far as it lies within."""
    height, width = picture.shape[:2]
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + patch.shape[1], width), min(y + patch.shape[0], height)
    if left < right and top < bottom:
        picture[top:bottom, left:right] = patch[top - y : bottom - y, left - x : right - x]


def stain(picture: Image, mask: npt.NDArray[np.uint8], colour: Colour, x: int, y: int) -> None:
    """Paints a colour through a mask, so that what is under it shows through, as far as it lies within."""
    height, width = picture.shape[:2]
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + mask.shape[1], width), min(y + mask.shape[0], height)
    if left < right and top < bottom:
        cover = mask[top - y : bottom - y, left - x : right - x, None].astype(np.uint16)
        under = picture[top:bottom, left:right]
        under[:] = (under * (255 - cover) + np.array(colour, np.uint16) * cover + 127) // 255
