"""What a face is taught beside its votes: probabilities of teachers, points of a mesh."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from feeling_manager.errors import DatasetError
from feeling_manager.inference.emotion import EmotionClassifier
from feeling_manager.landmarks import POINTS
from feeling_manager.types import Floats, Image


def soft_labels(images: Image, manifests: Sequence[str]) -> Floats:
    """Mean probabilities `(n, 8)` of the teachers for faces `(n, 48, 48)`, each as it is and mirrored."""
    mirrored = np.ascontiguousarray(images[:, :, ::-1])
    seen = np.zeros((len(images), 8), np.float32)
    for manifest in manifests:
        teacher = EmotionClassifier(manifest=Path(manifest))
        seen += teacher.classify_crops(images) + teacher.classify_crops(mirrored)
    return seen / np.float32(2 * max(len(manifests), 1))


def is_checkpoint(teacher: str) -> bool:
    """Whether a teacher is a checkpoint, which is asked about every augmented picture, and no manifest."""
    return teacher.endswith(".pt")


def digest(image: Image) -> bytes:
    """What a face's landmarks are found by: BLAKE2b-128 of its grey bytes."""
    return hashlib.blake2b(np.ascontiguousarray(image).tobytes(), digest_size=16).digest()


def landmarks_of(images: Image, path: Path) -> Floats:
    """The 68 points of each face, float32 `(n, 68, 2)` in pixels from its upper left corner; NaN where none are known.

    path: an .npz that `scripts/mesh.py` wrote. Raises DatasetError for any other file, and when it knows none of the
    faces.
    """
    try:
        with np.load(path) as stored:
            digests: npt.NDArray[np.uint8] = stored["digests"]
            points: Floats = stored["points"]
    except (OSError, KeyError, ValueError, BadZipFile, EOFError) as error:
        # NumPy's own words for other files advise to unpickle them
        reason = (isinstance(error, OSError) and error.strerror) or "no .npz with digests and points"
        raise DatasetError(f"{path} holds no landmarks ({reason}); make it with scripts/mesh.py.") from error
    rows = {bytes(key): row for row, key in enumerate(digests)}
    result = np.full((len(images), POINTS, 2), np.nan, np.float32)
    for index, image in enumerate(images):
        row = rows.get(digest(image))
        if row is not None:
            result[index] = points[row]
    if len(images) and np.isnan(result).all():
        raise DatasetError(f"{path} knows none of these faces; make it from the same data with scripts/mesh.py.")
    return result
