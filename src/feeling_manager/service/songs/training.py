"""Rebuilds all that was learned from the service's own log, while the service runs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feeling_manager.music.recommender.factors import FactorSettings
from feeling_manager.music.recommender.feedback import RewardWeights
from feeling_manager.music.recommender.training import add_up, learn_shared
from feeling_manager.service.db import Database, utcnow
from feeling_manager.service.models import Play
from feeling_manager.service.songs import log
from feeling_manager.service.songs.learning import SqlStore

_MARGIN = timedelta(minutes=10)
"""A request that began before may end after: so far back it is looked for feedback that came meanwhile."""
_CHUNK = 400


class Trained(NamedTuple):
    rewards: int
    people: int
    songs: int


def train(database: Database, weights: RewardWeights, seed: int = 0, settings: FactorSettings | None = None) -> Trained:
    """Learns from every play with feedback. Requests go on meanwhile; what they teach is in the new state too."""
    began = utcnow()
    with database.begin(write=False) as db:
        known = {taught.play: taught.lesson for taught in log.lessons(db, weights)}
    shared = learn_shared(list(known.values()), seed, settings)
    with database.begin() as db:
        store = SqlStore(db, alone=True)
        known |= {taught.play: taught.lesson for taught in log.lessons(db, weights, began - _MARGIN)}
        plays = sorted(known.keys() & _here(db))
        state = add_up([known[play] for play in plays], shared)
        state.save(store)
        _mark(db, plays)
    return Trained(len(plays), sum(key.scope == "person" for key in state.statistics), len(state.factors))


def _here(db: Session) -> set[int]:
    """The plays with feedback that are there: people leave, and old plays go."""
    return set(db.scalars(select(Play.id).where(Play.fed_at.is_not(None), Play.features.is_not(None))))


def _mark(db: Session, plays: Sequence[int]) -> None:
    """Notes which plays are in what was learned."""
    there = set(plays)
    marked = set(db.scalars(select(Play.id).where(Play.learned)))
    for numbers, learned in ((sorted(there - marked), True), (sorted(marked - there), False)):
        for start in range(0, len(numbers), _CHUNK):
            some = Play.id.in_(numbers[start : start + _CHUNK])
            db.execute(update(Play).where(some).values(learned=learned))
