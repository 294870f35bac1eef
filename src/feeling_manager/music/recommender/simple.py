"""Policies that learn nothing: the original's, and two to compare with."""

from collections.abc import Callable, Sequence

import numpy as np

from feeling_manager.music.recommender.goals import closeness, target
from feeling_manager.music.recommender.rules import REPEAT_AFTER, allowed, alternatives, draw, is_true
from feeling_manager.music.recommender.types import (
    Candidate,
    Context,
    Motive,
    Path,
    Reason,
    Recommendation,
    Vector,
)

Weigh = Callable[[Context, Candidate], float]


class SimplePolicy:
    """Draws songs in proportion to a weight of each, exactly; alike where every weight is 0."""

    def __init__(self, name: str, motive: Motive, weigh: Weigh, *, best: bool, repeat_after: float) -> None:
        """motive: why a song of weight > 0 is given. best: only those of the largest weight are drawn."""
        self.name = name
        self._motive = motive
        self._weigh = weigh
        self._best = best
        self._repeat_after = repeat_after

    def _weights(self, context: Context, candidates: Sequence[Candidate]) -> Vector:
        free = allowed(context, candidates, self._repeat_after)
        weights = free * np.array([self._weigh(context, c) for c in candidates])
        if self._best:
            weights = (weights == weights.max()) * free
        return weights if weights.any() else free

    def probabilities(self, context: Context, candidates: Sequence[Candidate], rng: np.random.Generator) -> Vector:
        """See `types.Policy`. Draws nothing from `rng`."""
        weights = self._weights(context, candidates)
        return np.asarray(weights / weights.sum())

    def choose(self, context: Context, candidates: Sequence[Candidate], rng: np.random.Generator) -> Recommendation:
        """See `types.Policy`."""
        chances = self.probabilities(context, candidates, rng)
        chosen = draw(chances, rng)
        song = candidates[chosen]
        weighed = self._weigh(context, song) > 0.0 and is_true(self._motive, context, song, known=False)
        motive = self._motive if weighed else Motive.ANY
        return Recommendation(
            song=song.song,
            probability=float(chances[chosen]),
            reason=Reason(motive, context.goal, Path.DIRECT, context.strongest.name, song.genre),
            alternatives=alternatives(chances, candidates, chosen),
        )

    def learn(
        self,
        person: str,
        group: str,
        song: str,
        features: Vector,
        reward: float | None,
        instead_of: float | None = None,
    ) -> None:
        """Nothing: this policy doesn't learn."""


def random_policy(repeat_after: float = REPEAT_AFTER) -> SimplePolicy:
    """Any song, each alike."""
    return SimplePolicy("random-1", Motive.ANY, lambda *_: 1.0, best=False, repeat_after=repeat_after)


def genre_policy(repeat_after: float = REPEAT_AFTER) -> SimplePolicy:
    """The original service's: a random song of the genres ticked for the emotion; none ticked, any song.

    Any song also where the ticked genres have none left that may be given.
    """
    return SimplePolicy(
        "genre-1", Motive.GENRE, lambda x, c: float(c.genre in x.preferences), best=False, repeat_after=repeat_after
    )


def mood_policy(repeat_after: float = REPEAT_AFTER) -> SimplePolicy:
    """Songs near the goal's target, nearer ones more often, of the ticked genres where any is.

    The web client chooses so without a service (`contracts/golden/choices.json`).
    """

    def weigh(context: Context, candidate: Candidate) -> float:
        if context.preferences and candidate.genre not in context.preferences:
            return 0.0
        # a song of unknown place is given where nothing else is
        return max(closeness(candidate.valence, candidate.arousal, target(context, Path.DIRECT)), 1e-6)

    return SimplePolicy("mood-1", Motive.MOOD, weigh, best=False, repeat_after=repeat_after)


def popular_policy(repeat_after: float = REPEAT_AFTER, likes: float = 1.0, plays: float = 4.0) -> SimplePolicy:
    """The song with the largest share of likes, each share pulled towards `likes` of `plays`."""
    return SimplePolicy(
        "popular-1",
        Motive.POPULAR,
        lambda _, c: (c.likes + likes) / (c.plays + plays),
        best=True,
        repeat_after=repeat_after,
    )
