"""The log of what was given and what came of it, one JSON object a line, for comparing policies and for training."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.types import Candidate, Context, Goal, Motive, Path, Vector


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogRecord:
    """One choice. candidates: all there were. song, path, probability, features: as the `Recommendation` had them.

    seed: of the choice. reward: of the feedback, None where there was none. time: seconds since 1970, UTC. motive: why.
    """

    time: float
    context: Context
    candidates: tuple[Candidate, ...]
    song: str
    path: Path
    probability: float
    features: Vector
    policy: str
    seed: int
    reward: float | None = None
    motive: Motive = Motive.ANY

    @property
    def chosen(self) -> int:
        """The place of the song among the candidates."""
        return next(i for i, candidate in enumerate(self.candidates) if candidate.song == self.song)


def to_line(record: LogRecord) -> str:
    """A record as JSON on one line, without the end of line."""
    context = record.context
    return json.dumps(
        {
            "time": record.time,
            "context": {
                "person": context.person,
                "group": context.group,
                "emotion": list(context.emotion),
                "goal": context.goal,
                "preferences": sorted(context.preferences),
                "hour": context.hour,
                "recent": dict(context.recent),
                "banned": sorted(context.banned),
                "step": context.step,
            },
            "candidates": [
                {
                    "song": c.song,
                    "genre": c.genre,
                    "mood": None if c.mood is None else c.mood.tolist(),
                    "valence": c.valence,
                    "arousal": c.arousal,
                    "plays": c.plays,
                    "likes": c.likes,
                    "age": c.age,
                }
                for c in record.candidates
            ],
            "song": record.song,
            "path": record.path,
            "probability": record.probability,
            "features": record.features.tolist(),
            "policy": record.policy,
            "seed": record.seed,
            "reward": record.reward,
            "motive": record.motive,
        },
        ensure_ascii=False,
    )


def from_lines(lines: Iterable[str]) -> Iterator[LogRecord]:
    """The records of a log. Raises `RecommenderError` with the number of the line that is none."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _record(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError, RecommenderError) as error:
            raise RecommenderError(f"Line {number} of the log is no choice of a song ({error}).") from error


def _record(values: dict[str, Any]) -> LogRecord:
    context = values["context"]
    record = LogRecord(
        time=float(values["time"]),
        context=Context(
            person=str(context["person"]),
            group=str(context["group"]),
            emotion=tuple(float(p) for p in context["emotion"]),
            goal=Goal(context["goal"]),
            preferences=frozenset(int(g) for g in context["preferences"]),
            hour=float(context["hour"]),
            recent={str(song): float(age) for song, age in context["recent"].items()},
            banned=frozenset(str(song) for song in context["banned"]),
            step=int(context["step"]),
        ),
        candidates=tuple(
            Candidate(**{**c, "mood": None if c["mood"] is None else np.array(c["mood"], dtype=np.float64)})
            for c in values["candidates"]
        ),
        song=str(values["song"]),
        path=Path(values["path"]),
        probability=float(values["probability"]),
        features=np.array(values["features"], dtype=np.float64),
        policy=str(values["policy"]),
        seed=int(values["seed"]),
        reward=None if values["reward"] is None else float(values["reward"]),
        motive=Motive(values.get("motive", Motive.ANY)),
    )
    if not 0.0 < record.probability <= 1.0:
        raise RecommenderError(f"a probability of {record.probability}")
    if record.song not in {c.song for c in record.candidates}:
        raise RecommenderError("the song is not among its candidates")
    return record
