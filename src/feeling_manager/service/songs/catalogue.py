"""The catalogue in the database: the `CatalogueStore` that the catalogue's tools use."""

import random
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feeling_manager.music.genres import Genre
from feeling_manager.music.recommender.retrieval import cell
from feeling_manager.music.song import Song
from feeling_manager.music.store import Fate
from feeling_manager.service.db import Database, utcnow
from feeling_manager.service.models import SongRow
from feeling_manager.service.songs import search
from feeling_manager.service.songs.repository import Tally, estimate_of, rows_of, to_song

_CHUNK = 400


class SqlCatalogue:
    """`music.store.CatalogueStore` with SQL; every call is a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_many(self, ids: Sequence[str]) -> dict[str, Song]:
        with self._database.begin(write=False) as db:
            return {row.id: to_song(row) for row in rows_of(db, ids) if row.draw is not None}

    def add_many(self, songs: Sequence[Song], *, update: bool = False) -> list[Fate]:
        with self._database.begin() as db:
            by_id = {row.id: row for row in rows_of(db, [song.id for song in songs])}
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
            for row in rows_of(db, keys):
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


def add_unlisted(db: Session, song: Song) -> None:
    """Puts a song where plays can name it, without its being drawn or found: what the catalogue offers stays."""
    row = SongRow(id=song.id, video_id=None, added_at=utcnow(), draw=None, **Tally()._asdict())
    _fill(row, song)
    row.draw = row.video_draw = None
    db.add(row)
    db.flush()


def _fill(row: SongRow, song: Song) -> None:
    row.title, row.artist, row.genre = song.title, song.artist, int(song.genre)
    row.video_id = song.video_id or row.video_id
    row.language, row.year, row.moods = song.language, song.year, ",".join(song.moods)
    row.valence, row.arousal = song.valence, song.arousal
    row.path = None if song.path is None else str(song.path)
    row.duration, row.explicit, row.source = song.duration, song.explicit, song.source
    felt = estimate_of(row)
    row.cell = cell(felt.valence, felt.arousal)
    _enlist(row)


def _enlist(row: SongRow) -> None:
    """Puts a song into the draw: by a random number of its own, which it keeps."""
    if row.draw is None:
        row.draw = random.random()  # noqa: S311 (evenness is wanted, not secrecy)
    row.video_draw = row.draw if row.video_id is not None else None


def _same(known: Song, new: Song) -> bool:
    return all(
        getattr(known, name) == getattr(new, name)
        for name in Song.__slots__
        if not (name == "video_id" and new.video_id is None)
    )


def _by_video(db: Session, videos: Sequence[str]) -> dict[str, SongRow]:
    found: dict[str, SongRow] = {}
    for start in range(0, len(videos), _CHUNK):
        query = select(SongRow).where(SongRow.video_id.in_(videos[start : start + _CHUNK]))
        found |= {row.video_id: row for row in db.scalars(query) if row.video_id}
    return found
