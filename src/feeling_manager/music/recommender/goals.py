"""Where a goal leads in valence and arousal, at once or by steps."""

import numpy as np

from feeling_manager.music.recommender.types import Context, Goal, Path

STEPS = 4
"""Songs from where the person is to the target."""
TARGETS = {Goal.LIFT: (0.8, 0.5), Goal.CALM: (0.3, -0.6)}
"""Valence and arousal to which a goal leads; match stays with the feeling."""


def paths(goal: Goal) -> tuple[Path, ...]:
    """The ways to a goal. Which one is better is learned: a randomised trial (N = 193) saw no advantage of steps."""
    return (Path.DIRECT,) if goal is Goal.MATCH else (Path.DIRECT, Path.STEPS)


def target(context: Context, path: Path) -> tuple[float, float]:
    """Valence and arousal that the next song should have.

    Match stays with the feeling. Lift goes to the happy quarter, calm to the pleasant and quiet one; by steps, the
    first song lies a quarter of the way from the feeling to there.
    """
    start = context.affect
    end = TARGETS.get(context.goal, start)
    done = 1.0 if path is Path.DIRECT else min(1.0, (context.step + 1) / STEPS)
    return start[0] + done * (end[0] - start[0]), start[1] + done * (end[1] - start[1])


def closeness(valence: float | None, arousal: float | None, wanted: tuple[float, float]) -> float:
    """1 at the target, falling as a Gaussian of width 0.5; 0 where the song's place is unknown."""
    if valence is None or arousal is None:
        return 0.0
    return float(np.exp(-((valence - wanted[0]) ** 2 + (arousal - wanted[1]) ** 2) / (2 * 0.5**2)))
