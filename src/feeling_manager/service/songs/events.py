"""What happened to songs on devices: offered, opened, playing, ended, skipped, banned, as one record for each play."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.orm import Session

from feeling_manager.music.genres import Genre
from feeling_manager.music.recommender.bandit import BanditPolicy
from feeling_manager.music.song import Song
from feeling_manager.music.starter import starter_songs
from feeling_manager.service.accounts.repository import lock_user
from feeling_manager.service.db import utcnow
from feeling_manager.service.errors import ExpiredError, InvalidError
from feeling_manager.service.journal import repository as journal
from feeling_manager.service.journal import sums
from feeling_manager.service.journal.service import AHEAD
from feeling_manager.service.models import Play, User
from feeling_manager.service.schemas import IDS
from feeling_manager.service.settings import Settings
from feeling_manager.service.songs import repository
from feeling_manager.service.songs.catalogue import add_unlisted
from feeling_manager.service.songs.feedback import note, share, take_out
from feeling_manager.service.songs.learning import SqlStore

if TYPE_CHECKING:
    from feeling_manager.service.sync.schemas import PlayValue

DEVICE = "device"
"""Source of songs that only devices know: they are in no draw and no search, and go with the last play of them."""
Identify = Callable[[Session, str | None, str | None, str], str]


def check_play(user: User, at: datetime) -> None:
    """Raises InvalidError for a play in the future, ExpiredError for one older than the retention."""
    if at > utcnow() + AHEAD:
        raise InvalidError("A play lies in the future; set the device's clock.")
    if at < sums.horizon(user):
        raise ExpiredError("The play is older than the account keeps.")


def ensure_song(db: Session, key: str, title: str, artist: str) -> None:
    """Puts a song where plays and bans can name it, unless it is there."""
    if repository.song(db, key) is not None:
        return
    known = next((song for song in starter_songs() if song.id == key), None)
    add_unlisted(db, known or Song(id=key, title=title, artist=artist, genre=Genre.EXTRA, source=DEVICE))


def write_plays(
    db: Session, settings: Settings, user: User, values: "Mapping[UUID, PlayValue | None]", identify: Identify
) -> None:
    """Brings plays to what devices say of them; None deletes. The caller holds the lock and records the changes."""
    lock_user(db, user.id)
    # before the plays' own rows: who trains locks in this order too
    policy = BanditPolicy(SqlStore(db))
    rows = {row.play.uuid: row.play for row in journal.plays_by_uuid(db, user.id, list(values))}
    touched: list[datetime] = []
    for uuid, value in values.items():
        play = rows.get(uuid)
        if value is None:
            if play is not None:
                touched.append(play.at)
                take_out(db, settings, policy, user, play)
            continue
        if play is None:
            key = identify(db, value.song_id, value.title, value.artist)
            ensure_song(db, key, value.title, value.artist)
            play = Play(user_id=user.id, uuid=uuid, song_id=key, at=value.at, goal=value.goal)
            play.emotion, play.step = IDS[value.emotion], 0
            play.skipped = play.learned = play.banned = False
            repository.tally(db, key, repository.Tally(plays=1))
            db.add(play)
            db.flush()
        touched += [play.at]
        note(db, settings, policy, user, play, _outcome(play, value))
    db.flush()
    sums.recount_at(db, user, touched)


def _outcome(play: Play, value: "PlayValue") -> dict[str, Any]:
    said: dict[str, Any] = {
        "opened_at": value.opened_at,
        "source": value.source,
        "seconds": value.seconds,
        "duration": value.duration,
        "ended": value.ended,
        "played": share(value.seconds, value.duration),
        "skipped": bool(value.skipped),
        "liked": value.liked,
        "valence": value.valence,
        "arousal": value.arousal,
    }
    if value.banned != play.banned:
        said["banned"] = value.banned
    if IDS[value.emotion] != play.emotion:
        said["corrected"] = value.emotion
    return said
