"""The eight emotions, in the order of FER+ (Barsoum et al. 2016): ids, names, colours, valence and arousal.

Valence and arousal are the pleasure and arousal means of Russell & Mehrabian (1977), "Evidence for a
three-factor theory of emotions", Journal of Research in Personality 11, 273-294, for the terms happy,
surprised, sad, angry, disgusted and fearful, each on a scale from -1 to 1. Neutral is the origin by definition.
Contempt takes the coordinates of disgust, its nearest neighbour there: we know of no published pair for it on
that scale.
"""

import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Emotion:
    """One emotion.

    index: place in the model's output. id: number on the wire of the service. fer: name in the `fer` library or
    None. colour: sRGB hex, told apart by the colour-blind. valence, arousal: -1 to 1.
    """

    index: int
    id: int
    name: str
    fer: str | None
    korean: str
    colour: str
    valence: float
    arousal: float

    def text(self, lang: str = "en") -> str:
        """The word to show to a person in `lang` ("en" or "ko")."""
        return self.korean if lang == "ko" else self.name

    @property
    def bgr(self) -> tuple[int, int, int]:
        """The colour as OpenCV wants it."""
        red, green, blue = bytes.fromhex(self.colour[1:])
        return blue, green, red


NEUTRAL = Emotion(0, 0, "neutral", "neutral", "무표정", "#9AA0A6", 0.0, 0.0)
HAPPINESS = Emotion(1, 3, "happiness", "happy", "행복", "#F2B134", 0.81, 0.51)
SURPRISE = Emotion(2, 5, "surprise", "surprise", "놀람", "#E07BB5", 0.40, 0.67)
SADNESS = Emotion(3, 4, "sadness", "sad", "슬픔", "#3F7FBF", -0.63, -0.27)
ANGER = Emotion(4, 1, "anger", "angry", "화남", "#D1442F", -0.51, 0.59)
DISGUST = Emotion(5, 6, "disgust", "disgust", "혐오", "#5E9E4A", -0.60, 0.35)
FEAR = Emotion(6, 2, "fear", "fear", "공포", "#7A5BB5", -0.64, 0.60)
CONTEMPT = Emotion(7, 7, "contempt", None, "경멸", "#8C6D4F", -0.60, 0.35)

EMOTIONS: tuple[Emotion, ...] = (NEUTRAL, HAPPINESS, SURPRISE, SADNESS, ANGER, DISGUST, FEAR, CONTEMPT)
NAMES: tuple[str, ...] = tuple(emotion.name for emotion in EMOTIONS)
BY_NAME: dict[str, Emotion] = {emotion.name: emotion for emotion in EMOTIONS}
BY_ID: dict[int, Emotion] = {emotion.id: emotion for emotion in EMOTIONS}

SEVEN: tuple[Emotion, ...] = tuple(e for e in EMOTIONS if e is not CONTEMPT)
"""The view of the `fer` library."""
SIX: tuple[Emotion, ...] = tuple(e for e in SEVEN if e is not DISGUST)
"""The view of the original service: its five emotions and neutral."""

_WORDS: dict[str, Emotion] = {
    word: emotion
    for emotion, words in (
        (NEUTRAL, "calm 중립"),
        (HAPPINESS, "joy 기쁨"),
        (SURPRISE, "surprised 놀라움"),
        (SADNESS, "sorrow"),
        (ANGER, "분노"),
        (DISGUST, "disgusted"),
        (FEAR, "fearful scared 두려움"),
        (CONTEMPT, "contemptuous"),
    )
    for word in (*words.split(), emotion.name, emotion.korean, emotion.fer)
    if word
}

_VALENCE = np.array([e.valence for e in EMOTIONS])
_AROUSAL = np.array([e.arousal for e in EMOTIONS])


def emotion_named(word: str) -> Emotion | None:
    """The emotion that a word of another data set or model stands for, whatever its case, or None."""
    return _WORDS.get(unicodedata.normalize("NFC", word).strip().casefold())


def affect(probabilities: npt.ArrayLike) -> tuple[float, float]:
    """Probability-weighted mean (valence, arousal) of eight probabilities in the order of `EMOTIONS`."""
    p = np.asarray(probabilities, dtype=np.float64)
    return float(p @ _VALENCE), float(p @ _AROUSAL)


def narrow(probabilities: npt.ArrayLike, view: tuple[Emotion, ...]) -> dict[Emotion, float]:
    """The eight probabilities seen through fewer labels: the rest is renormalised, a zero sum is neutral 1."""
    p = np.asarray(probabilities, dtype=np.float64)
    kept = {emotion: float(p[emotion.index]) for emotion in view}
    total = sum(kept.values())
    if total <= 0.0:
        return {emotion: float(emotion is NEUTRAL) for emotion in view}
    return {emotion: value / total for emotion, value in kept.items()}
