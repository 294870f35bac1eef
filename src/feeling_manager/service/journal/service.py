"""What one can do with the journal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from feeling_manager.labels import BY_ID, EMOTIONS, affect
from feeling_manager.service.accounts import repository as accounts
from feeling_manager.service.accounts.repository import lock_user
from feeling_manager.service.db import utcnow
from feeling_manager.service.errors import ConsentMissingError, ExpiredError, InvalidError, NotFoundError
from feeling_manager.service.journal import repository, schemas, sums
from feeling_manager.service.journal.change_points import LEAST, change_points
from feeling_manager.service.journal.repository import DayEmotion
from feeling_manager.service.models import Entry, SpellRow, User
from feeling_manager.service.schemas import IDS, emotion_name
from feeling_manager.service.sync import repository as changes
from feeling_manager.service.sync.repository import Edit

if TYPE_CHECKING:
    from feeling_manager.service.sync.schemas import SpellValue

AHEAD = timedelta(days=1)
"""How far a client's clock may be ahead."""
MOST_DAYS = 3660
MOST_POINTS = 2000


def add_spells(db: Session, user: User, spells: list[schemas.SpellIn]) -> schemas.SpellsKept:
    """Keeps a batch, each spell once, in whatever order they come; what was deleted stays so.

    Raises ConsentMissingError, InvalidError.
    """
    lock_user(db, user.id)
    if not accounts.stands(db, user.id, "journal"):
        raise ConsentMissingError
    now, edge = utcnow(), sums.horizon(user)
    for spell in spells:
        _check_future(spell.id, spell.end, now)
    fresh = {spell.id: spell for spell in spells if spell.start >= edge}
    known = repository.known_spells(db, user.id, list(fresh))
    known |= {UUID(key) for _, key in changes.find_changes(db, user.id, [("spell", str(key)) for key in fresh])}
    new = [spell for key, spell in fresh.items() if key not in known]
    repository.add_spells(db, [_row(user, spell) for spell in new])
    sums.recount_spans(db, user, ((spell.start, spell.end) for spell in new))
    changes.record(db, user.id, [Edit("spell", str(spell.id)) for spell in new], new=True)
    expired = sum(spell.start < edge for spell in spells)
    return schemas.SpellsKept(stored=len(new), known=len(spells) - expired - len(new), expired=expired)


def _check_future(uuid: UUID, end: datetime, now: datetime) -> None:
    if end > now + AHEAD:
        raise InvalidError(f"The spell {uuid} lies in the future; set the device's clock.")


def check_spell(user: User, uuid: UUID, start: datetime, end: datetime) -> None:
    """Raises InvalidError for a spell in the future, ExpiredError for one older than the retention."""
    _check_future(uuid, end, utcnow())
    if start < sums.horizon(user):
        raise ExpiredError("The spell is older than the account keeps.")


def check_entry(at: datetime) -> None:
    """Raises InvalidError for an entry in the future."""
    if at > utcnow() + AHEAD:
        raise InvalidError("The entry lies in the future; give a time that has been.")


def write_spells(db: Session, user: User, values: "Mapping[UUID, SpellValue | None]") -> None:
    """Brings spells to these values; None deletes. The caller holds the person's lock and records the changes."""
    rows = {row.uuid: row for row in repository.spells_by_uuid(db, user.id, list(values))}
    touched = [(row.start, row.end) for row in rows.values()]
    new = []
    for uuid, value in values.items():
        row = rows.get(uuid)
        if value is None:
            if row is not None:
                db.delete(row)
            continue
        fields = _row(user, value) | {"uuid": uuid}
        if value.read_emotion is not None:
            fields |= {"emotion": IDS[value.read_emotion]}
            fields |= corrected(fields, IDS[value.emotion])
        touched.append((value.start, value.end))
        if row is None:
            new.append(fields)
        else:
            for name, cell in fields.items():
                setattr(row, name, cell)
    db.flush()
    repository.add_spells(db, new)
    sums.recount_spans(db, user, touched)


def corrected(spell: Mapping[str, Any], emotion: int) -> dict[str, Any]:
    """What changes of a spell when the person says that it was `emotion`.

    A correction brings its own valence and arousal, and keeps beside it what was read; corrected back, that counts.
    """
    emotion_read = spell["emotion"] if spell["read_emotion"] is None else spell["read_emotion"]
    valence_read = spell["valence"] if spell["read_valence"] is None else spell["read_valence"]
    arousal_read = spell["arousal"] if spell["read_arousal"] is None else spell["read_arousal"]
    if emotion == emotion_read:
        nothing = {"read_emotion": None, "read_valence": None, "read_arousal": None}
        return {"emotion": emotion, "valence": valence_read, "arousal": arousal_read} | nothing
    said = BY_ID[emotion]
    return {
        "emotion": emotion,
        "valence": said.valence,
        "arousal": said.arousal,
        "read_emotion": emotion_read,
        "read_valence": valence_read,
        "read_arousal": arousal_read,
    }


