"""All that is kept of a person, as a stream, in memory only a page at a time."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from feeling_manager.labels import NAMES
from feeling_manager.service.accounts import repository as accounts
from feeling_manager.service.context import Service
from feeling_manager.service.db import utcnow
from feeling_manager.service.journal import repository
from feeling_manager.service.journal.answers import play_value, spell_answer
from feeling_manager.service.journal.sums import written as _time
from feeling_manager.service.models import User
from feeling_manager.service.schemas import emotion_name

_PAGE = 500
Row = dict[str, Any]


def _spells(service: Service, user_id: int) -> Iterator[Row]:
    after: int | None = None
    while True:
        with service.database.begin(write=False) as db:
            rows = repository.spells(db, user_id, after=after, limit=_PAGE)
        for row in rows:
            told = spell_answer(row).model_dump(mode="json", exclude={"probabilities"})
            yield told | {name: round(p, 4) for name, p in zip(NAMES, row.probabilities, strict=True)}
        if len(rows) < _PAGE:
            return
        after = rows[-1].id


def _entries(service: Service, user_id: int) -> Iterator[Row]:
    after: int | None = None
    while True:
        with service.database.begin(write=False) as db:
            rows = repository.entries(db, user_id, after=after, limit=_PAGE)
            tags = repository.tags_of(db, [row.id for row in rows])
        for row in rows:
            words = tags.get(row.id, {})
            yield {
                "id": str(row.uuid),
                "at": _time(row.at),
                "emotion": None if row.emotion is None else emotion_name(row.emotion),
                "note": row.note,
            } | {kind: ", ".join(words.get(kind, [])) for kind in ("activity", "place", "company", "other")}
        if len(rows) < _PAGE:
            return
        after = rows[-1].id


def _plays(service: Service, user_id: int) -> Iterator[Row]:
    after: int | None = None
    while True:
        with service.database.begin(write=False) as db:
            rows = repository.plays(db, user_id, after=after, limit=_PAGE)
        for row in rows:
            play = row.play
            yield play_value(row) | {
                "song": play.song_id,
                "policy": play.policy,
                "probability": play.probability,
                "played": play.played,
                "corrected": None if play.corrected is None else emotion_name(play.corrected),
            }
        if len(rows) < _PAGE:
            return
        after = rows[-1].play.id


def _days(service: Service, user_id: int) -> Iterator[Row]:
    with service.database.begin(write=False) as db:
        rows = repository.all_day_sums(db, user_id)
    for row in rows:
        yield {
            "day": row.day.isoformat(),
            "emotion": emotion_name(row.emotion),
            "seconds": row.millis / 1000,
            "spells": row.spells,
            "entries": row.entries,
            "plays": row.plays,
        }


_TABLES = {"spells": _spells, "entries": _entries, "plays": _plays, "days": _days}
_COLUMNS: dict[str, Sequence[str]] = {
    "spells": (
        *("id", "start", "end", "emotion", "read_emotion", "valence", "arousal"),
        *("read_valence", "read_arousal", "readings", "unclear_share"),
        *NAMES,
    ),
    "entries": ("id", "at", "emotion", "note", "activity", "place", "company", "other"),
    "plays": (
        *("id", "number", "at", "emotion", "corrected", "song", "song_id", "title", "artist", "video_id", "goal"),
        *("policy", "probability", "source", "offered_at", "opened_at", "seconds", "duration", "played", "ended"),
        *("skipped", "liked", "banned", "valence", "arousal"),
    ),
    "days": ("day", "emotion", "seconds", "spells", "entries", "plays"),
}


def as_json(service: Service, user_id: int) -> Iterator[str]:
    """One JSON object: account, preferences, consents, devices, and every table."""
    yield json.dumps(_account(service, user_id), ensure_ascii=False)[:-1]
    for name, table in _TABLES.items():
        yield f', "{name}": ['
        for number, row in enumerate(table(service, user_id)):
            yield (",\n" if number else "\n") + json.dumps(row, ensure_ascii=False)
        yield "]"
    yield "}\n"


def as_csv(service: Service, user_id: int, table: str) -> Iterator[str]:
    """One table with a header line."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS[table])
    writer.writeheader()
    for row in _TABLES[table](service, user_id):
        writer.writerow({key: _harmless(value) for key, value in row.items()})
        if out.tell() > 1 << 15:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _harmless(value: Any) -> Any:
    # a spreadsheet would run a note that begins like a formula
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _account(service: Service, user_id: int) -> Row:
    with service.database.begin(write=False) as db:
        user = db.get(User, user_id)
        if user is None:
            return {"account": None}
        return {
            "account": {
                "username": user.username,
                "name": user.name,
                "email": user.email,
                "sex": user.sex,
                "zone": user.zone,
                "language": user.language,
                "retention_days": user.retention_days,
                "created_at": _time(user.created_at),
            },
            "preferences": {emotion_name(e): sorted(g) for e, g in sorted(accounts.preferences(db, user_id).items())},
            "goals": {emotion_name(e): goal for e, goal in sorted(accounts.goals(db, user_id).items())},
            "consents": [
                {
                    "purpose": row.purpose,
                    "version": row.version,
                    "given_at": _time(row.given_at),
                    "withdrawn_at": None if row.withdrawn_at is None else _time(row.withdrawn_at),
                }
                for row in accounts.consents(db, user_id)
            ],
            "devices": [
                {"device": row.device, "created_at": _time(row.created_at), "seen_at": _time(row.seen_at)}
                for row in accounts.sign_ins(db, user_id, utcnow())
            ],
            "bans": list(repository.bans(db, user_id)),
        }
