"""Finding songs by words: an index of words in the database, so that no search reads the catalogue.

Each word of artist and title is a row, in its normalised form. A search reads rows that begin with a word of the query:
a range of the index on every database, whatever its collation of other columns. Korean, Japanese, Chinese and Thai are
written without blanks inside compounds, so their words are kept from each letter on: "편지" finds "밤편지".
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, ScalarSelect, delete, func, insert, select
from sqlalchemy.orm import Session, aliased

from feeling_manager.music.genres import Genre
from feeling_manager.music.song import Song, normalised
from feeling_manager.service.models import LONGEST_WORD, SongRow, SongWord

_CHUNK = 400
_UNSPACED = "\u0e00"
"""Thai: from here on scripts write words together; those before (Latin, Greek, Cyrillic, Hebrew, Arabic, …) do not."""
_LAST = "\U0010ffff"
"""Sorts after every letter."""
_RARE = (100, 3_000, 30_000)
"""Rows that are counted at most to tell which of several words is rarest; above the last either will do."""


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
    query = select(SongRow).limit(limit).offset(offset)
    if not asked:
        if genre is not None:
            query = query.where(SongRow.genre == int(genre))
        return db.scalars(query.where(SongRow.draw.is_not(None)).order_by(SongRow.draw)).all()
    if genre is not None:
        # + 0: so that no database begins with all songs of the genre
        query = query.where(SongRow.genre + 0 == int(genre))
    first, *others = _rarest_first(db, asked)
    found = aliased(SongWord)
    query = query.join(found, found.song_id == SongRow.id).where(_begins(found, first))
    # once for each song, at the smallest of its words that fit
    query = query.where(found.word == _smallest(found, first))
    for word in others:
        query = query.where(_smallest(found, word).is_not(None))
    return db.scalars(query.order_by(found.word, found.song_id)).all()


def _smallest(of: type[SongWord], start: str) -> ScalarSelect[str | None]:
    """The first word of the same song that begins so, or NULL. Not EXISTS: databases make a join of that, which reads
    every such word where they guess its number wrongly."""
    own = aliased(SongWord)
    return select(func.min(own.word)).where(own.song_id == of.song_id, _begins(own, start)).scalar_subquery()


def _begins(words: type[SongWord], start: str) -> ColumnElement[bool]:
    return (words.word >= start) & (words.word < start + _LAST)


def _rarest_first(db: Session, words: set[str]) -> list[str]:
    ordered = sorted(words)
    for most in _RARE if len(words) > 1 else ():
        counts = {word: _count(db, word, most) for word in words}
        ordered.sort(key=counts.__getitem__)
        if counts[ordered[0]] < most:
            break
    return ordered


def _count(db: Session, word: str, most: int) -> int:
    """Rows that begin with `word`, up to `most`."""
    some = select(SongWord.word).where(_begins(SongWord, word)).limit(most).subquery()
    return db.scalar(select(func.count()).select_from(some)) or 0
