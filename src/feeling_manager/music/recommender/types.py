"""The records and protocols between the recommender and those who call it. Frozen; no SQL, no input or output."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from feeling_manager.labels import EMOTIONS, NEUTRAL, Emotion, affect
from feeling_manager.music.recommender.errors import RecommenderError

Vector = npt.NDArray[np.float64]
MOODS = 13


class Goal(StrEnum):
    """What the music shall do: stay with the feeling, make it more pleasant, or make it quieter."""

    MATCH = "match"
    LIFT = "lift"
    CALM = "calm"


class Path(StrEnum):
    """How to get to the goal's target: at once, or by steps from where the person is (iso-principle)."""

    DIRECT = "direct"
    STEPS = "steps"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """A song that may be given.

    genre: 1 to 10. mood: float `(13,)` in the order of Cowen et al. (2020), or None. valence, arousal: -1 to 1, or
    None where unknown. plays, likes: over all people. age: days since it came into the catalogue.
    """

    song: str
    genre: int
    mood: Vector | None = None
    valence: float | None = None
    arousal: float | None = None
    plays: int = 0
    likes: int = 0
    age: float = 0.0

    def __post_init__(self) -> None:
        if self.mood is not None and self.mood.shape != (MOODS,):
            raise RecommenderError(f"The mood of song {self.song} has shape {self.mood.shape}; give {MOODS} numbers.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """For whom and when a song is chosen.

    person, group: ids (a group is whatever the service makes one of, such as a language). emotion: eight
    probabilities in the order of `labels.EMOTIONS`; see `picked` for one chosen by hand. preferences: genres ticked
    for this emotion. hour: local time, 0 to 24. recent: seconds since each song was last played to the person.
    banned: songs never to be given again. step: songs already given on the way to this goal, from 0.
    """

    person: str
    group: str = "all"
    emotion: tuple[float, ...] = tuple(float(e is NEUTRAL) for e in EMOTIONS)
    goal: Goal = Goal.MATCH
    preferences: frozenset[int] = frozenset()
    hour: float = 12.0
    recent: Mapping[str, float] = field(default_factory=dict)
    banned: frozenset[str] = frozenset()
    step: int = 0

    def __post_init__(self) -> None:
        p = np.asarray(self.emotion, dtype=np.float64)
        if p.shape != (len(EMOTIONS),) or not np.isfinite(p).all() or (p < 0).any() or abs(p.sum() - 1.0) > 0.02:
            raise RecommenderError(f"An emotion is {len(EMOTIONS)} probabilities that sum to one, not {self.emotion}.")

    @property
    def affect(self) -> tuple[float, float]:
        """Valence and arousal of the emotion."""
        return affect(self.emotion)

    @property
    def strongest(self) -> Emotion:
        return EMOTIONS[int(np.argmax(self.emotion))]


def picked(emotion: Emotion) -> tuple[float, ...]:
    """The probabilities of an emotion that the person picked by hand."""
    return tuple(float(e is emotion) for e in EMOTIONS)


class Motive(StrEnum):
    """The strongest reason for a choice."""

    ANY = "any"
    EXPLORING = "exploring"
    GENRE = "genre"
    TASTE = "taste"
    POPULAR = "popular"
    MOOD = "mood"
    NEW = "new"


class Reason(NamedTuple):
    """Why a song was chosen, small enough for a log; `reasons.sentence` says it in Korean or English."""

    motive: Motive
    goal: Goal
    path: Path
    emotion: str
    genre: int


class Alternative(NamedTuple):
    """Another song with the probability that it had."""

    song: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recommendation:
    """What was chosen, and what a log needs to learn from it.

    probability: with which this song was drawn from the candidates. error: standard error of that number, 0 where
    it is exact. features: float `(d,)`, what the policy knew of the song in this context; give it back to
    `Policy.learn` with the feedback. Empty where the policy does not learn.
    """

    song: str
    probability: float
    reason: Reason
    error: float = 0.0
    alternatives: tuple[Alternative, ...] = ()
    features: Vector = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What happened after a song; None where nothing is known.

    played: share of the song that was heard, 0 to 1. skipped: ended by the person. liked: True or False when said.
    banned: "never again". corrected: the person says that the emotion was another one. valence, arousal: after
    minus before, measured by the client with consent.
    """

    played: float | None = None
    skipped: bool = False
    liked: bool | None = None
    banned: bool = False
    corrected: Emotion | None = None
    valence: float | None = None
    arousal: float | None = None

    def __post_init__(self) -> None:
        if self.played is not None and not 0.0 <= self.played <= 1.0:
            raise RecommenderError(f"The share of a song that was played is 0 to 1, not {self.played}.")
        for name, value in (("valence", self.valence), ("arousal", self.arousal)):
            if value is not None and not -2.0 <= value <= 2.0:
                raise RecommenderError(f"A change of {name} is -2 to 2, not {value}.")


class Policy(Protocol):
    """Chooses songs. `candidates` (200 at most) are filtered by every policy alike, see `rules.allowed`."""

    @property
    def name(self) -> str:
        """With its version, for the log."""
        ...

    def probabilities(self, context: Context, candidates: Sequence[Candidate], rng: np.random.Generator) -> Vector:
        """float `(n,)`, the chance of each candidate, 0 for those that must not be given; sums to one.

        The same seed gives the same numbers. Raises `NoSongError` where none may be given.
        """
        ...

    def choose(self, context: Context, candidates: Sequence[Candidate], rng: np.random.Generator) -> Recommendation:
        """One song, drawn from `probabilities`. The same seed gives the same song. Raises `NoSongError`."""
        ...

    def learn(
        self,
        person: str,
        group: str,
        song: str,
        features: Vector,
        reward: float | None,
        instead_of: float | None = None,
    ) -> None:
        """Takes in the reward of a song that was given, with the `features` of its `Recommendation`.

        instead_of: the reward that was taken in for this same choice before more became known of it. reward: None
        where nothing is known of it any more.
        """
        ...


class Scope(StrEnum):
    GROUP = "group"
    PERSON = "person"


class Key(NamedTuple):
    """Under what statistics are kept. A person's are under their id, and removed with them."""

    scope: Scope
    id: str


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """What Gaussian observations of linear scores add up to, so that servers can add in any order.

    precision: float `(d, d)`, sum of x xᵀ / noise. shift: float `(d,)`, sum of x y / noise. count: observations.
    group: of a person, where their part was added, so that it can be taken out again.
    """

    precision: Vector
    shift: Vector
    count: int = 0
    group: str = ""

    @classmethod
    def empty(cls, size: int, group: str = "") -> "Statistics":
        return cls(np.zeros((size, size)), np.zeros(size), 0, group)

    def __add__(self, other: "Statistics") -> "Statistics":
        return Statistics(
            self.precision + other.precision, self.shift + other.shift, self.count + other.count, self.group
        )

    def __neg__(self) -> "Statistics":
        return Statistics(-self.precision, -self.shift, -self.count, self.group)

    def to_bytes(self) -> bytes:
        """Little-endian float64: the upper triangle of `precision`, then `shift`; count and group are columns."""
        upper = self.precision[np.triu_indices(len(self.shift))]
        return np.concatenate([upper, self.shift]).astype("<f8").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes, count: int, group: str = "") -> "Statistics":
        """The reverse of `to_bytes`. Raises `RecommenderError` where the length fits no size."""
        values = np.frombuffer(data, dtype="<f8").astype(np.float64)
        # d (d + 1) / 2 + d values
        size = int((np.sqrt(8 * len(values) + 9) - 3) / 2 + 0.5)
        if size * (size + 3) // 2 != len(values) or size < 1:
            raise RecommenderError("Stored statistics are damaged; rebuild them with `feeling recommend train`.")
        precision = np.zeros((size, size))
        precision[np.triu_indices(size)] = values[:-size]
        precision += np.triu(precision, 1).T
        return cls(precision, values[-size:].copy(), count, group)


