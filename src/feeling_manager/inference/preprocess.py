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


def as_bgr(image: Image) -> Image:
    """The picture as uint8 BGR `(h, w, 3)`.

    Raises InvalidImageError for anything but uint8 `(h, w)`, `(h, w, 1)` or `(h, w, 3)` with at least one pixel.
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        raise InvalidImageError("A frame must be a NumPy array of uint8; convert it with read_image() or astype.")
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
    src, dst = np.asarray(source, np.float64), np.asarray(target, np.float64)
    src_mean, dst_mean = src.mean(0), dst.mean(0)
    s, d = src - src_mean, dst - dst_mean
    spread = float((s * s).sum())
    if spread < 1e-9:
        a, b = 1.0, 0.0
    else:
        a = float((s * d).sum()) / spread
        b = float((s[:, 0] * d[:, 1] - s[:, 1] * d[:, 0]).sum()) / spread
    turn = np.array([[a, -b], [b, a]])
    return np.hstack([turn, (dst_mean - turn @ src_mean)[:, np.newaxis]])


def align(frame: Image, landmarks: npt.ArrayLike, template: npt.ArrayLike, size: int) -> Image:
    """The face as grey uint8 `(size, size)`: its five landmarks `(5, 2)` brought to the template's places.

    Each crop pixel is the mean of k x k bilinear samples, k being how many frame pixels it spans (an area filter
    for a turned square); outside the frame the nearest edge pixel counts.
    """
    forward = similarity(landmarks, template)
    scale = max(math.hypot(forward[0, 0], forward[1, 0]), 1e-6)
    taps = min(MAX_TAPS, max(1, math.ceil(1.0 / scale - 1e-6)))
    a, b = forward[0, 0] / scale**2, forward[1, 0] / scale**2
    inverse = np.array([[a, b], [-b, a]])
    shift = -inverse @ forward[:, 2]
    # sample i of the fine grid lies at crop coordinate (i + 0.5) / taps - 0.5
    offset = inverse @ np.full(2, 0.5 / taps - 0.5) + shift
    fine = np.hstack([inverse / taps, offset[:, np.newaxis]])
    region, origin = _surroundings(frame, fine, size * taps)
    fine[:, 2] -= origin
    warped = cv2.warpAffine(
        as_grey(region),
        fine,
        (size * taps, size * taps),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return warped if taps == 1 else resize(warped, size, size)  # type: ignore[arg-type, return-value]


def _surroundings(frame: Image, fine: npt.NDArray[np.float64], side: int) -> tuple[Image, npt.NDArray[np.float64]]:
    """The part of the frame that the warp reads, so that grey is made of no more than that, and its origin."""
    corners = np.array([[0, 0, 1], [side, 0, 1], [0, side, 1], [side, side, 1]], np.float64) @ fine.T
    height, width = frame.shape[:2]
    left, top = (int(np.clip(np.floor(v) - 2, 0, n - 1)) for v, n in zip(corners.min(0), (width, height), strict=True))
    right, bottom = (
        int(np.clip(np.ceil(v) + 3, low + 1, n))
        for v, low, n in zip(corners.max(0), (left, top), (width, height), strict=True)
    )
    return frame[top:bottom, left:right], np.array([left, top], np.float64)


def emotion_tensor(crops: Image, mean: float, std: float) -> Floats:
    """float32 `(n, 1, h, w)` of grey uint8 crops `(n, h, w)`: (grey / 255 - mean) / std."""
    tensor = crops[:, np.newaxis].astype(np.float32)
    tensor -= np.float32(255 * mean)
    tensor /= np.float32(255 * std)
    return tensor
