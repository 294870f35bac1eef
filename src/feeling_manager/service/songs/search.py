"""Finding songs by words: an index of words in the database, so that no search reads the catalogue.

Each word of artist and title is a row, in its normalised form. A search reads rows that begin with a word of the query:
a range of the index on every database, whatever its collation of other columns. Korean, Japanese, Chinese and Thai are
written without blanks inside compounds, so their words are kept from each letter on: "편지" finds "밤편지".
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.orm import Session, aliased

from feeling_manager.music.genres import Genre
from feeling_manager.music.song import Song, normalised
from feeling_manager.service.models import LONGEST_WORD, SongRow, SongWord

_CHUNK = 400
_UNSPACED = "\u0e00"
"""Thai: from here on scripts write words together; those before (Latin, Greek, Cyrillic, Hebrew, Arabic, …) do not."""
_LAST = "\U0010ffff"
"""Sorts after every letter."""
_RARE = 100
"""Of two words with more songs than this either will do to begin with."""


def words_of(text: str) -> set[str]:
    """What `text` is found by."""
    found: set[str] = set()
    for word in normalised(text).split():
        starts = range(len(word)) if max(word) >= _UNSPACED else range(1)
        found.update(word[start : start + LONGEST_WORD] for start in starts)
    return found


def put(db: Session, songs: dict[str, Song]) -> None:
    """Makes these songs, which are in the database, be found by their present words."""
    remove(db, list(songs))
    rows = [
        {"word": word, "song_id": key}
        for key, song in songs.items()
        for word in sorted(words_of(f"{song.artist} {song.title}"))
    ]
    for start in range(0, len(rows), 10 * _CHUNK):
        db.execute(insert(SongWord), rows[start : start + 10 * _CHUNK])


def remove(db: Session, ids: Sequence[str]) -> None:
    """Makes these songs be found by no word."""
    db.flush()
    for start in range(0, len(ids), _CHUNK):
        db.execute(delete(SongWord).where(SongWord.song_id.in_(ids[start : start + _CHUNK])))


def search(
    db: Session, text: str, *, genre: Genre | None = None, limit: int = 50, offset: int = 0
) -> Sequence[SongRow]:
    """Songs with a word that begins so for every word of `text`, those that have it whole first.

    Without a word: all songs, in an order that is random and stays.
    """
    # a word that another begins with asks for nothing of its own
    asked = {word[:LONGEST_WORD] for word in normalised(text).split()}
    asked = {word for word in asked if not any(other != word and other.startswith(word) for other in asked)}
    query = select(SongRow).where(SongRow.draw.is_not(None))
    if genre is not None:
        query = query.where(SongRow.genre == int(genre))
    if not asked:
        return db.scalars(query.order_by(SongRow.draw).limit(limit).offset(offset)).all()
    first, *others = sorted(asked, key=lambda word: (_count(db, word) if len(asked) > 1 else 0, word))
    found, smaller = aliased(SongWord), aliased(SongWord)
    # once for each song, at the smallest of its words that fit
    again = select(1).where(smaller.song_id == found.song_id, _begins(smaller, first), smaller.word < found.word)
    query = query.join(found, found.song_id == SongRow.id).where(_begins(found, first), ~again.exists())
    for word in others:
        other = aliased(SongWord)
        query = query.where(select(1).where(other.song_id == found.song_id, _begins(other, word)).exists())
    return db.scalars(query.order_by(found.word, found.song_id).limit(limit).offset(offset)).all()


def _begins(words: type[SongWord], start: str) -> ColumnElement[bool]:
    return (words.word >= start) & (words.word < start + _LAST)


def _count(db: Session, word: str) -> int:
    """Rows that begin with `word`, up to `_RARE`."""
    some = select(SongWord.word).where(_begins(SongWord, word)).limit(_RARE).subquery()
    return db.scalar(select(func.count()).select_from(some)) or 0
