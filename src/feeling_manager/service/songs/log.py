"""What songs were chosen from, beside each play; and the log by which policies are compared and trained.

Of the candidates only those are kept that were free to be given, with what of them changes: plays, likes and age.
The rest is the catalogue's. So a choice takes about two kilobytes.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from feeling_manager.labels import BY_ID
from feeling_manager.music.recommender.feedback import RewardWeights, reward
from feeling_manager.music.recommender.log import LogRecord
from feeling_manager.music.recommender.training import Lesson
from feeling_manager.music.recommender.types import Candidate, Context, Feedback, Goal, Motive, Path
from feeling_manager.service.db import EPOCH
from feeling_manager.service.models import Choice, Play, User
from feeling_manager.service.songs import repository

_PAGE = 500


def keep(db: Session, play: Play, context: Context, candidates: Sequence[Candidate], repeat_after: float) -> None:
    """Notes what `play` was chosen from."""
    free = [c for c in candidates if context.recent.get(c.song, float("inf")) >= repeat_after]
    content = {
        "group": context.group,
        "hour": round(context.hour, 2),
        "preferences": sorted(context.preferences),
        "recent": {c.song: round(context.recent[c.song]) for c in free if c.song in context.recent},
        "candidates": [[c.song, c.plays, c.likes, round(c.age, 1)] for c in free],
    }
    db.add(Choice(play_id=play.id, content=zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 1)))
    db.flush()


def reward_of(play: Play, weights: RewardWeights) -> float | None:
    """The reward of what is known of a play, see `music.recommender.feedback`."""
    feedback = Feedback(
        played=play.played,
        skipped=play.skipped,
        liked=play.liked,
        banned=play.banned,
        corrected=None if play.corrected is None else BY_ID[play.corrected],
        valence=play.valence,
        arousal=play.arousal,
    )
    return reward(feedback, Goal(play.goal or Goal.MATCH), weights)


def records(db: Session, weights: RewardWeights, newest: int) -> list[LogRecord]:
    """The last `newest` choices that have feedback, oldest first."""
    query = select(Play, Choice.content).join(Choice, Choice.play_id == Play.id).where(Play.fed_at.is_not(None))
    rows = list(db.execute(query.order_by(Play.id.desc()).limit(newest)))[::-1]
    contents = [json.loads(zlib.decompress(content)) for _, content in rows]
    known = _songs(db, {song for content in contents for song, *_ in content["candidates"]})
    found = []
    for (play, _), content in zip(rows, contents, strict=True):
        candidates = tuple(
            replace(known[song], plays=plays, likes=likes, age=age)
            for song, plays, likes, age in content["candidates"]
            if song in known
        )
        found.append(_record(play, content, candidates, weights))
    return found


def _songs(db: Session, ids: set[str]) -> dict[str, Candidate]:
    return {candidate.song: candidate for candidate in repository.candidates(db, sorted(ids))}


def _record(
    play: Play, content: dict[str, object], candidates: tuple[Candidate, ...], weights: RewardWeights
) -> LogRecord:
    assert play.probabilities is not None  # noqa: S101 (a play with a choice has all of these)
    assert play.probability is not None  # noqa: S101
    total = sum(play.probabilities)
    context = Context(
        person=str(play.user_id),
        group=str(content["group"]),
        # kept as float32
        emotion=tuple(p / total for p in play.probabilities),
        goal=Goal(play.goal or Goal.MATCH),
        preferences=frozenset(content["preferences"]),  # type: ignore[call-overload]
        hour=float(content["hour"]),  # type: ignore[arg-type]
        recent=content["recent"],  # type: ignore[arg-type]
        step=play.step,
    )
    return LogRecord(
        time=(play.at - EPOCH).total_seconds(),
        context=context,
        candidates=candidates,
        song=play.song_id,
        path=Path(play.path or Path.DIRECT),
        probability=play.probability,
        features=np.frombuffer(play.features or b"", "<f8").copy(),
        policy=play.policy or "",
        seed=play.seed or 0,
        reward=reward_of(play, weights),
        motive=Motive(play.motive or Motive.ANY),
    )


class Taught(NamedTuple):
    """A lesson with the play that it is of."""

    play: int
    lesson: Lesson


def lessons(db: Session, weights: RewardWeights, since: datetime | None = None) -> Iterator[Taught]:
    """What every play with feedback taught, by the plays' ids; `since`: only where feedback came since then."""
    query = select(Play, User.language).join(User, User.id == Play.user_id).where(Play.features.is_not(None))
    query = query.where(Play.fed_at.is_not(None) if since is None else Play.fed_at >= since)
    last = 0
    while True:
        rows = list(db.execute(query.where(Play.id > last).order_by(Play.id).limit(_PAGE)))
        for play, language in rows:
            value = reward_of(play, weights)
            if value is not None:
                features = np.frombuffer(play.features or b"", "<f8")
                yield Taught(play.id, Lesson(str(play.user_id), language, play.song_id, features, value))
        if len(rows) < _PAGE:
            return
        last = rows[-1][0].id
        db.expunge_all()
