"""Pictures: one, several, a folder, or an animation."""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
import pi_heif
from PIL import Image as Pillow
from PIL import ImageOps

from feeling_manager.errors import InvalidImageError, SourceError
from feeling_manager.paths import legible
from feeling_manager.types import Frame, Image, SourceInfo

PICTURES = frozenset(
    f".{name}"
    for name in ("jpg", "jpeg", "png", "bmp", "gif", "webp", "tif", "tiff", "ppm", "pgm", "jp2", "avif", "heic", "heif")
)
MOST_PIXELS = 178_000_000
"""A picture with more is refused: it would take over half a gigabyte."""
LONGEST = 3840
"""Pictures in a row are brought to one canvas, no longer than this."""

_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP", "TIFF", "JPEG2000", "AVIF", "HEIF")
"""What is read of Pillow's formats, whatever the name: reading some of the others starts a program (EPS)."""
_ANIMATED = frozenset({"AVIF", "GIF", "PNG", "TIFF", "WEBP"})
"""Where further pictures are further frames; in a photo (MPO) they are previews and maps of depth."""


def read_image(source: str | Path | bytes) -> Image:
    """A picture as uint8 BGR `(h, w, 3)`: turned upright, 16 bits to 8, transparency on white, its first frame.

    source: a path, or a file's content. Raises InvalidImageError.
    """
    with _opened(source) as picture:
        return _pixels(picture, _named(source))


