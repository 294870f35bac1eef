"""What one can do with the journal."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from feeling_manager.labels import EMOTIONS, affect
from feeling_manager.service.accounts.repository import lock_user
from feeling_manager.service.db import utcnow
from feeling_manager.service.errors import InvalidError, NotFoundError
from feeling_manager.service.journal import repository, schemas, sums
from feeling_manager.service.journal.changes import LEAST, change_points
from feeling_manager.service.journal.repository import DayEmotion
from feeling_manager.service.models import Entry, SpellRow, User
from feeling_manager.service.schemas import IDS, emotion_name

AHEAD = timedelta(days=1)
"""How far a client's clock may be ahead."""
MOST_DAYS = 3660
MOST_POINTS = 2000


def add_spells(db: Session, user: User, spells: list[schemas.SpellIn]) -> schemas.SpellsKept:
    """Keeps a batch, each spell once, in whatever order they come."""
    lock_user(db, user.id)
    now, edge = utcnow(), sums.horizon(user)
    for spell in spells:
        if spell.end > now + AHEAD:
            raise InvalidError(f"The spell {spell.id} lies in the future; set the device's clock.")
    fresh = {spell.id: spell for spell in spells if spell.start >= edge}
    known = repository.known_spells(db, user.id, list(fresh))
    new = [spell for key, spell in fresh.items() if key not in known]
    repository.add_spells(db, [_row(user, spell) for spell in new])
    sums.recount_at(db, user, (spell.start for spell in new))
    expired = sum(spell.start < edge for spell in spells)
    return schemas.SpellsKept(stored=len(new), known=len(spells) - expired - len(new), expired=expired)


def _row(user: User, spell: schemas.SpellIn) -> dict[str, object]:
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
        "readings": spell.readings,
        "unclear_share": spell.unclear_share,
    }


def spell(db: Session, user: User, uuid: UUID) -> SpellRow:
    """Raises NotFoundError."""
    row = repository.find_spell(db, user.id, uuid)
    if row is None:
        raise NotFoundError("There is no such spell in your journal.")
    return row


def correct_spell(db: Session, user: User, uuid: UUID, emotion: str) -> SpellRow:
    """The person says which emotion it was; what was read is kept beside it."""
    lock_user(db, user.id)
    row = spell(db, user, uuid)
    if row.read_emotion is None:
        row.read_emotion = row.emotion
    row.emotion = IDS[emotion]
    if row.emotion == row.read_emotion:
        row.read_emotion = None
    db.flush()
    sums.recount_at(db, user, [row.start])
    return row


def delete_spell(db: Session, user: User, uuid: UUID) -> None:
    lock_user(db, user.id)
    row = spell(db, user, uuid)
    db.delete(row)
    db.flush()
    sums.recount_at(db, user, [row.start])


def entry(db: Session, user: User, uuid: UUID) -> Entry:
    """Raises NotFoundError."""
    row = repository.find_entry(db, user.id, uuid)
    if row is None:
        raise NotFoundError("There is no such entry in your journal.")
    return row


def put_entry(db: Session, user: User, uuid: UUID, body: schemas.EntryIn) -> tuple[Entry, bool]:
    """Makes an entry or replaces it, whatever its time; whether it is new."""
    if body.at > utcnow() + AHEAD:
        raise InvalidError("The entry lies in the future; give a time that has been.")
    lock_user(db, user.id)
    row = repository.find_entry(db, user.id, uuid)
    new = row is None
    touched = [body.at]
    if row is None:
        row = Entry(user_id=user.id, uuid=uuid)
        db.add(row)
    else:
        touched.append(row.at)
    row.at, row.note = body.at, body.note
    row.emotion = None if body.emotion is None else IDS[body.emotion]
    db.flush()
    repository.set_tags(db, row.id, {str(kind): words for kind, words in body.tags.items()})
    sums.recount_at(db, user, touched)
    return row, new


def delete_entry(db: Session, user: User, uuid: UUID) -> None:
    lock_user(db, user.id)
    row = entry(db, user, uuid)
    db.delete(row)
    db.flush()
    sums.recount_at(db, user, [row.at])


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
