"""What devices keep of an account, each kind read and written by the functions of its own part."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from feeling_manager.labels import NAMES
from feeling_manager.music.song import song_id
from feeling_manager.service.accounts import repository as accounts
from feeling_manager.service.accounts import service as account_service
from feeling_manager.service.db import utcnow as now
from feeling_manager.service.errors import InvalidError
from feeling_manager.service.journal import repository as journal
from feeling_manager.service.journal import service as journal_service
from feeling_manager.service.journal import sums
from feeling_manager.service.journal.answers import entry_answer, play_value, spell_answer
from feeling_manager.service.models import Ban, SongRow, User
from feeling_manager.service.schemas import IDS, emotion_name
from feeling_manager.service.settings import Settings
from feeling_manager.service.songs import events
from feeling_manager.service.songs import repository as songs
from feeling_manager.service.songs.feedback import lift_ban
from feeling_manager.service.sync import schemas

__all__ = ["OWN_IDS", "canonical", "now", "parse", "read", "write"]

OWN_IDS = frozenset({"spell", "entry", "play"})
"""Kinds whose things have an id of their own: one that was deleted never comes back."""
Values = Mapping[str, BaseModel | None]
Key = tuple[str, str]


# -- before writing ------------------------------------------------------------------------------------------------


_SCHEMAS: dict[str, type[BaseModel]] = {
    "spell": schemas.SpellValue,
    "entry": schemas.EntryValue,
    "play": schemas.PlayValue,
    "ban": schemas.BanValue,
    "preferences": schemas.PreferencesValue,
    "goals": schemas.GoalsValue,
    "settings": schemas.SettingsValue,
}


def parse(db: Session, user: User, operation: schemas.Operation) -> BaseModel | None:
    """The operation's value, which a ban needs also to be lifted where its key is not the song's.

    Raises ValidationError, or InvalidError and its like with a sentence.
    """
    kind = operation.kind
    if operation.deleted and (kind != "ban" or operation.value is None):
        return None
    if operation.value is None:
        raise InvalidError("A change needs its value.")
    if kind == "settings" and operation.key != "account":
        raise InvalidError("Only the settings `account` are changed here; consents have addresses of their own.")
    value = _SCHEMAS[kind].model_validate(operation.value)
    if operation.deleted:
        return value
    _check(db, user, operation, value)
    return value


def _check(db: Session, user: User, operation: schemas.Operation, value: BaseModel) -> None:
    """Raises InvalidError or ExpiredError for a value that can't be kept."""
    own = getattr(value, "id", None)
    if own is not None and str(own) != operation.key.lower():
        raise InvalidError("The value's id is not the key.")
    if isinstance(value, schemas.SpellValue):
        journal_service.check_spell(user, value.id, value.start, value.end)
    elif isinstance(value, schemas.EntryValue):
        journal_service.check_entry(value.at)
    elif isinstance(value, schemas.PlayValue):
        events.check_play(user, value.at)
    elif isinstance(value, schemas.BanValue) and value.title is None and songs.song(db, value.song_id or "") is None:
        raise InvalidError("There is no such song; give title and artist.")


def canonical(db: Session, operation: schemas.Operation, value: BaseModel | None) -> str:
    """The key under which the thing is kept: a UUID in its usual form, a song's id, an emotion. Raises InvalidError."""
    if operation.kind in OWN_IDS:
        try:
            return str(UUID(operation.key))
        except ValueError as error:
            raise InvalidError("The key is a UUID.") from error
    if isinstance(value, schemas.BanValue):
        return known_song(db, value.song_id, value.title, value.artist)
    if operation.kind in ("preferences", "goals") and operation.key not in NAMES:
        raise InvalidError(f"The key is one of {', '.join(NAMES)}.")
    if operation.kind == "settings" and operation.deleted:
        raise InvalidError("The account's settings are changed, not deleted.")
    return operation.key


def known_song(db: Session, key: str | None, title: str | None, artist: str) -> str:
    """The id of a song as the catalogue has it, else by artist and title."""
    if key is not None and (title is None or songs.song(db, key) is not None):
        return key
    return song_id(title=title or "", artist=artist)


# -- writing -------------------------------------------------------------------------------------------------------


def write(db: Session, settings: Settings, user: User, edits: Mapping[Key, BaseModel | None]) -> None:
    """Brings each thing to its value; None deletes it. The caller holds the account's lock and records the changes."""
    by_kind: dict[str, dict[str, BaseModel | None]] = {}
    for (kind, key), value in edits.items():
        by_kind.setdefault(kind, {})[key] = value
    # settings first: days are counted in the account's zone
    for kind in ("settings", "spell", "entry", "play", "ban", "preferences", "goals"):
        if kind in by_kind:
            _WRITERS[kind](db, settings, user, by_kind[kind])


def _write_spells(db: Session, settings: Settings, user: User, values: Values) -> None:  # noqa: ARG001
    journal_service.write_spells(db, user, {UUID(k): cast("schemas.SpellValue | None", v) for k, v in values.items()})


def _write_entries(db: Session, settings: Settings, user: User, values: Values) -> None:  # noqa: ARG001
    journal_service.write_entries(db, user, {UUID(k): cast("schemas.EntryValue | None", v) for k, v in values.items()})


