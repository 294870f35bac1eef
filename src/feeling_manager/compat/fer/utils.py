"""What `fer.utils` offers: pictures from anywhere, and drawing on them."""

import base64
import binascii
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from feeling_manager.errors import InvalidImageError
from feeling_manager.inference.preprocess import as_bgr
from feeling_manager.sources.images import read_image
from feeling_manager.types import Image

_LARGEST = 64 * 1024 * 1024
_TIMEOUT = 10.0


def load_image(img: Any) -> Image:
    """BGR picture of an array, a path, an http(s) address or a data URI. Raises InvalidImage."""
    if isinstance(img, np.ndarray):
        return as_bgr(img)
    if not isinstance(img, str):
        raise InvalidImageError(
            f"A picture must be an array, a path, an address or a data URI, not {type(img).__name__}."
        )
    if img.startswith("data:image/"):
        try:
            return read_image(base64.b64decode(img.partition(",")[2], validate=True))
        except binascii.Error as error:
            raise InvalidImageError("The data URI is not valid base64; encode the picture again.") from error
    if img.startswith(("http://", "https://")):
        return read_image(_download(img))
    return read_image(img)


def _download(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT) as response:  # noqa: S310 - http(s) only, see above
            content: bytes = response.read(_LARGEST + 1)
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise InvalidImageError(
            f"The picture at {address} can't be downloaded ({error}); check the address."
        ) from error
    if len(content) > _LARGEST:
        raise InvalidImageError(f"The picture at {address} is larger than 64 MiB; make it smaller.")
    return content


def draw_annotations(
    frame: Image,
    faces: Sequence[dict[str, Any]],
    boxes: bool = True,
    scores: bool = True,
    color: tuple[int, int, int] = (0, 155, 255),
    lang: str = "en",
    size_multiplier: int = 1,
) -> Image:
    """Draws the faces of `detect_emotions` into the frame and returns it. lang: accepted, without effect."""
    step = 15 * size_multiplier
    for face in faces:
        x, y, w, h = face["box"]
        if boxes:
            cv2.rectangle(frame, (x, y), (x + w, y + h), color, 2)
        if not scores:
            continue
        for row, (label, score) in enumerate(face["emotions"].items(), 1):
            shade = (0, 255, 0) if score >= 0.01 else (211, 211, 211)
            place = (x, y + h + row * step)
            text = f"{label}: {score:.2f}"
            cv2.putText(
                frame, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5 * size_multiplier, shade, size_multiplier, cv2.LINE_AA
            )
    return frame
