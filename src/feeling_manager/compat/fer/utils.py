"""What `fer.utils` offers: pictures from anywhere, and drawing on them."""

import base64
import binascii
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from feeling_manager.errors import InvalidImageError, UsageError
from feeling_manager.inference.preprocess import as_bgr
from feeling_manager.labels import SEVEN
from feeling_manager.sinks.lettering import Lettering, stain
from feeling_manager.sources.images import read_image
from feeling_manager.types import Image

NAMES: Mapping[str, Mapping[str, str]] = {
    "en": {},
    "de": {
        "angry": "wütend",
        "disgust": "angeekelt",
        "fear": "ängstlich",
        "happy": "glücklich",
        "sad": "traurig",
        "surprise": "überrascht",
        "neutral": "neutral",
    },
    "tr": {
        "angry": "öfkeli",
        "disgust": "iğrenme",
        "fear": "korku",
        "happy": "mutlu",
        "sad": "üzgün",
        "surprise": "şaşkın",
        "neutral": "nötr",
    },
    "ko": {emotion.fer: emotion.korean for emotion in SEVEN if emotion.fer},
}
"""Those of `fer`, and Korean."""
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


def check_lang(lang: str) -> Mapping[str, str]:
    """The names of the emotions in a language. Raises UsageError for one that has none."""
    if lang not in NAMES:
        raise UsageError(f"The language is one of {', '.join(NAMES)}, not {lang!r}.")
    return NAMES[lang]


def draw_annotations(
    frame: Image,
    faces: Sequence[dict[str, Any]],
    boxes: bool = True,
    scores: bool = True,
    color: tuple[int, int, int] = (0, 155, 255),
    lang: str = "en",
    size_multiplier: int = 1,
) -> Image:
    """Draws the faces of `detect_emotions` into the frame and returns it. lang: en, de, tr or ko."""
    names = check_lang(lang)
    lettering = Lettering("ko" if lang == "ko" else "en")
    step = 15 * size_multiplier
    for face in faces:
        x, y, w, h = face["box"]
        if boxes:
            cv2.rectangle(frame, (x, y), (x + w, y + h), color, 2)
        if not scores:
            continue
        for row, (label, score) in enumerate(face["emotions"].items(), 1):
            shade = (0, 255, 0) if score >= 0.01 else (211, 211, 211)
            mask = lettering.mask(f"{names.get(label, label)}: {score:.2f}", 13 * size_multiplier)
            stain(frame, mask, shade, x, y + h + row * step - mask.shape[0])
    return frame
