"""Where the recommender keeps what it learned: its `Store`, within the transaction of a request.

Whoever reads or adds holds the model's row shared, whoever trains holds it alone; so nobody sees half a training,
and none of what is added meanwhile is lost. Rows are locked in one order: the person's account, the model, the
person's statistics, the groups' by name.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Session

from feeling_manager.music.recommender.types import Change, Key, Scope, SongFactors, Statistics
from feeling_manager.service.models import LearnedFactors, LearnedModel, LearnedStatistics

_CHUNK = 400
_UNTRAINED = b"{}"


class SqlStore:
    """`music.recommender.types.Store`. The caller commits, and holds the lock of the person it revises.

    alone: makes everybody else wait, for `replace`.
    """

    def __init__(self, db: Session, *, alone: bool = False) -> None:
        self._db = db
        self._model = self._hold(alone)

    def _hold(self, alone: bool) -> bytes:
        query = select(LearnedModel.content).where(LearnedModel.id == 1).with_for_update(read=not alone)
        content = self._db.scalar(query)
        if content is None:
            _ensure(self._db, LearnedModel, {"id": 1, "content": _UNTRAINED})
            content = self._db.scalar(query)
            assert content is not None  # noqa: S101 (nobody removes it)
        return content

    def model(self) -> bytes | None:
        return self._model

    def groups(self) -> Mapping[str, Statistics]:
        rows = self._db.scalars(select(LearnedStatistics).where(LearnedStatistics.scope == Scope.GROUP))
        return {row.owner: _statistics(row) for row in rows}

    def person(self, person: str) -> Statistics | None:
        row = self._row(Key(Scope.PERSON, person))
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
        key = Key(Scope.PERSON, person)
        row = self._row(key)
        if new is None:
            if row is not None:
                self._db.delete(row)
        elif row is None:
            self._db.add(_new(key, new))
        else:
            _set(row, new)
        self._db.flush()
        # in one order, so that two requests never wait for each other
        for other in sorted(added):
            self._add(other, added[other])
        self._db.flush()

    def _add(self, key: Key, delta: Statistics) -> None:
        row = self._row(key, alone=True)
        if row is None:
            nothing = Statistics.empty(len(delta.shift)).to_bytes()
            _ensure(
                self._db,
                LearnedStatistics,
                {"scope": key.scope.value, "owner": key.id, "part_of": key.id, "count": 0, "content": nothing},
            )
            row = self._row(key, alone=True)
            assert row is not None  # noqa: S101 (nobody removes a group but `replace`, which waits for us)
        _set(row, _statistics(row) + delta)

    def _row(self, key: Key, *, alone: bool = False) -> LearnedStatistics | None:
        # what another server wrote before we had the lock counts, not what this session has read
        return self._db.get(
            LearnedStatistics, (key.scope.value, key.id), with_for_update=alone or None, populate_existing=True
        )

    def replace(self, model: bytes, statistics: Mapping[Key, Statistics], factors: Mapping[str, SongFactors]) -> None:
        row = self._db.get_one(LearnedModel, 1)
        row.content = model
        for table in (LearnedStatistics, LearnedFactors):
            self._db.execute(delete(table))
        self._db.add_all(_new(key, value) for key, value in statistics.items())
        self._db.flush()
        rows = [
            {"song_id": song, "mean": f.mean, "noise": f.noise, "content": f.factors.astype("<f8").tobytes()}
            for song, f in factors.items()
        ]
        for start in range(0, len(rows), _CHUNK):
            self._db.execute(insert(LearnedFactors), rows[start : start + _CHUNK])


def _ensure(db: Session, table: type[LearnedModel | LearnedStatistics], values: dict[str, Any]) -> None:
    """Writes a row unless it is there, also where another transaction writes it at the same moment."""
    kind = db.get_bind().dialect.name
    if kind == "mysql":
        # changes nothing, but locks the row at once: to lock it shared first and then alone is how two get stuck
        key = next(iter(values))
        db.execute(mysql.insert(table).values(values).on_duplicate_key_update({key: values[key]}))
    elif kind == "postgresql":
        db.execute(postgresql.insert(table).values(values).on_conflict_do_nothing())
    else:
        db.execute(sqlite.insert(table).values(values).on_conflict_do_nothing())


def _new(key: Key, value: Statistics) -> LearnedStatistics:
    row = LearnedStatistics(scope=key.scope.value, owner=key.id)
    _set(row, value)
    return row


def _set(row: LearnedStatistics, value: Statistics) -> None:
    row.part_of, row.count, row.content = value.group, value.count, value.to_bytes()


def _statistics(row: LearnedStatistics) -> Statistics:
    return Statistics.from_bytes(row.content, row.count, row.part_of)
