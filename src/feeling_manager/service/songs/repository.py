"""The catalogue in the database: the `CatalogueStore` that the catalogue's tools use, and what requests read of it."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from feeling_manager.music.genres import Genre
from feeling_manager.music.mood import MoodEstimate, Reactions, estimate
from feeling_manager.music.recommender.retrieval import cell
from feeling_manager.music.recommender.types import Candidate, Goal
from feeling_manager.music.song import Mood, Song
from feeling_manager.music.store import Fate
from feeling_manager.service.db import Database, utcnow
from feeling_manager.service.models import Ban, Play, SongRow
from feeling_manager.service.songs import search

_CHUNK = 400
_STEPS = 20
"""Of the way to a goal that are counted at most; it has four."""


def to_song(row: SongRow) -> Song:
    return Song(
        id=row.id,
        title=row.title,
        artist=row.artist,
        genre=Genre(row.genre),
        video_id=row.video_id,
        language=row.language,
        year=row.year,
        moods=tuple(Mood(word) for word in row.moods.split(",") if word),
        valence=row.valence,
        arousal=row.arousal,
        path=None if row.path is None else Path(row.path),
        duration=row.duration,
        explicit=row.explicit,
        source=row.source,
    )


def _estimate(row: SongRow) -> MoodEstimate:
    """Its mood, from what is known of it and from what its listeners' faces showed."""
    shown = Reactions(valence=row.felt_valence, arousal=row.felt_arousal, measured=row.measured)
    return estimate(to_song(row), shown)


def _fill(row: SongRow, song: Song) -> None:
    row.title, row.artist, row.genre = song.title, song.artist, int(song.genre)
    row.video_id = song.video_id or row.video_id
    row.language, row.year, row.moods = song.language, song.year, ",".join(song.moods)
    row.valence, row.arousal = song.valence, song.arousal
    row.path = None if song.path is None else str(song.path)
    row.duration, row.explicit, row.source = song.duration, song.explicit, song.source
    felt = _estimate(row)
    row.cell = cell(felt.valence, felt.arousal)
    _enlist(row)


def _enlist(row: SongRow) -> None:
    """Puts a song into the draw: by a random number of its own, which it keeps."""
    if row.draw is None:
        row.draw = random.random()  # noqa: S311 (evenness is wanted, not secrecy)
    row.video_draw = row.draw if row.video_id is not None else None


