"""Pictures whose label is the name of their folder, or stands in a table beside them."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath

from feeling_manager.errors import DatasetError
from feeling_manager.labels import NAMES, Emotion, emotion_named
from feeling_manager.sources.images import PICTURES
from feeling_manager.training.datasets.faces import LeftOut, Row, RowError, Sample, parse_votes, votes_for
from feeling_manager.training.datasets.files import Files
from feeling_manager.types import Floats

TABLE = "labels.csv"
VOTE_COLUMNS = (*NAMES, "unknown", "non-face")
SPLIT_NAMES = {
    "train": ("train", "training"),
    "valid": ("valid", "validation", "val", "dev", "publictest"),
    "test": ("test", "testing", "privatetest"),
}
_PICTURE_COLUMNS = ("image", "picture", "file", "filename", "path", "name")
_LABEL_COLUMNS = ("emotion", "label", "class")


def split_named(word: str) -> str | None:
    """train, valid or test for the usual names of these, else None."""
    return next((split for split, words in SPLIT_NAMES.items() if word.casefold() in words), None)


def is_picture(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in PICTURES


def is_folders(files: Files) -> bool:
    return any(_labels_of(name) for name in files.names if is_picture(name))


def folders(files: Files) -> Iterator[Row]:
    """One folder per emotion, named in English or Korean, at any depth, perhaps in train, valid and test folders."""
    for name in files.names:
        if not is_picture(name):
            continue
        parts = PurePosixPath(name).parent.parts
        emotions = _labels_of(name)
        split = next((found for part in parts if (found := split_named(part))), None)
        if emotions:
            yield Sample(name, split, name, votes_for(emotions[-1]))
        else:
            folder = parts[-1] if parts else ""
            yield LeftOut(
                name, "unknown label", f"its folder {folder!r} is no emotion" if folder else "it is in no folder"
            )


def _labels_of(name: str) -> list[Emotion]:
    return [emotion for part in PurePosixPath(name).parent.parts if (emotion := emotion_named(part))]


def is_table(files: Files) -> bool:
    return TABLE in files.names


def table(files: Files) -> Iterator[Row]:
    """`labels.csv` with a column `image`, and `emotion` or the ten vote columns; `split` where there are several.

    A picture is called as its `source` is, where there is such a column: as it was before `feeling preprocess`.
    """
    content = files.read(TABLE)
    if content is None:
        raise DatasetError(f"{files.path} has no {TABLE}.")
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace")))
    columns = {column.strip().casefold(): column for column in rows.fieldnames or ()}
    picture = next((columns[name] for name in _PICTURE_COLUMNS if name in columns), None)
    label = next((columns[name] for name in _LABEL_COLUMNS if name in columns), None)
    votes = [columns[name] for name in VOTE_COLUMNS if name in columns]
    if picture is None or (label is None and len(votes) < len(VOTE_COLUMNS)):
        raise DatasetError(
            f"{TABLE} of {files.path} needs a column image and a column emotion, or one for each of "
            f"{', '.join(VOTE_COLUMNS)}; it has {', '.join(columns) or 'none'}."
        )
    split, source = columns.get("split"), columns.get("source")
    for number, row in enumerate(rows, 2):
        name = unicodedata.normalize("NFC", row[picture] or "")
        try:
            if len(votes) == len(VOTE_COLUMNS):
                counted = parse_votes([row[column] or "" for column in votes])
            else:
                counted = _label(row[label or ""] or "")
            called = (row[source] if source else "") or name
            yield Sample(called, split_named(row[split] or "") if split else None, name, counted)
        except RowError as error:
            yield LeftOut(f"{TABLE} line {number}", error.reason, str(error))


def _label(word: str) -> Floats:
    emotion = emotion_named(word)
    if emotion is None:
        raise RowError("unknown label", f"the label {word!r} is no emotion")
    return votes_for(emotion)
