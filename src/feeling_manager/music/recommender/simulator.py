"""Listeners with tastes and moods, made up, for what no public log holds.

What a song is worth to a listener, 0 to 1, is a sum of
  - how they like its genre (they tick those they like most, and forget some),
  - how it meets a taste of four dimensions that nothing but their reactions shows,
  - how good the song is for everybody,
  - how near it lies to where their goal wants them: half of the listeners are served by going there at once,
    half by steps,
put through a logistic curve. Their mood wanders between plays: it stays with probability 0.7, else a new one comes.
Tastes drift by a random walk. Feedback comes `delay` plays late. They say whether they liked a song in three of ten
cases, are measured by a camera in half of them, and skip what is worth little. Regret is the worth of the best
candidate less that of the song given. Everything follows from one seed, and every policy meets the same listeners,
moods and candidates.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from feeling_manager.labels import EMOTIONS
from feeling_manager.music.recommender.bandit import BanditPolicy
from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.feedback import reward
from feeling_manager.music.recommender.goals import closeness, target
from feeling_manager.music.recommender.log import LogRecord
from feeling_manager.music.recommender.model import MemoryStore
from feeling_manager.music.recommender.retrieval import MemoryIndex, retrieve
from feeling_manager.music.recommender.simple import genre_policy, popular_policy, random_policy
from feeling_manager.music.recommender.types import (
    Candidate,
    Context,
    Feedback,
    Goal,
    Path,
    Policy,
    Vector,
)

_TASTES = 4
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """plays: of each listener. delay: plays until feedback arrives. drift: of tastes, a play. seed: of all."""

    songs: int = 400
    listeners: int = 30
    plays: int = 60
    delay: int = 3
    drift: float = 0.01
    candidates: int = 60
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.songs, self.listeners, self.plays, self.candidates) < 1 or self.delay < 0 or self.drift < 0.0:
            raise RecommenderError(
                "A world has at least one song, listener, play and candidate, and no negative drift."
            )


@dataclass(slots=True)
class _Listener:
    genres: Vector
    taste: Vector
    ticked: frozenset[int]
    way: Path
    emotion: int
    banned: set[str]
    played: dict[str, float]
    step: int = 0


class Run(NamedTuple):
    """regret: float `(plays,)`, the mean over listeners of each one's n-th play. log: what a service would keep."""

    policy: str
    regret: Vector
    log: tuple[LogRecord, ...]


class _World:
    """Everything that does not depend on what is played."""

    def __init__(self, settings: WorldSettings) -> None:
        rng = np.random.default_rng(settings.seed)
        self.settings = settings
        count = settings.songs
        self.quality = rng.normal(scale=0.5, size=count)
        self.tastes = rng.normal(size=(count, _TASTES)) / 2
        places = rng.uniform(-1, 1, size=(count, 2))
        genres = rng.integers(1, 11, size=count)
        self.songs = [
            Candidate(
                song=f"s{i}", genre=int(genres[i]), valence=float(places[i, 0]), arousal=float(places[i, 1]), age=100.0
            )
            for i in range(count)
        ]
        self.place = {song.song: i for i, song in enumerate(self.songs)}
        self.index = MemoryIndex(self.songs, rng)
        self.listeners = [self._listener(rng) for _ in range(settings.listeners)]

    def _listener(self, rng: np.random.Generator) -> _Listener:
        genres = rng.normal(scale=0.8, size=10)
        ticked = frozenset(int(g) + 1 for g in np.argsort(-genres)[:3] if rng.random() < 0.7)
        way = Path.STEPS if rng.random() < 0.5 else Path.DIRECT
        return _Listener(genres, rng.normal(size=_TASTES), ticked, way, int(rng.integers(8)), set(), {})

    def worth(self, listener: _Listener, context: Context, song: Candidate) -> float:
        """0 to 1."""
        i = self.place[song.song]
        near = closeness(song.valence, song.arousal, target(context, listener.way))
        score = listener.genres[song.genre - 1] + listener.taste @ self.tastes[i] + self.quality[i] + 2.0 * near - 1.5
        return float(1.0 / (1.0 + np.exp(-score)))


PolicyOf = Callable[[], Policy]


