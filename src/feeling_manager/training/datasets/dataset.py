"""One way to open every layout."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from feeling_manager.errors import DatasetError, InvalidImageError
from feeling_manager.inference.preprocess import as_grey, resize
from feeling_manager.sources.images import read_image
from feeling_manager.training.datasets import aihub, ferplus, folders
from feeling_manager.training.datasets.faces import SIDE, Faces, LeftOut, Row, RowError, Sample
from feeling_manager.training.datasets.files import Files, open_files
from feeling_manager.types import Box, Image

SPLITS = ("train", "valid", "test", "all")
HELD_OUT = 10
"""Of a set without validation faces, one in so many is taken for that."""


class Layout(NamedTuple):
    """fits: whether files are laid out so. rows: its pictures; raises DatasetError. words: what it is, for people."""

    words: str
    fits: Callable[[Files], bool]
    rows: Callable[[Files], Iterator[Row]]


LAYOUTS = {
    "ferplus": Layout("folders FER2013Train... with label.csv", ferplus.is_ferplus, ferplus.ferplus),
    "fer2013": Layout("fer2013.csv with fer2013new.csv", ferplus.is_fer2013, ferplus.fer2013),
    "aihub": Layout("한국인 감정인식을 위한 복합 영상, with its JSON files", aihub.is_aihub, aihub.aihub),
    "table": Layout("labels.csv with image and emotion", folders.is_table, folders.table),
    "folders": Layout("one folder per emotion", folders.is_folders, folders.folders),
}
"""By name, in the order in which they are tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A data set that was recognised. rows: all its pictures with their votes, unread, and what can't be used."""

    path: Path
    layout: str
    files: Files
    rows: tuple[Row, ...]

    def samples(self, split: str) -> list[Sample]:
        """The pictures of a split: train, valid, test or all.

        A set without validation faces gives every tenth of its training faces for that, chosen by name, so that the
        same ones are left out of training.
        """
        if split not in SPLITS:
            raise DatasetError(f"There is no split {split!r}; choose one of {', '.join(SPLITS)}.")
        found = [row for row in self.rows if isinstance(row, Sample)]
        if split == "all":
            return found
        if not any(sample.split == "valid" for sample in found):
            found = [_divided(sample) for sample in found]
        chosen = [sample for sample in found if (sample.split or "train") == split]
        if not chosen:
            there = sorted({sample.split or "train" for sample in found})
            reason = next((f"; the first row left out: {row}" for row in self.rows if isinstance(row, LeftOut)), "")
            raise DatasetError(f"{self.path} has no {split} faces (it has {', '.join(there) or 'none'}){reason}.")
        return chosen

    def left_out(self, split: str) -> list[LeftOut]:
        """Rows of a split (or of one that is not known) that can't be used, as is known before a picture is read."""
        rows = (row for row in self.rows if isinstance(row, LeftOut))
        return [row for row in rows if split == "all" or row.split in (None, split)]

    def content(self, sample: Sample) -> bytes | Image | None:
        """A sample's picture as a file's content or as pixels; None where the file is missing."""
        return self.files.read(sample.source) if isinstance(sample.source, str) else sample.source

    def faces(self, split: str) -> Faces:
        """The faces of a split, grey and 48×48. Raises DatasetError when nothing of it can be read."""
        images, votes, names = [], [], []
        left_out = self.left_out(split)
        for sample in self.samples(split):
            try:
                images.append(face(read_picture(self.content(sample)), sample.box))
            except RowError as error:
                left_out.append(LeftOut(sample.name, error.reason, str(error), sample.split))
                continue
            votes.append(sample.votes)
            names.append(sample.name)
        if not images:
            raise DatasetError(f"No {split} face of {self.path} can be read; the first reason: {left_out[0]}.")
        return Faces(np.stack(images), np.stack(votes), tuple(left_out), tuple(names))

    def without_labels(self) -> Faces:
        """Faces to learn from without their labels: all, or, of a set that is divided, those to train on."""
        divided = any(isinstance(row, Sample) and row.split for row in self.rows)
        return self.faces("train" if divided else "all")


def open_dataset(path: Path, layout: str | None = None) -> Dataset:
    """A data set in a folder, a tar or a zip archive; its layout is recognised unless it is named.

    Raises DatasetError for an unknown or wrong layout.
    """
    if layout is not None and layout not in LAYOUTS:
        raise DatasetError(f"There is no layout {layout!r}; choose one of {', '.join(LAYOUTS)}.")
    files = whole = open_files(path)
    while True:
        for name, known in LAYOUTS.items():
            if layout in (None, name) and known.fits(files):
                return open_layout(files, name)
        folder = files.only_folder()
        if folder is None:
            break
        files = files.within(folder)
    if layout:
        return open_layout(whole, layout)
    words = "; ".join(f"{name}: {known.words}" for name, known in LAYOUTS.items())
    raise DatasetError(f"The layout of {path} is none that is known ({words}).")


def open_layout(files: Files, layout: str) -> Dataset:
    """A data set of a layout that is known."""
    return Dataset(files.path, layout, files, tuple(LAYOUTS[layout].rows(files)))


def load_ferplus(path: Path, split: str) -> Faces:
    """The faces of a split of FER+ in its official layout."""
    return open_dataset(path, "ferplus").faces(split)


def read_picture(content: bytes | Image | None) -> Image:
    """A picture turned upright, BGR or grey. Raises RowError."""
    if content is None:
        raise RowError("missing picture", "the picture is missing")
    try:
        return read_image(content) if isinstance(content, bytes) else content
    except InvalidImageError as error:
        raise RowError("unreadable picture", "the picture can't be read") from error


def face(picture: Image, box: Box | None) -> Image:
    """The face in a picture as grey uint8 `(48, 48)`.

    Of a box the square around its middle as high as it is: FER+'s frames reach from the forehead to the chin too.
    """
    grey = as_grey(picture)
    if box is not None:
        side, (x, y) = max(box.w, box.h), box.centre
        part = Box(x - side / 2, y - side / 2, side, side).clip(grey.shape[1], grey.shape[0])
        left, top, width, height = (round(value) for value in part)
        grey = grey[top : top + height, left : left + width]
        if not grey.size:
            raise RowError("wrong box", "the face's box lies outside the picture")
    return grey if grey.shape == (SIDE, SIDE) else resize(grey, SIDE, SIDE)


def _divided(sample: Sample) -> Sample:
    if sample.split not in (None, "train"):
        return sample
    held = zlib.crc32(sample.name.encode()) % HELD_OUT == 0
    return Sample(sample.name, "valid" if held else "train", sample.source, sample.votes, sample.box)
