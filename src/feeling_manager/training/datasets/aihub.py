"""AI-Hub's "한국인 감정인식을 위한 복합 영상": whole photos, three annotators each.

Written from public descriptions of the set, which may be had in Korea only: JSON files
`img_emotion_training_data(기쁨).json` (`validation` likewise), one per emotion and split, in UTF-8 or CP949, each a
list of entries with `filename`, `faceExp_uploader` (what the person meant to show) and `annot_A`, `annot_B`,
`annot_C`, which hold `faceExp` (what an annotator saw, `알수없음` when nothing) and `boxes` of the face in the photo
turned upright.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from feeling_manager.errors import DatasetError
from feeling_manager.labels import ANGER, FEAR, HAPPINESS, NEUTRAL, SADNESS, SURPRISE
from feeling_manager.training.datasets.faces import UNKNOWN, VOTES, LeftOut, Row, RowError, Sample
from feeling_manager.training.datasets.files import Files
from feeling_manager.training.datasets.folders import is_picture, split_named
from feeling_manager.types import Box, Floats

COLUMNS = {
    "기쁨": HAPPINESS.index,
    "당황": SURPRISE.index,
    "분노": ANGER.index,
    "불안": FEAR.index,
    "상처": UNKNOWN,
    "슬픔": SADNESS.index,
    "중립": NEUTRAL.index,
    "알수없음": UNKNOWN,
}
"""Its emotions among FER+'s vote columns; docs/decisions/0026 says why."""
ANNOTATORS = ("annot_A", "annot_B", "annot_C")
_LISTING = re.compile(r"img_emotion_(training|validation|test)_data.*\.json$", re.IGNORECASE)


def is_aihub(files: Files) -> bool:
    return any(_LISTING.search(name) for name in files.names)


def aihub(files: Files) -> Iterator[Row]:
    """The photos that its JSON files name, wherever they lie, with the annotators' votes and the face's box."""
    listings = [name for name in files.names if name.endswith(".json")]
    if not listings:
        raise DatasetError(
            f"{files.path} has none of the set's JSON files, such as img_emotion_training_data(기쁨).json."
        )
    photos = {PurePosixPath(name).name: name for name in files.names if is_picture(name)}
    for listing in listings:
        split = _split(listing)
        for number, entry in enumerate(_entries(files, listing), 1):
            where = f"{listing} entry {number}"
            try:
                name = _file_name(entry)
                if name not in photos:
                    raise RowError("missing picture", f"the picture {name} is missing")
                yield Sample(photos[name], split, photos[name], _votes(entry), _box(entry))
            except RowError as error:
                yield LeftOut(where, error.reason, str(error), split)


def _split(listing: str) -> str | None:
    if match := _LISTING.search(listing):
        return split_named(match[1])
    return next((split for part in PurePosixPath(listing).parts if (split := split_named(part))), None)


def _entries(files: Files, listing: str) -> list[Any]:
    content = files.read(listing) or b""
    for encoding in ("utf-8-sig", "cp949"):
        try:
            entries = json.loads(content.decode(encoding))
        except ValueError:
            continue
        if isinstance(entries, list):
            return entries
    raise DatasetError(f"{listing} of {files.path} is no list of annotations in JSON.")


def _file_name(entry: Any) -> str:
    name = entry.get("filename") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        raise RowError("wrong entry", "it names no file")
    return unicodedata.normalize("NFC", PurePosixPath(name.replace("\\", "/")).name)


def _votes(entry: dict[str, Any]) -> Floats:
    """Three votes, scaled to ten like FER+'s, so that one of three counts for more than a slip."""
    votes = np.zeros(VOTES, np.float32)
    for annotator in ANNOTATORS:
        seen = (entry.get(annotator) or {}).get("faceExp")
        if seen is None:
            continue
        word = unicodedata.normalize("NFC", str(seen)).strip()
        if word not in COLUMNS:
            raise RowError("unknown label", f"{annotator} saw {word!r}, which is none of {', '.join(COLUMNS)}")
        votes[COLUMNS[word]] += VOTES / len(ANNOTATORS)
    if not votes.any():
        raise RowError("wrong votes", f"none of {', '.join(ANNOTATORS)} says what it saw")
    return votes


def _box(entry: dict[str, Any]) -> Box:
    """The mean of the annotators' boxes."""
    corners = []
    for annotator in ANNOTATORS:
        box = (entry.get(annotator) or {}).get("boxes") or {}
        try:
            corners.append([float(box[key]) for key in ("minX", "minY", "maxX", "maxY")])
        except (KeyError, TypeError, ValueError):
            continue
    if corners:
        left, top, right, bottom = np.mean(corners, 0).tolist()
        if right - left >= 1 and bottom - top >= 1:
            return Box(left, top, right - left, bottom - top)
    raise RowError("wrong box", "no annotator gives a box of the face")