class SqlCatalogue:
    """`music.store.CatalogueStore` with SQL; every call is a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_many(self, ids: Sequence[str]) -> dict[str, Song]:
        with self._database.begin(write=False) as db:
            return {row.id: to_song(row) for row in _rows(db, ids) if row.draw is not None}

    def add_many(self, songs: Sequence[Song], *, update: bool = False) -> list[Fate]:
        with self._database.begin() as db:
            by_id = {row.id: row for row in _rows(db, [song.id for song in songs])}
            videos = _by_video(db, [song.video_id for song in songs if song.video_id])
            fates = [self._add(db, song, by_id, videos, update) for song in songs]
            kept = {song.id: song for song, fate in zip(songs, fates, strict=True) if fate is not Fate.DUPLICATE}
            search.put(db, kept)
            return fates

    @staticmethod
    def _add(
        db: Session, song: Song, by_id: dict[str, SongRow], videos: dict[str, SongRow], update_known: bool
    ) -> Fate:
        row = by_id.get(song.id)
        holder = videos.get(song.video_id) if song.video_id else None
        if holder is not None and holder is not row:
            if holder.draw is not None:
                return Fate.DUPLICATE
            # a song that was taken out lets its video go
            holder.video_id = None
            db.flush()
        if row is not None and row.draw is not None:
            merged = to_song(row)
            if not update_known or _same(merged, song):
                return Fate.DUPLICATE
            _fill(row, song)
            fate = Fate.UPDATED
        else:
            if row is None:
                row = SongRow(id=song.id, video_id=None, added_at=utcnow(), draw=None, **Tally()._asdict())
                db.add(row)
            _fill(row, song)
            fate = Fate.INSERTED
        by_id[song.id] = row
        if row.video_id:
            videos[row.video_id] = row
        return fate

    def remove_many(self, ids: Iterable[str]) -> int:
        """The rows stay, because plays name them; they are in no draw and no search any more."""
        gone, keys = 0, list(ids)
        with self._database.begin() as db:
            for row in _rows(db, keys):
                gone += row.draw is not None
                row.draw = row.video_draw = None
            search.remove(db, keys)
        return gone

    def pages(self, *, genre: Genre | None = None, source: str | None = None, size: int = 500) -> Iterator[list[Song]]:
        after = ""
        while True:
            query = select(SongRow).where(SongRow.id > after, SongRow.draw.is_not(None))
            if genre is not None:
                query = query.where(SongRow.genre == int(genre))
            if source is not None:
                query = query.where(SongRow.source == source)
            with self._database.begin(write=False) as db:
                rows = db.scalars(query.order_by(SongRow.id).limit(size)).all()
            if not rows:
                return
            yield [to_song(row) for row in rows]
            after = rows[-1].id

    def search(self, text: str, *, genre: Genre | None = None, limit: int = 50, offset: int = 0) -> list[Song]:
        with self._database.begin(write=False) as db:
            return [to_song(row) for row in search.search(db, text, genre=genre, limit=limit, offset=offset)]

    def without_video_id(self, *, limit: int = 50) -> list[Song]:
        query = select(SongRow).where(SongRow.video_id.is_(None), SongRow.path.is_(None), SongRow.draw.is_not(None))
        with self._database.begin(write=False) as db:
            never = SongRow.tried_at.is_(None)
            return [
                to_song(row) for row in db.scalars(query.order_by(~never, SongRow.tried_at, SongRow.id).limit(limit))
            ]

    def set_video_id(self, song_id: str, video_id: str | None) -> bool:
        with self._database.begin() as db:
            row = db.get(SongRow, song_id)
            if row is None or row.draw is None:
                return False
            if video_id is not None:
                holder = _by_video(db, [video_id]).get(video_id)
                if holder is not None and holder is not row:
                    return False
                row.video_id = video_id
                _enlist(row)
            row.tried_at = utcnow()
            return True

    def count(self, *, genre: Genre | None = None) -> int:
        query = select(func.count()).select_from(SongRow).where(SongRow.draw.is_not(None))
        if genre is not None:
            query = query.where(SongRow.genre == int(genre))
        with self._database.begin(write=False) as db:
            return db.scalar(query) or 0


def _same(known: Song, new: Song) -> bool:
    return all(
        getattr(known, name) == getattr(new, name)
        for name in Song.__slots__
        if not (name == "video_id" and new.video_id is None)
    )


def _rows(db: Session, ids: Sequence[str]) -> list[SongRow]:
    found: list[SongRow] = []
    for start in range(0, len(ids), _CHUNK):
        found += db.scalars(select(SongRow).where(SongRow.id.in_(ids[start : start + _CHUNK])))
    return found


def _by_video(db: Session, videos: Sequence[str]) -> dict[str, SongRow]:
    found: dict[str, SongRow] = {}
    for start in range(0, len(videos), _CHUNK):
        query = select(SongRow).where(SongRow.video_id.in_(videos[start : start + _CHUNK]))
        found |= {row.video_id: row for row in db.scalars(query) if row.video_id}
    return found


# -- in a request's transaction ------------------------------------------------------------------------------------


def song(db: Session, song_id: str) -> SongRow | None:
    """A song, also one that was taken out of the catalogue since."""
    return db.get(SongRow, song_id)


def add_unlisted(db: Session, song: Song) -> None:
    """Puts a song where plays can name it, without its being drawn or found: what the catalogue offers stays."""
    row = SongRow(id=song.id, video_id=None, added_at=utcnow(), draw=None, **Tally()._asdict())
    _fill(row, song)
    row.draw = row.video_draw = None
    db.add(row)
    db.flush()


class SqlIndex:
    """`music.recommender.retrieval.SongIndex` on the indices of the table: no scan reads more than it returns.

    videos: only songs with a video id.
    """

    def __init__(self, db: Session, *, videos: bool = False) -> None:
        self._db = db
        self._draw: InstrumentedAttribute[float | None] = SongRow.video_draw if videos else SongRow.draw
        self._videos = videos

    def scan(self, start: float, count: int) -> Sequence[str]:
        return self._ring(start, count)

    def scan_genre(self, genre: int, start: float, count: int) -> Sequence[str]:
        return self._ring(start, count, SongRow.genre == genre)

    def scan_cell(self, number: int, start: float, count: int) -> Sequence[str]:
        if self._videos:
            return ()
        return self._ring(start, count, SongRow.cell == number)

    def liked(self, count: int) -> Sequence[str]:
        query = select(SongRow.id).where(SongRow.likes > 0, self._draw.is_not(None))
        return self._db.scalars(query.order_by(SongRow.likes.desc()).limit(count)).all()

    def _ring(self, start: float, count: int, *where: Any) -> list[str]:
        query = select(SongRow.id).where(*where).order_by(self._draw)
        found = list(self._db.scalars(query.where(self._draw >= start).limit(count)))
        if len(found) < count:
            found += self._db.scalars(query.where(self._draw < start).limit(count - len(found)))
        return found


def candidates(db: Session, ids: Sequence[str]) -> list[Candidate]:
    """What a policy needs of these songs, in their order."""
    rows = {row.id: row for row in _rows(db, ids)}
    now = utcnow()
    found = []
    for key in ids:
        row = rows[key]
        felt = _estimate(row)
        found.append(
            Candidate(
                song=key,
                genre=row.genre,
                mood=felt.moods,
                valence=felt.valence,
                arousal=felt.arousal,
                plays=row.plays,
                likes=row.likes,
                age=(now - row.added_at).total_seconds() / 86400,
            )
        )
    return found


def genres_of(db: Session, ids: Sequence[str]) -> list[Candidate]:
    """As `candidates`, without the moods: for policies that look at genres only."""
    query = select(SongRow.id, SongRow.genre).where(SongRow.id.in_(ids))
    return [Candidate(song=key, genre=genre) for key, genre in db.execute(query.order_by(SongRow.id))]


class Recent(NamedTuple):
    song: str
    at: datetime


def recent(db: Session, user_id: int, since: datetime) -> list[Recent]:
    """The songs given since then."""
    query = select(Play.song_id, Play.at).where(Play.user_id == user_id, Play.at >= since).order_by(Play.at)
    return [Recent(*row) for row in db.execute(query)]


def steps(db: Session, user_id: int, goal: Goal, now: datetime, lasts: timedelta) -> int:
    """Songs heard on the way to `goal` without a longer pause than `lasts`; 0 for a goal that has no way."""
    if goal is Goal.MATCH:
        return 0
    query = select(Play.at, Play.goal, Play.skipped).where(Play.user_id == user_id, Play.at > now - _STEPS * lasts)
    found = 0
    for at, other, skipped in db.execute(query.order_by(Play.at.desc()).limit(2 * _STEPS)):
        if other != goal or now - at > lasts:
            break
        found, now = found + (not skipped), at
    return found


def ban(db: Session, user_id: int, song_id: str) -> None:
    if db.get(Ban, (user_id, song_id)) is None:
        db.add(Ban(user_id=user_id, song_id=song_id))
        db.flush()


def lift_ban(db: Session, user_id: int, song_id: str) -> bool:
    row = db.get(Ban, (user_id, song_id))
    if row is not None:
        db.delete(row)
    return row is not None


class Tally(NamedTuple):
    """What a song's counts change by: see `models.SongRow`."""

    plays: int = 0
    likes: int = 0
    measured: int = 0
    felt_valence: float = 0.0
    felt_arousal: float = 0.0

    def plus(self, other: "Tally", sign: int = 1) -> "Tally":
        return Tally(
            self.plays + sign * other.plays,
            self.likes + sign * other.likes,
            self.measured + sign * other.measured,
            self.felt_valence + sign * other.felt_valence,
            self.felt_arousal + sign * other.felt_arousal,
        )

    def minus(self, other: "Tally") -> "Tally":
        return self.plus(other, -1)


def tally(db: Session, song_id: str, change: Tally) -> None:
    """Adds to a song's counts, in the database; where its listeners' faces moved it, it is found in its new place."""
    moved = {name: getattr(SongRow, name) + value for name, value in change._asdict().items() if value}
    if moved:
        db.execute(update(SongRow).where(SongRow.id == song_id).values(moved))
    if change.felt_valence or change.felt_arousal:
        row = db.get_one(SongRow, song_id, populate_existing=True)
        place = _estimate(row)
        row.cell = cell(place.valence, place.arousal)
        db.flush()
