"""FER+ (Barsoum et al. 2016): its official folders, and FER2013's table with FER+'s beside it."""

import csv
import io
from collections.abc import Iterator

import numpy as np

from feeling_manager.errors import DatasetError
from feeling_manager.training.datasets.faces import SIDE, LeftOut, Row, RowError, Sample, parse_votes
from feeling_manager.training.datasets.files import Files
from feeling_manager.types import Image

FOLDERS = {"train": "FER2013Train", "valid": "FER2013Valid", "test": "FER2013Test"}
LISTING = "label.csv"
PIXELS, VOTES = "fer2013.csv", "fer2013new.csv"
_USAGE = {"Training": "train", "PublicTest": "valid", "PrivateTest": "test"}


def is_ferplus(files: Files) -> bool:
    return any(name.split("/")[0] in FOLDERS.values() for name in files.names)


def ferplus(files: Files) -> Iterator[Row]:
    """Folders `FER2013Train`, `FER2013Valid`, `FER2013Test` with `label.csv`: file, box, ten votes."""
    listings = {split: files.read(f"{folder}/{LISTING}") for split, folder in FOLDERS.items()}
    if not any(listings.values()):
        raise DatasetError(
            f"{files.path} has no {FOLDERS['valid']}/{LISTING} nor one of another split: give the folder or archive "
            f"that holds {FOLDERS['train']} as FER+ lays it out."
        )
    for split, listing in listings.items():
        rows = csv.reader(io.StringIO((listing or b"").decode("utf-8", "replace")))
        for number, row in enumerate(rows, 1):
            name = f"{FOLDERS[split]}/{row[0]}" if row else ""
            try:
                yield Sample(name, split, name, parse_votes(row[2:]))
            except RowError as error:
                yield LeftOut(f"{FOLDERS[split]}/{LISTING} line {number}", error.reason, str(error), split)


def is_fer2013(files: Files) -> bool:
    return PIXELS in files.names


def fer2013(files: Files) -> Iterator[Row]:
    """`fer2013.csv` (emotion, pixels, Usage) with the votes of `fer2013new.csv`, row by row."""
    pixels, votes = _table(files, PIXELS), _table(files, VOTES)
    if len(pixels) != len(votes):
        raise DatasetError(
            f"{PIXELS} of {files.path} has {len(pixels)} rows and {VOTES} {len(votes)}: they belong together "
            "row by row."
        )
    for number, (face, vote) in enumerate(zip(pixels, votes, strict=True), 2):
        where = f"{PIXELS} line {number}"
        try:
            split = _USAGE[(face.get("Usage") or "").strip()]
            image = _image(face.get("pixels") or "")
            # after Usage and the picture's name
            yield Sample(where, split, image, parse_votes(list(vote.values())[2:]))
        except KeyError:
            yield LeftOut(where, "unknown split", f"the usage {face.get('Usage')!r} is none of {', '.join(_USAGE)}")
        except RowError as error:
            yield LeftOut(where, error.reason, str(error), split)


def _table(files: Files, name: str) -> list[dict[str, str]]:
    content = files.read(name)
    if content is None:
        raise DatasetError(
            f"{files.path} has no {name}: FER2013 has one label a face; the votes of FER+ are in {VOTES}, which its "
            f"authors publish, and belong beside {PIXELS}."
        )
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace")))
    rows.fieldnames = [field.strip() for field in rows.fieldnames or ()]
    return list(rows)


def _image(text: str) -> Image:
    numbers = text.split()
    if len(numbers) != SIDE * SIDE:
        raise RowError("unreadable picture", f"{len(numbers)} pixels instead of {SIDE * SIDE}")
    try:
        values = np.array([int(number) for number in numbers])
    except ValueError:
        raise RowError("unreadable picture", "a pixel is no number") from None
    if values.min() < 0 or values.max() > 255:
        raise RowError("unreadable picture", "a pixel is not within 0 to 255")
    return values.astype(np.uint8).reshape(SIDE, SIDE)
