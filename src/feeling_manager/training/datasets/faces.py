"""What all layouts come to: pictures with votes, and the rows that can't be used with the reason why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from feeling_manager.labels import EMOTIONS, Emotion
from feeling_manager.types import Box, Floats, Image

SIDE = 48
VOTES = 10
"""Vote columns of FER+: the eight emotions, then "unknown" and "not a face"."""
CLASSES = len(EMOTIONS)
UNKNOWN = CLASSES
"""The column of votes for no emotion of ours."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that can't be used.

    reason: the kind of fault, few different ones; detail: what it is in this row. split: None where it is not known.
    """

    where: str
    reason: str
    detail: str = ""
    split: str | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.detail or self.reason}"


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A labelled picture that was not read yet.

    split: train, valid, test, or None where the set has none. source: the picture's name in the set, or its pixels.
    votes: float32 `(10,)`. box: where the face is in the picture turned upright; None where the picture is the face.
    """

    name: str
    split: str | None
    source: str | Image
    votes: Floats
    box: Box | None = None


Row = Sample | LeftOut


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """images: uint8 `(n, 48, 48)`. votes: float32 `(n, 10)`. left_out: the rows that can't be used.

    names: of the pictures in their set, empty where they have none.
    """

    images: Image
    votes: Floats
    left_out: tuple[LeftOut, ...] = ()
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.images)


class RowError(ValueError):
    """Why a row can't be used."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


def majority(votes: Floats) -> npt.NDArray[np.intp]:
    """The label of each face `(n,)`: the largest of its ten votes, the first on a tie; -1 where that is no emotion.

    So every face counts on which the voters see an emotion, however divided they are.
    """
    best = votes.argmax(1)
    return np.where(best < CLASSES, best, -1)


def clear_majority(votes: Floats) -> npt.NDArray[np.intp]:
    """The label of each face `(n,)` on which more than half of the votes agree, single ones dropped; else -1.

    By this rule FER+'s authors evaluate (Barsoum et al. 2016 and their code), so many published figures rest on it.
    """
    kept = np.where(votes > 1, votes, 0)
    return np.where(2 * kept.max(1) > kept.sum(1), majority(kept), -1)


def distributions(votes: Floats) -> Floats:
    """Votes for emotions as probabilities `(n, 8)`: single votes are taken for slips, as in FER+'s own training.

    A row without any vote left is all zeros.
    """
    kept = np.where(votes > 1, votes, 0)[:, :CLASSES]
    total = kept.sum(1, keepdims=True)
    return np.divide(kept, total, out=np.zeros_like(kept), where=total > 0)


def parse_votes(texts: Sequence[str]) -> Floats:
    """Ten vote counts `(10,)`. Raises RowError."""
    if len(texts) < VOTES:
        raise RowError("wrong votes", f"{len(texts)} votes instead of {VOTES}")
    try:
        votes = np.array([float(text) for text in texts[:VOTES]], np.float32)
    except ValueError:
        raise RowError("wrong votes", "a vote is no number") from None
    if not (np.isfinite(votes).all() and (votes >= 0).all() and votes.sum() > 0):
        raise RowError("wrong votes", "the votes are negative or all zero")
    return votes


def votes_for(emotion: Emotion) -> Floats:
    """All ten votes for one emotion: what a set with one label a picture says."""
    votes = np.zeros(VOTES, np.float32)
    votes[emotion.index] = VOTES
    return votes


def summary(left_out: Iterable[LeftOut]) -> dict[str, Any]:
    """How many rows were left out, by reason, with up to three examples of each, as JSON can hold it."""
    rows = list(left_out)
    counts = Counter(row.reason for row in rows)
    examples = {reason: [str(row) for row in rows if row.reason == reason][:3] for reason in counts}
    return {"rows": len(rows), "reasons": dict(counts.most_common()), "examples": examples}
