"""Labelled faces: FER+ in its official layout, from a folder or a tar archive."""

import csv
import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from feeling_manager.errors import DatasetError
from feeling_manager.labels import EMOTIONS
from feeling_manager.types import Floats, Image

SIDE = 48
VOTES = 10
"""Vote columns of FER+: the eight emotions, then "unknown" and "not a face"."""
SPLITS = {"train": "FER2013Train", "valid": "FER2013Valid", "test": "FER2013Test"}
CLASSES = len(EMOTIONS)


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """images: uint8 `(n, 48, 48)`. votes: float32 `(n, 10)`. left_out: a sentence for each row that can't be used."""

    images: Image
    votes: Floats
    left_out: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.images)


def majority(votes: Floats) -> npt.NDArray[np.intp]:
    """The label of each face `(n,)`: the largest of its ten votes, the first on a tie; -1 where that is no emotion.

    The protocol of FER+ figures (Barsoum et al. 2016, "majority").
    """
    best = votes.argmax(1)
    return np.where(best < CLASSES, best, -1)


def distributions(votes: Floats) -> Floats:
    """Votes for emotions as probabilities `(n, 8)`: single votes are taken for slips, as in FER+'s own training.

    A row without any vote left is all zeros.
    """
    kept = np.where(votes > 1, votes, 0)[:, :CLASSES]
    total = kept.sum(1, keepdims=True)
    return np.divide(kept, total, out=np.zeros_like(kept), where=total > 0)


def load_ferplus(path: Path, split: str) -> Faces:
    """The faces of a split ("train", "valid", "test"), from a folder or .tar.gz that holds `FER2013Train` and so on.

    Raises DatasetError for another layout, or when nothing of it can be read.
    """
    if split not in SPLITS:
        raise DatasetError(f"There is no split {split!r}; choose one of {', '.join(SPLITS)}.")
    folder = SPLITS[split]
    images, votes, left_out = [], [], []
    with _reader(path) as read:
        listing = read(f"{folder}/label.csv")
        if listing is None:
            raise DatasetError(
                f"{path} has no {folder}/label.csv: give the folder or archive that holds {folder} as FER+ lays it out."
            )
        for number, row in enumerate(csv.reader(io.StringIO(listing.decode("utf-8", "replace"))), 1):
            try:
                image, vote = _face(row, lambda name: read(f"{folder}/{name}"))
            except ValueError as error:
                left_out.append(f"{folder}/label.csv line {number}: {error}")
                continue
            images.append(image)
            votes.append(vote)
    if not images:
        raise DatasetError(f"No face of {path}/{folder} can be read; the first reason: {(left_out or ['no rows'])[0]}.")
    return Faces(np.stack(images), np.stack(votes), tuple(left_out))


def _face(row: list[str], read: Callable[[str], bytes | None]) -> tuple[Image, Floats]:
    """A line of label.csv: file, box, ten votes. Raises ValueError with the reason why it can't be used."""
    if len(row) < 2 + VOTES:
        raise ValueError(f"{len(row) - 2} votes instead of {VOTES}")
    try:
        vote = np.array([float(text) for text in row[2 : 2 + VOTES]], np.float32)
    except ValueError:
        raise ValueError("a vote is no number") from None
    if not (np.isfinite(vote).all() and (vote >= 0).all() and vote.sum() > 0):
        raise ValueError("the votes are negative or all zero")
    content = read(row[0])
    if content is None:
        raise ValueError(f"the picture {row[0]} is missing")
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) if content else None
    if image is None:
        raise ValueError(f"the picture {row[0]} can't be read")
    if image.shape != (SIDE, SIDE):
        raise ValueError(f"the picture {row[0]} is {image.shape[1]}x{image.shape[0]}, not {SIDE}x{SIDE}")
    return image, vote  # type: ignore[return-value]


@contextmanager
def _reader(path: Path) -> Iterator[Callable[[str], bytes | None]]:
    """A function that gives a file's content by its name in the data set, or None where there is no such file."""
    if path.is_dir():

        def from_folder(name: str) -> bytes | None:
            try:
                return (path / name).read_bytes()
            except OSError:
                return None

        yield from_folder
        return
    try:
        with tarfile.open(path) as archive:
            # an archive is read once, in its order: seeking back in a compressed one would start over each time
            files = {
                member.name.removeprefix("./"): content.read()
                for member in archive
                if member.isfile() and (content := archive.extractfile(member))
            }
    except (OSError, tarfile.TarError, EOFError) as error:
        raise DatasetError(f"{path} is neither a folder nor a tar archive that can be read ({error}).") from error
    yield files.get
