"""From frames to what the networks see. The web client does the same; golden cases hold both.

One resampler: area filter when shrinking, bilinear otherwise. Grey is BT.601.
"""

import math

import cv2
import numpy as np
import numpy.typing as npt

from feeling_manager.errors import InvalidImageError
from feeling_manager.types import Floats, Image

STRIDE = 32
"""The detector's sides are multiples of this."""

MAX_TAPS = 8
"""Samples a crop pixel takes along one axis at most: beyond that a face is so large that more changes nothing."""


def _advice(image: object) -> str:
    if not isinstance(image, np.ndarray):
        return f", not {type(image).__name__}; read files with read_image()"
    if image.dtype.kind == "f":
        return f", not {image.dtype}; where it goes from 0 to 1, give (image * 255).astype(numpy.uint8)"
    return f", not {image.dtype}; bring its values to 0 to 255, then use astype(numpy.uint8)"


def as_bgr(image: Image) -> Image:
    """The picture as uint8 BGR `(h, w, 3)`.

    Raises InvalidImageError for anything but uint8 `(h, w)`, `(h, w, 1)` or `(h, w, 3)` with at least one pixel.
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        raise InvalidImageError(f"A frame must be a NumPy array of uint8, 0 to 255{_advice(image)}.")
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3) or image.size == 0:
        raise InvalidImageError(
            f"A frame must have the shape (height, width, 3) in BGR or (height, width) in grey, not {image.shape}."
        )
    return image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)  # type: ignore[return-value]


def as_grey(image: Image) -> Image:
    """BT.601 grey `(h, w)` of a BGR or grey picture."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)  # type: ignore[return-value]


def resize(image: Image, width: int, height: int) -> Image:
    """Area filter where both sides shrink, bilinear otherwise."""
    shrinks = width <= image.shape[1] and height <= image.shape[0]
    return cv2.resize(  # type: ignore[return-value]
        image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )


def detector_size(width: int, height: int, longest: int) -> tuple[int, int]:
    """Width and height for the detector: the longer side brought to `longest`, both rounded up to `STRIDE`."""
    scale = longest / max(width, height)
    return _to_stride(width * scale), _to_stride(height * scale)


def _to_stride(side: float) -> int:
    return max(STRIDE, math.ceil(side / STRIDE - 1e-6) * STRIDE)


def detector_tensor(frame: Image, width: int, height: int) -> Floats:
    """float32 `(1, 3, height, width)`, RGB, 0 to 255, of a BGR frame."""
    rgb = cv2.cvtColor(resize(frame, width, height), cv2.COLOR_BGR2RGB)
    return rgb.transpose(2, 0, 1)[np.newaxis].astype(np.float32)


def similarity(source: npt.ArrayLike, target: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The `(2, 3)` rotation, scale and shift that brings source points `(n, 2)` nearest to the target points.

    Least squares without reflection (Umeyama 1991), in closed form for the plane.
    """
    # in plain numbers: for five points NumPy's calls would take ten times as long
    src: list[list[float]] = np.asarray(source, np.float64).tolist()
    dst: list[list[float]] = np.asarray(target, np.float64).tolist()
    n = len(src)
    src_x, src_y = sum(p[0] for p in src) / n, sum(p[1] for p in src) / n
    dst_x, dst_y = sum(p[0] for p in dst) / n, sum(p[1] for p in dst) / n
    spread = along = across = 0.0
    for (x, y), (u, v) in zip(src, dst, strict=True):
        x, y, u, v = x - src_x, y - src_y, u - dst_x, v - dst_y
        spread += x * x + y * y
        along += x * u + y * v
        across += x * v - y * u
    a, b = (along / spread, across / spread) if spread >= 1e-9 else (1.0, 0.0)
    return np.array([[a, -b, dst_x - a * src_x + b * src_y], [b, a, dst_y - b * src_x - a * src_y]])


def align(frame: Image, landmarks: npt.ArrayLike, template: npt.ArrayLike, size: int, *, colour: bool = False) -> Image:
    """The face as grey uint8 `(size, size)`: its five landmarks `(5, 2)` brought to the template's places.

    colour: as BGR `(size, size, 3)`, from a BGR frame.

    Each crop pixel is the mean of k x k bilinear samples, k being how many frame pixels it spans (an area filter
    for a turned square); outside the frame the nearest edge pixel counts.
    """
    (a, _, x), (b, _, y) = similarity(landmarks, template).tolist()
    square = max(a * a + b * b, 1e-12)
    taps = min(MAX_TAPS, max(1, math.ceil(1.0 / math.sqrt(square) - 1e-6)))
    # the way back, from the fine grid: its sample i lies at crop coordinate (i + 0.5) / taps - 0.5
    a, b = a / square, b / square
    first = 0.5 / taps - 0.5
    left, top = a * (first - x) + b * (first - y), a * (first - y) - b * (first - x)
    across, down = a / taps, b / taps
    region, origin_x, origin_y = _surroundings(frame, across, down, left, top, size * taps)
    fine = np.array([[across, down, left - origin_x], [-down, across, top - origin_y]])
    warped = cv2.warpAffine(
        region if colour else as_grey(region),
        fine,
        (size * taps, size * taps),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return warped if taps == 1 else resize(warped, size, size)  # type: ignore[arg-type, return-value]


def from_crop(points: npt.ArrayLike, landmarks: npt.ArrayLike, template: npt.ArrayLike) -> Floats:
    """Points `(n, 2)` of the aligned crop as float32 pixels of the frame that `align` took it from."""
    (a, _, x), (b, _, y) = similarity(landmarks, template).tolist()
    square = max(a * a + b * b, 1e-12)
    offset = np.asarray(points, np.float32) - np.array([x, y], np.float32)
    return offset @ np.array([[a, -b], [b, a]], np.float32) / np.float32(square)


def _surroundings(
    frame: Image, across: float, down: float, left: float, top: float, side: int
) -> tuple[Image, int, int]:
    """The part of the frame that the warp reads, so that grey is made of no more than that, and its origin."""
    height, width = frame.shape[:2]
    xs = sorted((left, left + across * side, left + down * side, left + (across + down) * side))
    ys = sorted((top, top - down * side, top + across * side, top + (across - down) * side))
    x0, x1 = _within(xs[0], xs[-1], width)
    y0, y1 = _within(ys[0], ys[-1], height)
    return frame[y0:y1, x0:x1], x0, y0


def _within(low: float, high: float, length: int) -> tuple[int, int]:
    """A range of at least one pixel of `length`, with a margin for the samples beside it."""
    first = min(max(math.floor(low) - 2, 0), length - 1)
    return first, min(max(math.ceil(high) + 3, first + 1), length)


def emotion_tensor(crops: Image, mean: npt.ArrayLike, std: npt.ArrayLike) -> Floats:
    """float32 `(n, c, h, w)` of uint8 crops, grey `(n, h, w)` or `(n, h, w, c)`: (value / 255 - mean) / std.

    mean, std: one number, or one a channel.
    """
    tensor = (crops[:, np.newaxis] if crops.ndim == 3 else crops.transpose(0, 3, 1, 2)).astype(np.float32)
    tensor -= np.float32(255) * np.asarray(mean, np.float32).reshape(-1, 1, 1)
    tensor /= np.float32(255) * np.asarray(std, np.float32).reshape(-1, 1, 1)
    return tensor
