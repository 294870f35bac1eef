"""The one reward: what a song was worth to a person, from 0 to 1."""

from dataclasses import dataclass

import numpy as np

from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.types import Feedback, Goal


@dataclass(frozen=True, slots=True)
class RewardWeights:
    """How much each part of the feedback counts; a part that is not known counts nothing.

    said: liked (1) or disliked (0). played: the share that was heard, halved where it was skipped. felt: what the
    face showed, see `felt`. scale: the change of valence or arousal that counts for three quarters of the way.
    """

    said: float = 3.0
    played: float = 1.0
    felt: float = 1.0
    scale: float = 0.3

    def __post_init__(self) -> None:
        if min(self.said, self.played, self.felt) < 0.0 or self.said + self.played + self.felt <= 0.0:
            raise RecommenderError("The weights of a reward are not negative, and one of them is above 0.")
        if self.scale <= 0.0:
            raise RecommenderError("The scale of a reward is above 0.")


def felt(feedback: Feedback, goal: Goal, scale: float) -> float | None:
    """0 to 1: how far the change of the face went where the goal wanted it, 0.5 for no change; None where unmeasured.

    Lift wants valence up, calm wants arousal down, match wants both to stay. A face that was read wrongly before the
    song says nothing about a change.
    """
    if feedback.corrected is not None:
        return None
    valence, arousal = feedback.valence, feedback.arousal
    # tanh(0.549) = 0.5, which makes three quarters
    if goal is Goal.LIFT:
        return None if valence is None else 0.5 + 0.5 * float(np.tanh(0.549 * valence / scale))
    if goal is Goal.CALM:
        return None if arousal is None else 0.5 - 0.5 * float(np.tanh(0.549 * arousal / scale))
    if valence is None or arousal is None:
        return None
    return 1.0 - 0.5 * float(np.tanh(0.549 * np.hypot(valence, arousal) / scale))


def reward(feedback: Feedback, goal: Goal, weights: RewardWeights | None = None) -> float | None:
    """The weighted mean of the parts that are known, 0 to 1; 0 after "never again"; None where nothing is known."""
    w = weights or RewardWeights()
    if feedback.banned:
        return 0.0
    played = feedback.played
    if played is None and feedback.skipped:
        played = 0.0
    parts = [
        (w.said, None if feedback.liked is None else float(feedback.liked)),
        (w.played, None if played is None else played * (0.5 if feedback.skipped else 1.0)),
        (w.felt, felt(feedback, goal, w.scale)),
    ]
    known = [(weight, value) for weight, value in parts if value is not None and weight > 0.0]
    if not known:
        return None
    return sum(weight * value for weight, value in known) / sum(weight for weight, _ in known)
