"""What requests read and note of songs, each in its transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from feeling_manager.music.genres import Genre
from feeling_manager.music.mood import MoodEstimate, Reactions, estimate
from feeling_manager.music.recommender.retrieval import cell
from feeling_manager.music.recommender.types import Candidate, Goal
from feeling_manager.music.song import Mood, Song
from feeling_manager.service.accounts.repository import lock_user
from feeling_manager.service.db import utcnow
from feeling_manager.service.models import Ban, Play, SongRow
from feeling_manager.service.sync import repository as changes
from feeling_manager.service.sync.repository import Edit

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


def estimate_of(row: SongRow) -> MoodEstimate:
    """Its mood, from what is known of it and from what its listeners' faces showed."""
    shown = Reactions(valence=row.felt_valence, arousal=row.felt_arousal, measured=row.measured)
    return estimate(to_song(row), shown)


def rows_of(db: Session, ids: Sequence[str]) -> list[SongRow]:
    """Those that are there, in any order."""
    found: list[SongRow] = []
    for start in range(0, len(ids), _CHUNK):
        found += db.scalars(select(SongRow).where(SongRow.id.in_(ids[start : start + _CHUNK])))
    return found


def song(db: Session, song_id: str) -> SongRow | None:
    """A song, also one that was taken out of the catalogue since."""
    return db.get(SongRow, song_id)


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
    rows = {row.id: row for row in rows_of(db, ids)}
    now = utcnow()
    found = []
    for key in ids:
        row = rows[key]
        felt = estimate_of(row)
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


def banned_songs(db: Session, user_id: int) -> list[SongRow]:
    """Also those that were taken out of the catalogue since."""
    query = select(SongRow).join(Ban, Ban.song_id == SongRow.id).where(Ban.user_id == user_id)
    return list(db.scalars(query.order_by(SongRow.title, SongRow.id)))


def plays_banned(db: Session, user_id: int, song_id: str) -> list[Play]:
    """The plays of this song that ended in "never again", oldest first."""
    query = select(Play).where(Play.user_id == user_id, Play.song_id == song_id, Play.banned)
    return list(db.scalars(query.order_by(Play.id)))


def plays_measured(db: Session, user_id: int) -> list[Play]:
    """The plays with what the face showed after them, oldest first."""
    shown = Play.valence.is_not(None) | Play.arousal.is_not(None)
    return list(db.scalars(select(Play).where(Play.user_id == user_id, shown).order_by(Play.id)))


def ban(db: Session, user_id: int, song_id: str) -> None:
    lock_user(db, user_id)
    if db.get(Ban, (user_id, song_id)) is None:
        db.add(Ban(user_id=user_id, song_id=song_id))
        changes.record(db, user_id, [Edit("ban", song_id)])


def lift_ban(db: Session, user_id: int, song_id: str) -> bool:
    lock_user(db, user_id)
    row = db.get(Ban, (user_id, song_id))
    if row is not None:
        db.delete(row)
        changes.record(db, user_id, [Edit("ban", song_id, deleted=True)])
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
        place = estimate_of(row)
        row.cell = cell(place.valence, place.arousal)
        db.flush()


def remove_unused(db: Session, source: str) -> None:
    """Takes the songs of this source that no play and no ban names any more."""
    named = select(Play.song_id).union(select(Ban.song_id))
    # read first: MySQL can't delete from what the statement reads
    gone = list(db.scalars(select(SongRow.id).where(SongRow.source == source, SongRow.id.not_in(named))))
    for start in range(0, len(gone), _CHUNK):
        db.execute(delete(SongRow).where(SongRow.id.in_(gone[start : start + _CHUNK])))
