"""Songs that a device gave by itself, moved into an account: from the starter catalogue, which every client has."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeling_manager.music.song import Song, song_id
from feeling_manager.music.starter import starter_songs
from feeling_manager.service.accounts import repository as accounts
from feeling_manager.service.accounts.repository import lock_user
from feeling_manager.service.db import utcnow
from feeling_manager.service.errors import ConsentMissingError, InvalidError
from feeling_manager.service.journal import repository as journal
from feeling_manager.service.journal import sums
from feeling_manager.service.journal.service import AHEAD
from feeling_manager.service.models import Play, User
from feeling_manager.service.schemas import IDS
from feeling_manager.service.songs import repository
from feeling_manager.service.songs.catalogue import add_unlisted
from feeling_manager.service.songs.feedback import UNMEASURED
from feeling_manager.service.songs.schemas import PlayIn, PlaysKept
from feeling_manager.service.sync import repository as changes
from feeling_manager.service.sync.repository import Edit


def add_plays(db: Session, user: User, plays: Sequence[PlayIn]) -> PlaysKept:
    """Keeps each once, by its time and song; what is new of a known one (liked, skipped, heard) is brought up to date.

    Nothing is learned from them: no policy chose these songs. Raises InvalidError for a play in the future.
    """
    lock_user(db, user.id)
    if not accounts.stands(db, user.id, "journal"):
        raise ConsentMissingError
    now, edge = utcnow(), sums.horizon(user)
    if any(play.at > now + AHEAD for play in plays):
        raise InvalidError("A play lies in the future; set the device's clock.")
    kept = {"stored": 0, "known": 0, "unknown": 0, "expired": 0}
    for play in plays:
        number = None if play.at < edge else _song(db, play)
        if number is None:
            kept["expired" if play.at < edge else "unknown"] += 1
            continue
        found = _find(db, user, play, number)
        kept["stored" if found is None else "known"] += 1
        if found is None:
            found = Play(user_id=user.id, song_id=number, at=play.at, emotion=IDS[play.emotion], goal=play.goal)
            repository.tally(db, number, repository.Tally(plays=1))
            journal.add_play(db, found, sums.day_of(play.at, user.zone))
        repository.tally(db, number, repository.Tally(likes=int(play.liked or 0) - int(found.liked or 0)))
        found.liked, found.skipped = play.liked, play.skipped
        found.played = None if play.played in UNMEASURED else play.played
        changes.record(db, user.id, [Edit("play", str(found.uuid))])
        if play.banned:
            repository.ban(db, user.id, number)
    db.flush()
    return PlaysKept(**kept)


def _song(db: Session, play: PlayIn) -> str | None:
    """The id of the song in the catalogue, where a starter song is put if it is missing; None for any other."""
    number = song_id(title=play.title, artist=play.artist)
    if repository.song(db, number) is not None:
        return number
    song = _starter().get(number)
    if song is None:
        return None
    add_unlisted(db, song)
    return number


@cache
def _starter() -> dict[str, Song]:
    return {song_id(title=song.title, artist=song.artist): song for song in starter_songs()}


def _find(db: Session, user: User, play: PlayIn, number: str) -> Play | None:
    return db.scalar(select(Play).where(Play.user_id == user.id, Play.at == play.at, Play.song_id == number))