def _write_plays(db: Session, settings: Settings, user: User, values: Values) -> None:
    events.write_plays(
        db, settings, user, {UUID(k): cast("schemas.PlayValue | None", v) for k, v in values.items()}, known_song
    )


def _write_bans(db: Session, settings: Settings, user: User, values: Values) -> None:
    for key, value in values.items():
        if value is None:
            lift_ban(db, settings, user, key)
        elif isinstance(value, schemas.BanValue):
            events.ensure_song(db, key, value.title or key, value.artist)
            songs.ban(db, user.id, key)


def _write_preferences(db: Session, settings: Settings, user: User, values: Values) -> None:  # noqa: ARG001
    chosen = {
        IDS[key]: frozenset(value.genres if isinstance(value, schemas.PreferencesValue) else ())
        for key, value in values.items()
    }
    accounts.set_preferences(db, user.id, chosen)


def _write_goals(db: Session, settings: Settings, user: User, values: Values) -> None:  # noqa: ARG001
    accounts.set_goals(
        db, user.id, {IDS[k]: v.goal if isinstance(v, schemas.GoalsValue) else None for k, v in values.items()}
    )


def _write_settings(db: Session, settings: Settings, user: User, values: Values) -> None:  # noqa: ARG001
    for value in values.values():
        if isinstance(value, schemas.SettingsValue):
            account_service.change_settings(db, user, value.model_dump(exclude_unset=True))


_WRITERS: dict[str, Callable[[Session, Settings, User, Values], None]] = {
    "spell": _write_spells,
    "entry": _write_entries,
    "play": _write_plays,
    "ban": _write_bans,
    "preferences": _write_preferences,
    "goals": _write_goals,
    "settings": _write_settings,
}


# -- reading -------------------------------------------------------------------------------------------------------


def read(db: Session, user: User, keys: Sequence[Key]) -> dict[Key, dict[str, Any]]:
    """The values of those that are there, by kind and key."""
    by_kind: dict[str, list[str]] = {}
    for kind, key in keys:
        by_kind.setdefault(kind, []).append(key)
    found: dict[Key, dict[str, Any]] = {}
    for kind, names in by_kind.items():
        found |= {(kind, key): value for key, value in _READERS[kind](db, user, names).items()}
    return found


def _read_spells(db: Session, user: User, keys: list[str]) -> dict[str, dict[str, Any]]:
    rows = journal.spells_by_uuid(db, user.id, [UUID(key) for key in keys])
    return {str(row.uuid): spell_answer(row).model_dump(mode="json") for row in rows}


def _read_entries(db: Session, user: User, keys: list[str]) -> dict[str, dict[str, Any]]:
    rows = journal.entries_by_uuid(db, user.id, [UUID(key) for key in keys])
    tags = journal.tags_of(db, [row.id for row in rows])
    return {str(row.uuid): entry_answer(row, tags.get(row.id, {})).model_dump(mode="json") for row in rows}


def _read_plays(db: Session, user: User, keys: list[str]) -> dict[str, dict[str, Any]]:
    rows = journal.plays_by_uuid(db, user.id, [UUID(key) for key in keys])
    return {str(row.play.uuid): play_value(row) for row in rows}


def _read_bans(db: Session, user: User, keys: list[str]) -> dict[str, dict[str, Any]]:
    query = select(SongRow).join(Ban, Ban.song_id == SongRow.id).where(Ban.user_id == user.id, SongRow.id.in_(keys))
    return {
        row.id: {
            "name": f"{row.artist} – {row.title}" if row.artist else row.title,
            "song_id": row.id,
            "title": row.title,
            "artist": row.artist,
        }
        for row in db.scalars(query)
    }


def _read_preferences(db: Session, user: User, keys: list[str]) -> dict[str, dict[str, Any]]:
    ticked = accounts.preferences(db, user.id)
    return {key: {"genres": sorted(ticked.get(IDS[key], ()))} for key in keys}


def _read_goals(db: Session, user: User, keys: list[str]) -> dict[str, dict[str, Any]]:
    chosen = {emotion_name(emotion): goal for emotion, goal in accounts.goals(db, user.id).items()}
    return {key: {"goal": chosen[key]} for key in keys if key in chosen}


def _read_settings(db: Session, user: User, keys: list[str]) -> dict[str, dict[str, Any]]:
    consents = {
        row.purpose: {
            "version": row.version,
            "given_at": sums.written(row.given_at),
            "withdrawn_at": None if row.withdrawn_at is None else sums.written(row.withdrawn_at),
        }
        for row in accounts.consents(db, user.id)
    }
    account = {name: getattr(user, name) for name in ("name", "language", "zone", "retention_days")}
    values: dict[str, dict[str, Any]] = {"account": account, "consents": consents}
    return {key: values[key] for key in keys if key in values}


_READERS: dict[str, Callable[[Session, User, list[str]], dict[str, dict[str, Any]]]] = {
    "spell": _read_spells,
    "entry": _read_entries,
    "play": _read_plays,
    "ban": _read_bans,
    "preferences": _read_preferences,
    "goals": _read_goals,
    "settings": _read_settings,
}