def _row(user: User, spell: schemas.SpellIn) -> dict[str, Any]:
    total = sum(spell.probabilities)
    # nothing but unclear readings leaves zeros: the emotion is then all that is known
    p = [v / total for v in spell.probabilities] if total > 0 else [float(e.name == spell.emotion) for e in EMOTIONS]
    valence, arousal = affect(p)
    return {
        "user_id": user.id,
        "uuid": spell.id,
        "start": spell.start,
        "end": spell.end,
        "emotion": IDS[spell.emotion],
        "read_emotion": None,
        "probabilities": tuple(spell.probabilities),
        "valence": valence,
        "arousal": arousal,
        "read_valence": None,
        "read_arousal": None,
        "readings": spell.readings,
        "unclear_share": spell.unclear_share,
    }


def spell(db: Session, user: User, uuid: UUID) -> SpellRow:
    """Raises NotFoundError."""
    row = repository.find_spell(db, user.id, uuid)
    if row is None:
        raise NotFoundError("There is no such spell in your journal.")
    return row


_READ = ("emotion", "valence", "arousal", "read_emotion", "read_valence", "read_arousal")


def correct_spell(db: Session, user: User, uuid: UUID, emotion: str) -> SpellRow:
    """The person says which emotion it was; what was read is kept beside it."""
    lock_user(db, user.id)
    row = spell(db, user, uuid)
    for name, value in corrected({name: getattr(row, name) for name in _READ}, IDS[emotion]).items():
        setattr(row, name, value)
    db.flush()
    sums.recount_spans(db, user, [(row.start, row.end)])
    changes.record(db, user.id, [Edit("spell", str(uuid))])
    return row


def delete_spell(db: Session, user: User, uuid: UUID) -> None:
    lock_user(db, user.id)
    row = spell(db, user, uuid)
    db.delete(row)
    db.flush()
    sums.recount_spans(db, user, [(row.start, row.end)])
    changes.record(db, user.id, [Edit("spell", str(uuid), deleted=True)])


def delete_spells(db: Session, user: User) -> int:
    """All of them, from days that are no longer made anew too; how many."""
    lock_user(db, user.id)
    gone = [Edit("spell", str(uuid), deleted=True) for uuid in repository.remove_spells(db, user.id)]
    changes.record(db, user.id, gone)
    return len(gone)


def entry(db: Session, user: User, uuid: UUID) -> Entry:
    """Raises NotFoundError."""
    row = repository.find_entry(db, user.id, uuid)
    if row is None:
        raise NotFoundError("There is no such entry in your journal.")
    return row


def put_entry(db: Session, user: User, uuid: UUID, body: schemas.EntryIn) -> tuple[Entry, bool]:
    """Makes an entry or replaces it, whatever its time; whether it is new."""
    check_entry(body.at)
    lock_user(db, user.id)
    new = repository.find_entry(db, user.id, uuid) is None
    write_entries(db, user, {uuid: body})
    changes.record(db, user.id, [Edit("entry", str(uuid))])
    return entry(db, user, uuid), new


def write_entries(db: Session, user: User, values: Mapping[UUID, schemas.EntryIn | None]) -> None:
    """Brings entries to these values; None deletes. The caller holds the person's lock and records the changes."""
    rows = {row.uuid: row for row in repository.entries_by_uuid(db, user.id, list(values))}
    touched = [row.at for row in rows.values()]
    for uuid, value in values.items():
        row = rows.get(uuid)
        if value is None:
            if row is not None:
                db.delete(row)
            continue
        if row is None:
            row = Entry(user_id=user.id, uuid=uuid)
            db.add(row)
        row.at, row.note = value.at, value.note
        row.emotion = None if value.emotion is None else IDS[value.emotion]
        db.flush()
        repository.set_tags(db, row.id, {str(kind): words for kind, words in value.tags.items()})
        touched.append(value.at)
    db.flush()
    sums.recount_at(db, user, touched)


def delete_entry(db: Session, user: User, uuid: UUID) -> None:
    lock_user(db, user.id)
    entry(db, user, uuid)
    write_entries(db, user, {uuid: None})
    changes.record(db, user.id, [Edit("entry", str(uuid), deleted=True)])


# -- statistics ----------------------------------------------------------------------------------------------------

Period = Literal["day", "week", "month", "year"]


def period_days(period: Period, day: date) -> tuple[date, date]:
    """The first and the last day of the calendar period around `day`; weeks begin on Monday."""
    if period == "day":
        return day, day
    if period == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    if period == "month":
        following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        return day.replace(day=1), following - timedelta(days=1)
    return day.replace(month=1, day=1), day.replace(month=12, day=31)