@dataclass(frozen=True, slots=True, eq=False)
class SongFactors:
    """What the log taught of one song.

    mean: its mean reward less the overall mean. factors: float `(k,)`, how it loads on the latent tastes of people.
    noise: variance of a reward around what they say.
    """

    mean: float
    factors: Vector
    noise: float


Change = Callable[[Statistics | None], tuple[Statistics | None, Mapping[Key, Statistics]]]


class Store(Protocol):
    """Where what was learned is kept. Every call is one transaction; several servers may call at once."""

    def model(self) -> bytes | None:
        """The model that `train` wrote last (`model.Model.from_bytes`), or None before the first training."""
        ...

    def groups(self) -> Mapping[str, Statistics]:
        """The statistics of every group, by its id. Few; may be as old as a minute."""
        ...

    def person(self, person: str) -> Statistics | None:
        """The statistics of a person, None where nothing was learned yet."""
        ...

    def factors(self, songs: Sequence[str]) -> Mapping[str, SongFactors]:
        """The factors of those of `songs` that have some."""
        ...

    def revise(self, person: str, change: Change) -> None:
        """Puts the first of `change(old)` in the place of the person's statistics (None removes them) and adds the
        second to what is kept under its keys, all in one transaction.

        Where another server changed the person's statistics meanwhile, `change` runs again on the new ones: it is
        pure. What is added is summed in the database or under a lock, never overwritten.
        """
        ...

    def replace(self, model: bytes, statistics: Mapping[Key, Statistics], factors: Mapping[str, SongFactors]) -> None:
        """Puts a whole new state in the place of the old one, in one transaction."""
        ...
