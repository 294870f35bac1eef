"""How the policies compare on one log, and what the log itself shows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from feeling_manager.labels import EMOTIONS
from feeling_manager.music.recommender.bandit import BanditPolicy, BanditSettings
from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.features import describe
from feeling_manager.music.recommender.log import LogRecord
from feeling_manager.music.recommender.model import MemoryStore
from feeling_manager.music.recommender.offline import Estimate, Evaluation, evaluate, logged_value
from feeling_manager.music.recommender.simple import genre_policy, popular_policy, random_policy
from feeling_manager.music.recommender.training import Lesson, train
from feeling_manager.music.recommender.types import Goal, Motive, Path, Policy, Store


class Comparison(NamedTuple):
    """logged: what the log's own choices earned, on the same records. learned, judged: how many taught the learning
    policy, and on how many later ones all were judged."""

    logged: Estimate
    policies: tuple[Evaluation, ...]
    learned: int
    judged: int


def lessons(records: Sequence[LogRecord]) -> list[Lesson]:
    """What a log teaches: its choices that have a reward. Of policies that don't learn the features are made here."""
    return [
        Lesson(
            r.context.person,
            r.context.group,
            r.song,
            r.features if len(r.features) else describe(r.context, [r.candidates[r.chosen]], r.path)[0],
            r.reward,
        )
        for r in records
        if r.reward is not None
    ]


def compare(records: Sequence[LogRecord], store: Store | None = None, seed: int = 0) -> Comparison:
    """Every policy, on the choices that have a reward.

    store: what the learning policy knows, from another log. Without one it learns from the older half and all are
    judged on the newer, for what has learned from a log looks too good on it. Nothing is left out for having been
    played lately: the candidates of a log were free to be given. Raises `RecommenderError` for a log without rewards.
    """
    known = sorted((r for r in records if r.reward is not None), key=lambda r: r.time)
    if not known:
        raise RecommenderError("No choice in the log has a reward yet; collect feedback first.")
    taught: list[Lesson] = []
    if store is None:
        store, half = MemoryStore(), len(known) // 2
        taught = lessons(known[:half])
        train(taught, seed).save(store)
        known = known[half:]
    policies: list[Policy] = [
        random_policy(0.0),
        genre_policy(0.0),
        popular_policy(0.0),
        BanditPolicy(store, BanditSettings(repeat_after=0.0)),
    ]
    judged = tuple(evaluate(known, policy, seed) for policy in policies)
    return Comparison(logged_value(known, seed), judged, len(taught), len(known))


class Day(NamedTuple):
    """choices: of each policy (without its version). exploring: share of them that were given to learn. reward: mean,
    None where no choice has one."""

    day: str
    choices: dict[str, int]
    exploring: float
    reward: float | None


class Cell(NamedTuple):
    """Mean reward and number of the choices with one goal, way and strongest emotion."""

    goal: Goal
    path: Path | None
    emotion: str | None
    reward: float
    error: float
    number: int


class Overview(NamedTuple):
    """Of a whole log. fed: choices with a reward."""

    choices: int
    fed: int
    people: int
    songs: int
    exploring: float
    reward: float | None
    days: tuple[Day, ...]
    emotions: tuple[Cell, ...]
    paths: tuple[Cell, ...]


def overview(records: Sequence[LogRecord]) -> Overview:
    """What was given, and what it earned, by day (UTC), goal, way and emotion."""
    by_day: dict[str, list[LogRecord]] = {}
    for record in sorted(records, key=lambda r: r.time):
        by_day.setdefault(datetime.fromtimestamp(record.time, UTC).date().isoformat(), []).append(record)
    emotions = [_cell(records, goal, None, emotion.name) for goal in Goal for emotion in EMOTIONS]
    paths = [_cell(records, goal, path, None) for goal in (Goal.LIFT, Goal.CALM) for path in Path]
    return Overview(
        choices=len(records),
        fed=sum(r.reward is not None for r in records),
        people=len({r.context.person for r in records}),
        songs=len({r.song for r in records}),
        exploring=_exploring(records),
        reward=_reward(records),
        days=tuple(_day(day, found) for day, found in by_day.items()),
        emotions=tuple(cell for cell in emotions if cell.number),
        paths=tuple(cell for cell in paths if cell.number),
    )


def _exploring(records: Sequence[LogRecord]) -> float:
    return float(np.mean([r.motive is Motive.EXPLORING for r in records])) if records else 0.0


def _reward(records: Sequence[LogRecord]) -> float | None:
    rewards = [r.reward for r in records if r.reward is not None]
    return float(np.mean(rewards)) if rewards else None


def _day(day: str, records: Sequence[LogRecord]) -> Day:
    choices: dict[str, int] = {}
    for record in records:
        name = record.policy.split("-")[0] or "?"
        choices[name] = choices.get(name, 0) + 1
    return Day(day, choices, _exploring(records), _reward(records))


def _cell(records: Sequence[LogRecord], goal: Goal, path: Path | None, emotion: str | None) -> Cell:
    rewards = [
        r.reward
        for r in records
        if r.reward is not None
        and r.context.goal is goal
        and (path is None or r.path is path)
        and (emotion is None or r.context.strongest.name == emotion)
    ]
    if not rewards:
        return Cell(goal, path, emotion, 0.0, 0.0, 0)
    error = float(np.std(rewards, ddof=1) / np.sqrt(len(rewards))) if len(rewards) > 1 else 0.0
    return Cell(goal, path, emotion, float(np.mean(rewards)), error, len(rewards))