def statistics(db: Session, user: User, first: date, last: date) -> schemas.Statistics:
    """What these days add up to, from the daily sums: a few rows a day however much was recorded."""
    check_range(first, last)
    rows = repository.day_sums(db, user.id, first, last)
    millis = sum(row.millis for row in rows)
    per_emotion: dict[int, list[DayEmotion]] = {emotion.id: [] for emotion in EMOTIONS}
    per_day: dict[date, list[DayEmotion]] = {}
    for row in rows:
        per_emotion[row.emotion].append(row)
        per_day.setdefault(row.day, []).append(row)
    valence, arousal = _means(rows)
    return schemas.Statistics(
        first=first,
        last=last,
        zone=user.zone,
        seconds=millis / 1000,
        unclear_share=sum(row.unclear for row in rows) / millis if millis else 0.0,
        valence=valence,
        arousal=arousal,
        spells=sum(row.spells for row in rows),
        entries=sum(row.entries for row in rows),
        plays=sum(row.plays for row in rows),
        emotions=[_emotion_sum(number, found, millis) for number, found in per_emotion.items()],
        days=[_day(day, found) for day, found in per_day.items()],
    )


def check_range(first: date, last: date) -> None:
    if last < first:
        raise InvalidError("The last day lies before the first; exchange them.")
    if (last - first).days >= MOST_DAYS:
        raise InvalidError(f"Ask for {MOST_DAYS} days at most.")


def _means(rows: Sequence[DayEmotion]) -> tuple[float | None, float | None]:
    millis = sum(row.millis for row in rows)
    if not millis:
        return None, None
    return sum(row.valence for row in rows) / millis, sum(row.arousal for row in rows) / millis


def _emotion_sum(number: int, rows: list[DayEmotion], millis: int) -> schemas.EmotionSum:
    own = sum(row.millis for row in rows)
    return schemas.EmotionSum(
        emotion=emotion_name(number),
        seconds=own / 1000,
        share=own / millis if millis else 0.0,
        spells=sum(row.spells for row in rows),
        entries=sum(row.entries for row in rows),
        plays=sum(row.plays for row in rows),
    )


def _day(day: date, rows: list[DayEmotion]) -> schemas.DayAnswer:
    valence, arousal = _means(rows)
    return schemas.DayAnswer(
        day=day,
        seconds=sum(row.millis for row in rows) / 1000,
        valence=valence,
        arousal=arousal,
        emotions={emotion_name(row.emotion): row.millis / 1000 for row in rows if row.millis},
        moments={emotion_name(row.emotion): row.entries for row in rows if row.entries},
    )


# -- mood over time ------------------------------------------------------------------------------------------------


def mood(db: Session, user: User, first: date, last: date) -> schemas.Mood:
    """Valence and arousal over time: a point for each spell of up to two days, else one for each day."""
    check_range(first, last)
    if (last - first).days < 2:
        start, end = sums.bounds(first, last, user.zone)
        points = [
            schemas.MoodPoint(
                time=row.start,
                valence=row.valence,
                arousal=row.arousal,
                emotion=emotion_name(row.emotion),
                seconds=(row.end - row.start).total_seconds(),
            )
            for row in repository.spells(db, user.id, start, end, limit=MOST_POINTS)
        ]
        return schemas.Mood(step="spell", points=points, changes=_changes(points))
    points = _day_points(repository.day_sums(db, user.id, first, last), user.zone)
    return schemas.Mood(step="day", points=points, changes=_changes(points))


def _day_points(rows: list[DayEmotion], zone: str) -> list[schemas.MoodPoint]:
    per_day: dict[date, list[DayEmotion]] = {}
    for row in rows:
        if row.millis:
            per_day.setdefault(row.day, []).append(row)
    points = []
    for day, found in per_day.items():
        valence, arousal = _means(found)
        strongest = max(found, key=lambda row: row.millis)
        noon: datetime = datetime.combine(day, time(12), ZoneInfo(zone)).astimezone(UTC)
        points.append(
            schemas.MoodPoint(
                time=noon,
                valence=valence or 0.0,
                arousal=arousal or 0.0,
                emotion=emotion_name(strongest.emotion),
                seconds=sum(row.millis for row in found) / 1000,
            )
        )
    return points


def _changes(points: list[schemas.MoodPoint]) -> list[schemas.MoodChange]:
    found = []
    measures: tuple[Literal["valence", "arousal"], ...] = ("valence", "arousal")
    for measure in measures:
        values = np.array([getattr(point, measure) for point in points])
        edges = [0, *change_points(values, least=LEAST), len(values)]
        for before, at, after in zip(edges, edges[1:], edges[2:], strict=False):
            found.append(
                schemas.MoodChange(
                    time=points[at].time,
                    measure=measure,
                    before=float(values[before:at].mean()),
                    after=float(values[at:after].mean()),
                )
            )
    return sorted(found, key=lambda change: change.time)