def simulate(make: PolicyOf | None, settings: WorldSettings | None = None) -> Run:
    """One policy in one world; None: the oracle, which knows what every song is worth and has no regret."""
    settings = settings or WorldSettings()
    world = _World(settings)
    policy = make() if make else None
    regret = np.zeros(settings.plays)
    log: list[LogRecord] = []
    late: deque[LogRecord] = deque()
    for turn in range(settings.plays):
        for number, listener in enumerate(world.listeners):
            # its own stream, so that what a policy draws changes nothing for the next listener
            rng = np.random.default_rng([settings.seed, turn, number])
            context = _context(world, listener, number, turn, rng)
            found = retrieve(context, world.index, rng, settings.candidates)
            candidates = [world.songs[world.place[song]] for song in found if _fresh(context, song)]
            worths = np.array([world.worth(listener, context, c) for c in candidates])
            seed = int(rng.integers(2**31))
            if policy is None:
                chosen = int(np.argmax(worths))
            else:
                record = _choose(policy, context, candidates, seed, turn)
                chosen = record.chosen
            regret[turn] += (worths.max() - worths[chosen]) / settings.listeners
            earned = _react(world, listener, context, candidates[chosen], float(worths[chosen]), rng)
            listener.played[candidates[chosen].song] = turn
            if policy is not None:
                log.append(replace(record, reward=earned))
                late.append(log[-1])
        while policy is not None and len(late) > settings.delay * settings.listeners:
            _teach(policy, late.popleft())
    return Run("oracle" if policy is None else policy.name, regret, tuple(log))


def _choose(policy: Policy, context: Context, candidates: Sequence[Candidate], seed: int, turn: int) -> LogRecord:
    given = policy.choose(context, candidates, np.random.default_rng(seed))
    return LogRecord(
        time=turn * 3600.0,
        context=context,
        candidates=tuple(candidates),
        song=given.song,
        path=given.reason.path,
        motive=given.reason.motive,
        probability=given.probability,
        features=given.features,
        policy=policy.name,
        seed=seed,
    )


def _teach(policy: Policy, record: LogRecord) -> None:
    if record.reward is not None:
        person, group = record.context.person, record.context.group
        policy.learn(person, group, record.song, record.features, record.reward)


def _fresh(context: Context, song: str) -> bool:
    return context.recent.get(song, _DAY) >= _DAY / 2


def _context(world: _World, listener: _Listener, number: int, turn: int, rng: np.random.Generator) -> Context:
    if rng.random() < 0.3:
        listener.emotion, listener.step = int(rng.integers(8)), 0
    listener.taste += rng.normal(scale=world.settings.drift, size=_TASTES)
    emotion = EMOTIONS[listener.emotion]
    p = np.full(8, 0.02)
    p[listener.emotion] = 0.86
    goal = Goal.MATCH if emotion.valence >= 0.0 else (Goal.CALM if emotion.arousal > 0.0 else Goal.LIFT)
    return Context(
        person=f"p{number}",
        group=f"g{number % 2}",
        emotion=tuple(p.tolist()),
        goal=goal,
        preferences=listener.ticked,
        hour=float(turn % 24),
        recent={song: (turn - then) * 3600.0 for song, then in listener.played.items()},
        banned=frozenset(listener.banned),
        step=listener.step,
    )


def _react(
    world: _World, listener: _Listener, context: Context, song: Candidate, worth: float, rng: np.random.Generator
) -> float | None:
    """What a listener does; the reward of it. Songs' plays and likes are counted."""
    liked = bool(rng.random() < worth) if rng.random() < 0.3 else None
    skipped = bool(rng.random() < 0.5 * (1.0 - worth))
    banned = bool(rng.random() < 0.05 * (1.0 - worth))
    near = closeness(song.valence, song.arousal, target(context, listener.way))
    moved = float(rng.normal(0.3 * (near - 0.3), 0.1))
    seen = rng.random() < 0.5
    change = {Goal.LIFT: (moved, 0.0), Goal.CALM: (0.0, -moved), Goal.MATCH: (0.3 - moved, 0.0)}[context.goal]
    feedback = Feedback(
        played=float(rng.uniform(0.05, 0.4)) if skipped else 1.0,
        skipped=skipped,
        liked=liked,
        banned=banned,
        valence=change[0] if seen else None,
        arousal=change[1] if seen else None,
    )
    if banned:
        listener.banned.add(song.song)
    listener.step += 1
    i = world.place[song.song]
    pleased = not skipped if liked is None else liked
    world.songs[i] = replace(song, plays=song.plays + 1, likes=song.likes + pleased)
    return reward(feedback, context.goal)


def standard() -> list[PolicyOf | None]:
    """Random, the old service's, popular, ours as it learns online, and the oracle."""
    return [random_policy, genre_policy, popular_policy, lambda: BanditPolicy(MemoryStore()), None]


def compare(policies: Sequence[PolicyOf | None], settings: WorldSettings | None = None) -> list[Run]:
    """Every policy in the same world, each from its start."""
    return [simulate(make, settings) for make in policies]
