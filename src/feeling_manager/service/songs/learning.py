"""Where the recommender keeps what it learned: its `Store`, within the transaction of a request."""

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from feeling_manager.music.recommender.types import Change, Key, Scope, SongFactors, Statistics
from feeling_manager.service.models import LearnedFactors, LearnedModel, LearnedStatistics

_CHUNK = 400


class SqlStore:
    """`music.recommender.types.Store`. The caller commits, and holds the lock of the person it revises."""

    def __init__(self, db: Session) -> None:
        self._db = db

    def model(self) -> bytes | None:
        return self._db.scalar(select(LearnedModel.content).where(LearnedModel.id == 1))

    def groups(self) -> Mapping[str, Statistics]:
        rows = self._db.scalars(select(LearnedStatistics).where(LearnedStatistics.scope == Scope.GROUP))
        return {row.owner: _statistics(row) for row in rows}

    def person(self, person: str) -> Statistics | None:
        row = self._db.get(LearnedStatistics, (Scope.PERSON.value, person))
        return None if row is None else _statistics(row)

    def factors(self, songs: Sequence[str]) -> Mapping[str, SongFactors]:
        found: dict[str, SongFactors] = {}
        for start in range(0, len(songs), _CHUNK):
            query = select(LearnedFactors).where(LearnedFactors.song_id.in_(songs[start : start + _CHUNK]))
            for row in self._db.scalars(query):
                found[row.song_id] = SongFactors(row.mean, np.frombuffer(row.content, "<f8").copy(), row.noise)
        return found

    def revise(self, person: str, change: Change) -> None:
        new, added = change(self.person(person))
        self._put(Key(Scope.PERSON, person), new)
        # in one order, so that two requests never wait for each other
        for key in sorted(added):
            row = self._db.get(LearnedStatistics, (key.scope.value, key.id), with_for_update=True)
            self._put(key, added[key] if row is None else _statistics(row) + added[key])

    def replace(self, model: bytes, statistics: Mapping[Key, Statistics], factors: Mapping[str, SongFactors]) -> None:
        for table in (LearnedModel, LearnedStatistics, LearnedFactors):
            self._db.execute(delete(table))
        self._db.execute(insert(LearnedModel), [{"id": 1, "content": model}])
        for key, value in statistics.items():
            self._put(key, value)
        rows = [
            {"song_id": song, "mean": f.mean, "noise": f.noise, "content": f.factors.astype("<f8").tobytes()}
            for song, f in factors.items()
        ]
        for start in range(0, len(rows), _CHUNK):
            self._db.execute(insert(LearnedFactors), rows[start : start + _CHUNK])

    def _put(self, key: Key, value: Statistics | None) -> None:
        row = self._db.get(LearnedStatistics, (key.scope.value, key.id))
        if value is None:
            if row is not None:
                self._db.delete(row)
        else:
            if row is None:
                row = LearnedStatistics(scope=key.scope.value, owner=key.id)
                self._db.add(row)
            row.part_of, row.count, row.content = value.group, value.count, value.to_bytes()
        self._db.flush()


def _statistics(row: LearnedStatistics) -> Statistics:
    return Statistics.from_bytes(row.content, row.count, row.part_of)
