"""What a song is likely to make people feel: thirteen moods, valence and arousal.

Three kinds of evidence, each counted as so many listeners: genre and words of the title (a weak prior), tags (an
editor's word), and what listeners reported or showed. The estimate of a mood is the mean of a beta distribution
with those counts, that of valence and arousal the weighted mean.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from feeling_manager.music.genres import Genre
from feeling_manager.music.song import Mood, Song, normalised

Vector = npt.NDArray[np.float64]

MOODS: tuple[Mood, ...] = tuple(Mood)

COORDINATES: dict[Mood, tuple[float, float]] = {
    # Russell & Mehrabian (1977), as in `labels.py`: "happy", "sad", "fearful", then "relaxed", "anxious", "excited".
    Mood.JOY: (0.81, 0.51),
    Mood.SADNESS: (-0.63, -0.27),
    Mood.SCARINESS: (-0.64, 0.60),
    Mood.RELAXATION: (0.68, -0.46),
    Mood.ANXIETY: (0.01, 0.59),
    Mood.PUMPED_UP: (0.62, 0.75),
    # Our own judgement: that list has no term for these, and Cowen et al. (2020) print no table of coordinates.
    Mood.AMUSEMENT: (0.65, 0.40),
    Mood.EROTICISM: (0.45, 0.20),
    Mood.BEAUTY: (0.60, -0.15),
    Mood.DREAMINESS: (0.35, -0.40),
    Mood.TRIUMPH: (0.60, 0.60),
    Mood.ANNOYANCE: (-0.50, 0.40),
    Mood.DEFIANCE: (-0.15, 0.65),
}
"""Valence and arousal, -1 to 1, of each mood."""
_COORDINATES = np.array([COORDINATES[mood] for mood in MOODS])


def place_of(moods: Iterable[Mood]) -> tuple[float, float] | None:
    """Mean valence and arousal of what a song is said to be like; None where nothing is said."""
    places = [COORDINATES[mood] for mood in moods]
    if not places:
        return None
    return sum(v for v, _ in places) / len(places), sum(a for _, a in places) / len(places)


PRIOR_WEIGHT = 2.0
"""How many listeners the guess from genre and title is worth."""
TAG_WEIGHT = 8.0
"""How many listeners an editor's tags, or a stated valence and arousal, are worth."""
_BACKGROUND = 0.08
"""Share of listeners who feel any one mood in a song of which nothing is known: about one of thirteen."""

# Our own judgement of what a genre's songs are mostly like; weak on purpose, a tag or a few listeners outweigh it.
_GENRE: dict[Genre, dict[Mood, float]] = {
    Genre.CLASSIC: {Mood.BEAUTY: 0.5, Mood.RELAXATION: 0.3, Mood.TRIUMPH: 0.2, Mood.DREAMINESS: 0.2},
    Genre.JAZZ: {Mood.RELAXATION: 0.4, Mood.EROTICISM: 0.2, Mood.BEAUTY: 0.2, Mood.JOY: 0.2},
    Genre.POP: {Mood.JOY: 0.4, Mood.PUMPED_UP: 0.2},
    Genre.TROT: {Mood.AMUSEMENT: 0.3, Mood.JOY: 0.3, Mood.SADNESS: 0.2},
    Genre.IDOL: {Mood.PUMPED_UP: 0.4, Mood.JOY: 0.4},
    Genre.ROCK: {Mood.PUMPED_UP: 0.4, Mood.DEFIANCE: 0.3},
    Genre.BALLAD: {Mood.SADNESS: 0.5, Mood.BEAUTY: 0.3},
    Genre.GAME: {Mood.TRIUMPH: 0.3, Mood.PUMPED_UP: 0.3, Mood.DREAMINESS: 0.2},
    Genre.HIPHOP: {Mood.DEFIANCE: 0.4, Mood.PUMPED_UP: 0.4},
    Genre.EXTRA: {},
}

