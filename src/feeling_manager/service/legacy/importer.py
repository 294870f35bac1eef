"""Moving over from the original service's MySQL: users, preferences, songs and history."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from feeling_manager.music.errors import CatalogueError
from feeling_manager.music.genres import Genre
from feeling_manager.music.song import Song, parse_video_id, song_id
from feeling_manager.service.accounts import repository as accounts
from feeling_manager.service.accounts import service as account_service
from feeling_manager.service.context import Service
from feeling_manager.service.db import Database
from feeling_manager.service.errors import ConfigurationError, TakenError
from feeling_manager.service.journal import sums
from feeling_manager.service.models import Play, SongRow, User
from feeling_manager.service.songs.catalogue import SqlCatalogue
from feeling_manager.service.sync import repository as changes
from feeling_manager.service.sync.repository import Edit

ZONE = ZoneInfo("Asia/Seoul")
_BATCH = 500
Say = Callable[[str], None]


@dataclass
class Moved:
    """How many of each came over; skipped: with a line of `say` for each."""

    users: int = 0
    songs: int = 0
    plays: int = 0
    skipped: int = 0


def import_legacy(service: Service, url: str, say: Say = print) -> Moved:
    """Copies everything from the old tables. The old database is only read. Raises ConfigurationError."""
    old = Database(url)
    if old.kind != "mysql":
        raise ConfigurationError("The old service used MySQL; give mysql://user:password@host/name.")
    moved = Moved()
    try:
        with old.engine.connect() as connection:
            # its TIMESTAMP columns are then read in Seoul's time, whatever the old server's clock is set to
            connection.execute(text("SET time_zone = '+09:00'"))
            songs = _songs(service, connection, moved, say)
            users = _users(service, connection, moved, say)
            _history(service, connection, users, songs, moved, say)
    except DBAPIError as error:
        raise ConfigurationError(
            f"The old database can't be read ({type(error).__name__}); check its address and that it holds the tables "
            "Users, Userdata, Playlists and Statistics."
        ) from error
    finally:
        old.close()
    return moved


def _pages(connection: Connection, query: str) -> Iterator[Sequence[Any]]:
    after = -1
    while True:
        rows = connection.execute(text(query), {"after": after, "size": _BATCH}).all()
        if not rows:
            return
        yield rows
        after = rows[-1].uid


def _plain(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _songs(service: Service, connection: Connection, moved: Moved, say: Say) -> dict[int, str]:
    """The new id of every old song."""
    store, found = SqlCatalogue(service.database), {}
    query = "SELECT uid, urlWeb, title, genre FROM Playlists WHERE uid > :after ORDER BY uid LIMIT :size"
    for rows in _pages(connection, query):
        songs = []
        for row in rows:
            video = parse_video_id(_plain(row.urlWeb))
            try:
                if video is None:
                    raise CatalogueError(f"{row.urlWeb!r} is no video id")
                title = _plain(row.title).strip() or video
                songs.append(
                    Song(
                        id=song_id(title=title, video_id=video),
                        title=title,
                        genre=Genre(int(row.genre)) if row.genre in range(1, 11) else Genre.EXTRA,
                        video_id=video,
                    )
                )
                found[int(row.uid)] = songs[-1].id
            except CatalogueError as error:
                moved.skipped += 1
                say(f"song {row.uid} skipped: {error}")
        fates = store.add_many(songs)
        moved.songs += sum(fate == "inserted" for fate in fates)
    return _existing(service, found)


def _existing(service: Service, found: dict[int, str]) -> dict[int, str]:
    """Songs that were here under another id (the same video) are named by that."""
    with service.database.begin(write=False) as db:
        missing = {number: key for number, key in found.items() if db.get(SongRow, key) is None}
        for number, key in missing.items():
            row = db.query(SongRow).filter(SongRow.video_id == key.removeprefix("yt:")).one_or_none()
            if row is not None:
                found[number] = row.id
            else:
                del found[number]
    return found


def _users(service: Service, connection: Connection, moved: Moved, say: Say) -> dict[int, int]:
    """The new id of every old user; passwords that are no SHA-1 are closed and need the operator."""
    found = {}
    query = (
        "SELECT u.uid, u.id, u.password, u.name, u.sex, u.email, d.anger, d.fear, d.happiness, d.sadness, d.surprise "
        "FROM Users u LEFT JOIN Userdata d ON d.userUID = u.uid WHERE u.uid > :after ORDER BY u.uid LIMIT :size"
    )
    for rows in _pages(connection, query):
        for row in rows:
            digest = _plain(row.password).strip().lower()
            if len(digest) != 40 or set(digest) - set("0123456789abcdef"):
                say(f"user {row.uid}: the password can't be moved; set one with `feeling user reset-password`")
                digest = ""
            hashed = service.passwords.hash_sha1(digest) if digest else "sha1:" + service.passwords.hash("!")
            try:
                with service.database.begin() as db:
                    user, _ = account_service.create(
                        db,
                        service,
                        username=_plain(row.id),
                        password_hash=hashed,
                        name=_plain(row.name),
                        email=_plain(row.email) if row.email else None,
                        sex=int(row.sex) if row.sex in (1, 2, "1", "2") else None,
                        zone=ZONE.key,
                        genres=_genres(row),
                    )
                    # nobody has seen these codes
                    accounts.set_recovery(db, user.id, [])
            except TakenError as error:
                moved.skipped += 1
                say(f"user {row.uid} skipped: {error}")
                continue
            found[int(row.uid)] = user.id
            moved.users += 1
    return found


def _genres(row: Any) -> dict[int, frozenset[int]]:
    chosen = {}
    for emotion in account_service.FIVE:
        bits = getattr(row, emotion.name)
        ticked = frozenset(place for place, bit in enumerate(_plain(bits or ""), 1) if bit == "1")
        chosen[emotion.id] = account_service.DEFAULT_GENRES if bits is None else ticked
    return chosen


def _history(
    service: Service, connection: Connection, users: dict[int, int], songs: dict[int, str], moved: Moved, say: Say
) -> None:
    touched: dict[int, set[datetime]] = {}
    query = (
        "SELECT uid, userUID, dateTime, songUID, emotion FROM Statistics WHERE uid > :after ORDER BY uid LIMIT :size"
    )
    for rows in _pages(connection, query):
        plays = []
        for row in rows:
            user, song = users.get(row.userUID), songs.get(row.songUID)
            if user is None or song is None or row.emotion not in range(1, 6) or row.dateTime is None:
                moved.skipped += 1
                say(f"record {row.uid} skipped: its user, song, time or emotion did not come over")
                continue
            at = row.dateTime.replace(tzinfo=ZONE).astimezone(UTC)
            plays.append({"user_id": user, "song_id": song, "at": at, "emotion": int(row.emotion)})
            # one moment of each day is enough to count the day again
            touched.setdefault(user, set()).add(at.replace(minute=0, second=0, microsecond=0))
        if plays:
            with service.database.begin() as db:
                db.execute(insert(Play), [play | {"step": 0, "skipped": False, "learned": False} for play in plays])
        moved.plays += len(plays)
    for user_id, moments in touched.items():
        with service.database.begin() as db:
            accounts.lock_user(db, user_id)
            user_row = db.get_one(User, user_id)
            # what is old already is kept as long as what is new
            age = datetime.now(UTC) - min(moments) + timedelta(days=service.settings.retention_days)
            user_row.retention_days = max(user_row.retention_days, age.days)
            sums.recount_at(db, user_row, moments)
            names = db.scalars(select(Play.uuid).where(Play.user_id == user_id)).all()
            changes.record(db, user_id, [Edit("play", str(name)) for name in names])