def pictures_in(folder: Path) -> list[Path]:
    """The pictures of a folder, sorted as people do (2 before 10). Raises SourceError when there is none."""
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() in PICTURES and path.is_file()]
    except OSError as error:
        raise SourceError(f"The folder {folder} can't be read ({error.strerror}).") from error
    if not found:
        raise SourceError(f"The folder {folder} holds no pictures; give a video, or a folder with pictures.")
    return sorted(found, key=lambda path: natural(path.name))


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts names as people do: 2 before 10, whatever the case."""
    # every second part is a number
    return [(int(part), "") if i % 2 else (0, part) for i, part in enumerate(re.split(r"(\d+)", name.lower()))]


def is_animation(path: Path) -> bool:
    """Whether a file of pictures moves: a GIF, WebP or AVIF of several frames."""
    if path.suffix.lower() not in (".gif", ".webp", ".avif"):
        return False
    try:
        with _opened(path) as picture, _pillow_errors(str(path)):
            return _frames_in(picture) > 1
    except InvalidImageError:
        return False


class ImagesSource:
    """Pictures as frames, `fps` of them a second (1 by default); an animation keeps its own times.

    pictures: files, or arrays of uint8 in BGR `(h, w, 3)` or grey `(h, w)`. Those of different sizes are laid on one
    canvas, larger ones made smaller. One that can't be read is left out and counted in `dropped`; when there was only
    one, or none can be read, InvalidImageError is raised.
    """

    def __init__(self, pictures: Sequence[Path | Image], *, fps: float | None = None, every: int = 1) -> None:
        self._pictures = list(pictures)
        self._fps = fps or 1.0
        self._every = every
        self.dropped = 0

    @property
    def info(self) -> SourceInfo:
        return self._info

    def __enter__(self) -> Self:
        sizes, seconds, frames = [], 0.0, 0
        error: InvalidImageError | None = None
        for picture in self._pictures:
            try:
                size, number = _size_of(picture)
            except InvalidImageError as found:
                error = found
                continue
            sizes.append(size)
            frames += number
            seconds += number / self._fps
        if not sizes:
            raise error or SourceError("There are no pictures to read.")
        width, height = max(w for w, _ in sizes), max(h for _, h in sizes)
        scale = min(1.0, LONGEST / max(width, height)) if len(sizes) > 1 else 1.0
        self._info = SourceInfo(
            name=self._name(),
            width=max(round(width * scale), 1),
            height=max(round(height * scale), 1),
            fps=None,
            # an animation tells how long it is only frame by frame
            duration=seconds if 1 < frames == len(sizes) else None,
            frames=frames,
            audio=False,
            live=False,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        index, time = 0, 0.0
        damage: InvalidImageError | None = None
        for picture in self._pictures:
            try:
                for image, seconds in self._frames_of(picture):
                    if index % self._every == 0:
                        yield Frame(self._fit(image), time, index)
                    index, time = index + 1, time + seconds
            except InvalidImageError as error:
                damage = error
                self.dropped += 1
        if damage and not index:
            raise damage

    def _name(self) -> str:
        first = self._pictures[0]
        if not isinstance(first, Path):
            return "pictures"
        return legible(first.name if len(self._pictures) == 1 else f"{first.parent.name or 'pictures'}/")

    def _frames_of(self, path: Path | Image) -> Iterator[tuple[Image, float]]:
        """Pictures of a file with the seconds that each is shown."""
        if not isinstance(path, Path):
            yield path, 1 / self._fps
            return
        with _opened(path) as picture:
            with _pillow_errors(str(path)):
                number = _frames_in(picture)
            for frame in range(number):
                with _pillow_errors(str(path)):
                    picture.seek(frame)
                    # WebP and AVIF know how long a frame is shown only once it is decoded
                    picture.load()
                    shown = (picture.info.get("duration") or 0) / 1000
                yield _pixels(picture, str(path)), shown if number > 1 and shown > 0 else 1 / self._fps

    def _fit(self, image: Image) -> Image:
        width, height = self._info.width, self._info.height
        if image.shape[:2] == (height, width):
            return image
        scale = min(width / image.shape[1], height / image.shape[0], 1.0)
        size = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
        smaller = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
        canvas = np.zeros((height, width, 3), np.uint8)
        left, top = (width - size[0]) // 2, (height - size[1]) // 2
        canvas[top : top + size[1], left : left + size[0]] = smaller if smaller.ndim == 3 else smaller[:, :, np.newaxis]
        return canvas


def _size_of(picture: Path | Image) -> tuple[tuple[int, int], int]:
    """Width and height of a picture, upright, and how many frames it has. Raises InvalidImageError."""
    if isinstance(picture, Path):
        with _opened(picture) as file, _pillow_errors(str(picture)):
            return ImageOps.exif_transpose(file).size if file.getexif() else file.size, _frames_in(file)
    if picture.dtype != np.uint8 or picture.size == 0 or picture.shape[2:] not in ((), (3,)):
        raise InvalidImageError(
            "A picture as an array is uint8, (height, width, 3) in BGR or (height, width) in grey, not "
            f"{picture.dtype} of {picture.shape}."
        )
    return (picture.shape[1], picture.shape[0]), 1


def _named(source: str | Path | bytes) -> str:
    return "The picture" if isinstance(source, bytes) else str(source)


def _opened(source: str | Path | bytes) -> Pillow.Image:
    """The picture, its header read. Raises InvalidImageError."""
    name = _named(source)
    try:
        with warnings.catch_warnings():
            # large pictures are refused below, by our own limit
            warnings.simplefilter("ignore")
            pi_heif.register_heif_opener()
            Pillow.preinit()  # the usual formats, without which the list below makes Pillow load all that it knows
            picture = Pillow.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=_FORMATS)
    except FileNotFoundError as error:
        raise InvalidImageError(f"There is no file {name}; check the name.") from error
    except IsADirectoryError as error:
        raise InvalidImageError(f"{name} is a folder; give the pictures in it, or use `feeling analyze`.") from error
    except PermissionError as error:
        raise InvalidImageError(f"{name} can't be opened: permission denied.") from error
    except Pillow.DecompressionBombError as error:
        raise InvalidImageError(_too_large(name)) from error
    except Exception as error:
        raise InvalidImageError(f"{name} is not a picture that can be read.") from error
    if picture.width * picture.height > MOST_PIXELS:
        picture.close()
        raise InvalidImageError(_too_large(name))
    if not picture.width or not picture.height:
        picture.close()
        raise InvalidImageError(f"{name} has no pixels.")
    return picture


def _too_large(name: str) -> str:
    return f"{name} has more than {MOST_PIXELS // 1_000_000} million pixels; make it smaller first."


@contextmanager
def _pillow_errors(name: str) -> Iterator[None]:
    """Makes one sentence of what Pillow raises on damaged files, which is nearly anything (struct.error, TypeError)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        raise InvalidImageError(f"{name} is a damaged picture: it can't be decoded.") from error


def _frames_in(picture: Pillow.Image) -> int:
    return getattr(picture, "n_frames", 1) if picture.format in _ANIMATED else 1


def _pixels(picture: Pillow.Image, name: str) -> Image:
    with _pillow_errors(name):
        rgb = _to_rgb(ImageOps.exif_transpose(picture))
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _to_rgb(picture: Pillow.Image) -> Image:
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return _eight_bits(np.asarray(picture))
    if picture.has_transparency_data:
        layers = picture.convert("RGBA")
        white = Pillow.new("RGBA", layers.size, "white")
        picture = Pillow.alpha_composite(white, layers)
    return np.asarray(picture.convert("RGB"))


def _eight_bits(values: np.ndarray[Any, Any]) -> Image:
    """Grey of more than 8 bits or of real numbers, brought to 0 to 255: 16-bit by its range, others by their own."""
    real = np.nan_to_num(values.astype(np.float64))
    low, high = real.min(), real.max()
    if low >= 0 and high <= 65535 and values.dtype.kind != "f":
        low, high = 0.0, 65535.0 if high > 255 else 255.0
    grey = np.clip((real - low) * (255 / max(high - low, 1e-12)), 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