# Words of a title, English ones whole, Korean ones as stems. Negations are not understood: the prior is weak.
_TITLE: tuple[tuple[Mood, str], ...] = (
    (Mood.AMUSEMENT, r"\b(?:funny|joke|crazy|silly|comedy)\b|웃|장난|개그"),
    (Mood.JOY, r"\b(?:happy|joy|smile|sunshine|sunny|party|celebrate|birthday)\b|행복|기쁨|좋은 날|생일|축제|봄"),
    (Mood.EROTICISM, r"\b(?:sexy|kiss|touch|body|sensual)\b|키스|유혹"),
    (Mood.BEAUTY, r"\b(?:beautiful|angel|heaven|ave maria|flowers?|love)\b|아름다|천사|꽃|사랑"),
    (Mood.RELAXATION, r"\b(?:relax|calm|quiet|peace|sleep|slow|breeze|easy|lullaby)\b|쉼|휴식|자장가|고요|평화|바람"),
    (
        Mood.SADNESS,
        r"\b(?:sad|tears?|cry|goodbye|lonely|alone|broken|miss|sorry|hurt)\b|눈물|이별|슬픔|슬픈|안녕|혼자|그리",
    ),
    (Mood.DREAMINESS, r"\b(?:dreams?|moon|moonlight|stars?|cloud|night|nocturne)\b|꿈|달빛|별|구름|밤"),
    (Mood.TRIUMPH, r"\b(?:champions?|victory|hero(?:es)?|win|winner|glory|eye of the tiger)\b|승리|영웅|챔피언"),
    (Mood.ANXIETY, r"\b(?:anxiety|nervous|panic|paranoid|worry)\b|불안|초조"),
    (Mood.SCARINESS, r"\b(?:ghosts?|devil|dead|thriller|monster|nightmare|horror)\b|귀신|악마|공포|괴물"),
    (Mood.ANNOYANCE, r"\b(?:hate|annoying|noise)\b|짜증|미워"),
    (Mood.DEFIANCE, r"\b(?:rebel|fight|revolution|riot|rage|against)\b|반항|저항|싸움|혁명"),
    (Mood.PUMPED_UP, r"\b(?:dance|jump|run|fire|power|rock|boom|bang)\b|댄스|달려|불타|질주"),
)
_TITLE_PATTERNS = tuple((mood, re.compile(words)) for mood, words in _TITLE)


@dataclass(frozen=True, slots=True, eq=False)
class MoodEstimate:
    """moods: `(13,)` in the order of `MOODS`, the share of listeners expected to feel each, 0 to 1. valence, arousal:
    -1 to 1. weight: how many listeners the estimate is worth.
    """

    moods: Vector
    valence: float
    arousal: float
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class Reactions:
    """What listeners said or showed, as sums, so that those of several servers can be added.

    felt: `(13,)`, how many felt each mood. asked: `(13,)`, of how many. valence, arousal: sums of what was measured
    after (or during) the song, each -1 to 1, in `measured` listeners.
    """

    felt: Vector = field(default_factory=lambda: np.zeros(len(MOODS)))
    asked: Vector = field(default_factory=lambda: np.zeros(len(MOODS)))
    valence: float = 0.0
    arousal: float = 0.0
    measured: float = 0.0

    def __add__(self, other: "Reactions") -> "Reactions":
        return Reactions(
            self.felt + other.felt,
            self.asked + other.asked,
            self.valence + other.valence,
            self.arousal + other.arousal,
            self.measured + other.measured,
        )


def affect(moods: npt.ArrayLike) -> tuple[float, float]:
    """Mean (valence, arousal) of the moods `(13,)`, weighted by how far each is above the background; (0, 0) of none.

    The sum of weights is at least 0.5, so that a hint of a mood moves less than the mood itself.
    """
    weights = np.clip(np.asarray(moods, dtype=np.float64) - _BACKGROUND, 0.0, None)
    valence, arousal = weights @ _COORDINATES / max(float(weights.sum()), 0.5)
    return float(valence), float(arousal)


def mood_prior(genre: Genre, title: str) -> Vector:
    """`(13,)`, what genre and title alone let one expect."""
    prior = np.full(len(MOODS), _BACKGROUND)
    for mood, share in _GENRE[genre].items():
        prior[MOODS.index(mood)] = share
    words = normalised(title)
    for mood, pattern in _TITLE_PATTERNS:
        if pattern.search(words):
            place = MOODS.index(mood)
            prior[place] = min(prior[place] + 0.3, 0.7)
    return prior


def estimate(song: Song, reactions: Reactions | None = None) -> MoodEstimate:
    """What `song` is likely to make people feel, from its genre, title and tags, and from its listeners if given."""
    prior = mood_prior(song.genre, song.title)
    tagged = TAG_WEIGHT if song.moods else 0.0
    tags = np.array([float(mood in song.moods) for mood in MOODS])
    # an editor names the strongest moods: what is not named may still be felt, so it counts half against
    tag_weight = np.where(tags > 0, tagged, tagged / 2)
    heard = reactions or Reactions()
    weight = PRIOR_WEIGHT + tag_weight + heard.asked
    moods = (PRIOR_WEIGHT * prior + tag_weight * tags + heard.felt) / weight

    valence, arousal = affect(moods)
    told = PRIOR_WEIGHT + tagged
    if song.valence is not None or song.arousal is not None:
        # stated for this very song: replaces what its tags would say
        valence = valence if song.valence is None else song.valence
        arousal = arousal if song.arousal is None else song.arousal
        told = PRIOR_WEIGHT + TAG_WEIGHT
    total = told + heard.measured
    return MoodEstimate(
        moods=moods,
        valence=(told * valence + heard.valence) / total,
        arousal=(told * arousal + heard.arousal) / total,
        weight=float(max(weight.mean(), total)),
    )


def mood_vector(song: Song) -> Vector:
    """`(13,)`, 0 to 1: `estimate(song).moods`, for where no more is needed."""
    return estimate(song).moods
