"""From probabilities to words: what people read instead of figures, the same in Python and in the web client.

A network that learned from ten voters' answers says how people would call an expression, not how strong a feeling is.
So a face "looks happy", or "about half happy, half neutral"; where the network is unsure, its two candidates are named.
`contracts/` holds the table as data.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from feeling_manager.labels import EMOTIONS, NAMES, Emotion
from feeling_manager.types import Floats


class Level(StrEnum):
    """How clearly an expression shows."""

    CLEAR = "clear"
    MOSTLY = "mostly"
    HALF = "half"
    UNSURE = "unsure"


CLEAR_FROM, MOSTLY_FROM, HALF_FROM, LEAST = 0.8, 0.6, 0.3, 0.45
"""Probabilities: of the first from which it is clear, or mostly so; of the second from which both are named half and
half; of the first below which it is unsure."""

WORDS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "en": {
        "looks": {
            "neutral": "neutral",
            "happiness": "happy",
            "surprise": "surprised",
            "sadness": "sad",
            "anger": "angry",
            "disgust": "disgusted",
            "fear": "afraid",
            "contempt": "contemptuous",
        },
        "short": {
            "clear": "{one}",
            "mostly": "mostly {one}",
            "half": "{one}/{two}",
            "unsure": "{one} or {two}?",
        },
        "seems": {
            "neutral": "looks neutral",
            "happiness": "looks happy",
            "surprise": "looks surprised",
            "sadness": "looks sad",
            "anger": "looks angry",
            "disgust": "looks disgusted",
            "fear": "looks afraid",
            "contempt": "looks contemptuous",
        },
        "sentence": {
            "clear": "{seems}",
            "mostly": "mostly {seems}",
            "half": "looks about half {one}, half {two}",
            "unsure": "could be {one} or {two}",
        },
    },
    "ko": {
        "looks": {
            "neutral": "무표정",
            "happiness": "행복",
            "surprise": "놀람",
            "sadness": "슬픔",
            "anger": "화남",
            "disgust": "불쾌함",
            "fear": "두려움",
            "contempt": "비웃음",
        },
        "short": {
            "clear": "{one}",
            "mostly": "대체로 {one}",
            "half": "{one}·{two}",
            "unsure": "{one}/{two}?",
        },
        "seems": {
            "neutral": "무표정이에요",
            "happiness": "행복해 보여요",
            "surprise": "놀란 것 같아요",
            "sadness": "슬퍼 보여요",
            "anger": "화나 보여요",
            "disgust": "불쾌해 보여요",
            "fear": "두려워 보여요",
            "contempt": "비웃는 것 같아요",
        },
        "sentence": {
            "clear": "{seems}",
            "mostly": "대체로 {seems}",
            "half": "{one} 반, {two} 반 정도로 보여요",
            "unsure": "{one}인지 {two}인지 뚜렷하지 않아요",
        },
    },
}


class Phrase(NamedTuple):
    """What probabilities mean in words. two: the other candidate, where it is named."""

    level: Level
    one: Emotion
    two: Emotion | None

    def short(self, lang: str = "en") -> str:
        """A few words, for labels."""
        return self._text("short", lang)

    def sentence(self, lang: str = "en") -> str:
        """For reading: who it is stands before."""
        return self._text("sentence", lang)

    def _text(self, kind: str, lang: str) -> str:
        words = WORDS[lang]
        return words[kind][self.level].format(
            one=words["looks"][self.one.name],
            two=words["looks"][self.two.name] if self.two else "",
            seems=words["seems"][self.one.name],
        )


def phrase(probabilities: Floats | Sequence[float], *, unsure: bool = False) -> Phrase:
    """The words for probabilities `(8,)` in the order of `EMOTIONS`.

    Args:
        probabilities: Of a face, or smoothed over a track.
        unsure: Whether no emotion is read from the face, for the model is not sure.

    Returns:
        How clear it is, and of which emotions it speaks.
    """
    order = sorted(range(len(EMOTIONS)), key=lambda index: (-float(probabilities[index]), index))
    first, second = EMOTIONS[order[0]], EMOTIONS[order[1]]
    highest, next_highest = float(probabilities[order[0]]), float(probabilities[order[1]])
    if unsure:
        return Phrase(Level.UNSURE, first, second)
    if highest >= CLEAR_FROM:
        return Phrase(Level.CLEAR, first, None)
    if highest < MOSTLY_FROM and next_highest >= HALF_FROM:
        return Phrase(Level.HALF, first, second)
    if highest < LEAST:
        return Phrase(Level.UNSURE, first, second)
    return Phrase(Level.MOSTLY, first, None)


def contract() -> dict[str, object]:
    """The table as `contracts/phrases.json` holds it."""
    return {
        "thresholds": {"clear": CLEAR_FROM, "mostly": MOSTLY_FROM, "half": HALF_FROM, "least": LEAST},
        "emotions": list(NAMES),
        "words": WORDS,
    }
