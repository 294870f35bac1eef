"""Spells, entries, plays and their daily sums in the database."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, case, delete, func, insert, select, type_coerce, update
from sqlalchemy.orm import Session

from feeling_manager.service.db import to_millis
from feeling_manager.service.models import Ban, DaySum, Entry, EntryTag, Play, SongRow, SpellRow
from feeling_manager.service.sync import repository as changes
from feeling_manager.service.sync.repository import Edit

LONGEST = 600
"""Seconds of a spell, at most: twice what the clients make, so that one that was late with its clock is not refused."""


class DayEmotion(NamedTuple):
    """Sums of one emotion; see `models.DaySum`."""

    day: date
    emotion: int
    millis: int
    unclear: float
    valence: float
    arousal: float
    spells: int
    entries: int
    plays: int


# -- spells --------------------------------------------------------------------------------------------------------


def known_spells(db: Session, user_id: int, uuids: Sequence[UUID]) -> set[UUID]:
    return set(db.scalars(select(SpellRow.uuid).where(SpellRow.user_id == user_id, SpellRow.uuid.in_(uuids))))


def add_spells(db: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.execute(insert(SpellRow), rows)


def find_spell(db: Session, user_id: int, uuid: UUID) -> SpellRow | None:
    return db.scalar(select(SpellRow).where(SpellRow.user_id == user_id, SpellRow.uuid == uuid))


def spells(
    db: Session,
    user_id: int,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    emotion: int | None = None,
    after: int | None = None,
    limit: int = 100,
) -> Sequence[SpellRow]:
    """By start, oldest first; `after`: the id of the last row of the page before."""
    query = select(SpellRow).where(SpellRow.user_id == user_id)
    if start is not None:
        query = query.where(SpellRow.start >= start)
    if end is not None:
        query = query.where(SpellRow.start < end)
    if emotion is not None:
        query = query.where(SpellRow.emotion == emotion)
    if after is not None:
        last = db.get(SpellRow, after)
        if last is not None and last.user_id == user_id:
            later = (SpellRow.start == last.start) & (SpellRow.id > last.id)
            query = query.where(SpellRow.start >= last.start, (SpellRow.start > last.start) | later)
    return db.scalars(query.order_by(SpellRow.start, SpellRow.id).limit(limit)).all()


# -- entries -------------------------------------------------------------------------------------------------------


def find_entry(db: Session, user_id: int, uuid: UUID) -> Entry | None:
    return db.scalar(select(Entry).where(Entry.user_id == user_id, Entry.uuid == uuid))


def entries(
    db: Session,
    user_id: int,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    emotion: int | None = None,
    tag: str | None = None,
    after: int | None = None,
    limit: int = 100,
) -> Sequence[Entry]:
    """By time, oldest first."""
    query = select(Entry).where(Entry.user_id == user_id)
    if start is not None:
        query = query.where(Entry.at >= start)
    if end is not None:
        query = query.where(Entry.at < end)
    if emotion is not None:
        query = query.where(Entry.emotion == emotion)
    if tag is not None:
        query = query.where(Entry.id.in_(select(EntryTag.entry_id).where(EntryTag.word == tag)))
    if after is not None:
        last = db.get(Entry, after)
        if last is not None and last.user_id == user_id:
            query = query.where(
                Entry.at >= last.at, (Entry.at > last.at) | ((Entry.at == last.at) & (Entry.id > last.id))
            )
    return db.scalars(query.order_by(Entry.at, Entry.id).limit(limit)).all()


def tags_of(db: Session, entry_ids: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    """Words per kind per entry."""
    found: dict[int, dict[str, list[str]]] = {}
    query = select(EntryTag).where(EntryTag.entry_id.in_(entry_ids)).order_by(EntryTag.kind, EntryTag.word)
    for tag in db.scalars(query):
        found.setdefault(tag.entry_id, {}).setdefault(tag.kind, []).append(tag.word)
    return found


def set_tags(db: Session, entry_id: int, tags: dict[str, list[str]]) -> None:
    db.execute(delete(EntryTag).where(EntryTag.entry_id == entry_id))
    rows = [{"entry_id": entry_id, "kind": kind, "word": w} for kind, words in tags.items() for w in sorted(set(words))]
    if rows:
        db.execute(insert(EntryTag), rows)


# -- plays ---------------------------------------------------------------------------------------------------------


class Played(NamedTuple):
    """A play with what one needs to show of its song."""

    play: Play
    title: str
    artist: str
    video_id: str | None


def plays(
    db: Session,
    user_id: int,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    emotions: Sequence[int] | None = None,
    after: int | None = None,
    limit: int | None = 100,
) -> list[Played]:
    """By time, oldest first."""
    query = (
        select(Play, SongRow.title, SongRow.artist, SongRow.video_id)
        .join(SongRow, SongRow.id == Play.song_id)
        .where(Play.user_id == user_id)
    )
    if start is not None:
        query = query.where(Play.at >= start)
    if end is not None:
        query = query.where(Play.at < end)
    if emotions is not None:
        query = query.where(Play.emotion.in_(emotions))
    if after is not None:
        last = db.get(Play, after)
        if last is not None and last.user_id == user_id:
            query = query.where(Play.at >= last.at, (Play.at > last.at) | ((Play.at == last.at) & (Play.id > last.id)))
    return [Played(*row) for row in db.execute(query.order_by(Play.at, Play.id).limit(limit))]


def bans(db: Session, user_id: int) -> Sequence[str]:
    """Songs that are never to be given to this person again."""
    return db.scalars(select(Ban.song_id).where(Ban.user_id == user_id)).all()


def find_play(db: Session, user_id: int, number: int) -> Play | None:
    return db.scalar(select(Play).where(Play.user_id == user_id, Play.id == number))


def count_plays(db: Session, user_id: int, start: datetime, end: datetime) -> dict[int, int]:
    """Plays per emotion id, counted in the database."""
    query = (
        select(Play.emotion, func.count())
        .where(Play.user_id == user_id, Play.at >= start, Play.at < end)
        .group_by(Play.emotion)
    )
    return {emotion: int(number) for emotion, number in db.execute(query)}


def count_all_plays(db: Session, user_id: int) -> dict[int, int]:
    """As `count_plays`, of all time, from the daily sums."""
    query = select(DaySum.emotion, func.sum(DaySum.plays)).where(DaySum.user_id == user_id).group_by(DaySum.emotion)
    return {emotion: int(number) for emotion, number in db.execute(query)}


# -- daily sums ----------------------------------------------------------------------------------------------------


def recount_day(db: Session, user_id: int, day: date, start: datetime, end: datetime) -> None:
    """Makes the sums of one day again from its rows."""
    sums: dict[int, dict[str, Any]] = {}
    # the columns are kept as milliseconds: their difference is one too
    begin, finish = type_coerce(SpellRow.start, BigInteger), type_coerce(SpellRow.end, BigInteger)
    first, last = to_millis(start), to_millis(end)
    # of a spell over midnight only what lies in this day; it is counted once, on the day of its start
    length = case((finish > last, last), else_=finish) - case((begin < first, first), else_=begin)
    query = (
        select(
            SpellRow.emotion,
            func.sum(length),
            func.sum(length * SpellRow.unclear_share),
            func.sum(length * SpellRow.valence),
            func.sum(length * SpellRow.arousal),
            func.sum(case((begin >= first, 1), else_=0)),
        )
        .where(
            SpellRow.user_id == user_id,
            SpellRow.start > start - timedelta(seconds=LONGEST),
            SpellRow.start < end,
            SpellRow.end > start,
        )
        .group_by(SpellRow.emotion)
    )
    for emotion, millis, unclear, valence, arousal, number in db.execute(query):
        sums[emotion] = {
            "millis": int(millis),
            "unclear": float(unclear),
            "valence": float(valence),
            "arousal": float(arousal),
            "spells": number,
        }
    written = select(Entry.emotion, func.count()).where(
        Entry.user_id == user_id, Entry.at >= start, Entry.at < end, Entry.emotion.is_not(None)
    )
    for picked, number in db.execute(written.group_by(Entry.emotion)):
        sums.setdefault(picked or 0, {})["entries"] = number
    for emotion, number in count_plays(db, user_id, start, end).items():
        sums.setdefault(emotion, {})["plays"] = number
    db.execute(delete(DaySum).where(DaySum.user_id == user_id, DaySum.day == day))
    zero = {"millis": 0, "unclear": 0.0, "valence": 0.0, "arousal": 0.0, "spells": 0, "entries": 0, "plays": 0}
    if sums:
        key = {"user_id": user_id, "day": day}
        db.execute(insert(DaySum), [key | {"emotion": emotion} | zero | values for emotion, values in sums.items()])


def add_play(db: Session, play: Play, day: date) -> None:
    """Keeps a play and counts it. The caller holds the person's lock."""
    db.add(play)
    row = db.get(DaySum, (play.user_id, day, play.emotion))
    if row is None:
        db.add(DaySum(user_id=play.user_id, day=day, emotion=play.emotion, plays=1))
    else:
        row.plays += 1
    db.flush()
    changes.record(db, play.user_id, [Edit("play", str(play.uuid))], new=True)


def day_sums(db: Session, user_id: int, first: date, last: date) -> list[DayEmotion]:
    """The sums of these days, at most eight rows a day."""
    query = select(*(getattr(DaySum, name) for name in DayEmotion._fields)).where(
        DaySum.user_id == user_id, DaySum.day >= first, DaySum.day <= last
    )
    return [DayEmotion(*row) for row in db.execute(query.order_by(DaySum.day, DaySum.emotion))]


def all_day_sums(db: Session, user_id: int) -> list[DayEmotion]:
    return day_sums(db, user_id, date(1, 1, 1), date(9999, 12, 31))


def remove_sums(db: Session, user_id: int, first: date) -> None:
    db.execute(delete(DaySum).where(DaySum.user_id == user_id, DaySum.day >= first))


_TIMES = (SpellRow.start, Entry.at, Play.at)


def span(db: Session, user_id: int) -> tuple[datetime, datetime] | None:
    """The first and the last moment of anything the person has; None where there is nothing."""
    found: list[datetime] = []
    for column in _TIMES:
        owner = column.class_.user_id
        for row in (db.scalar(select(func.min(column)).where(owner == user_id)),
                    db.scalar(select(func.max(column)).where(owner == user_id))):  # fmt: skip
            if row is not None:
                found.append(row)  # noqa: PERF401
    return (min(found), max(found)) if found else None


def days_with_rows(
    db: Session,
    user_id: int,
    days: Sequence[date],
    zone: str,
    bounds: Callable[[date, date, str], tuple[datetime, datetime]],
) -> list[date]:
    """Those of `days` on which the person has anything."""
    filled = []
    for day in days:
        start, end = bounds(day, day, zone)
        for column in _TIMES:
            owner = column.class_.user_id
            if db.scalar(select(owner).where(owner == user_id, column >= start, column < end).limit(1)) is not None:
                filled.append(day)
                break
    return filled


def remove_before(db: Session, user_id: int, edge: datetime) -> list[Edit]:
    """Takes the person's spells and plays of before `edge`; what they wrote stays. What went, as changes."""
    gone: list[Edit] = []
    for kind, table, column in (("spell", SpellRow, SpellRow.end), ("play", Play, Play.at)):
        # a spell over the edge's midnight counts in the day after it, which is still made anew
        old = (table.user_id == user_id) & (column <= edge if kind == "spell" else column < edge)
        gone += [Edit(kind, str(uuid), deleted=True) for uuid in db.scalars(select(table.uuid).where(old))]
        db.execute(delete(table).where(old))
    return gone


def remove_spells(db: Session, user_id: int) -> list[UUID]:
    """All spells of a person, and what they left in the sums of days; which."""
    gone = list(db.scalars(select(SpellRow.uuid).where(SpellRow.user_id == user_id)))
    db.execute(delete(SpellRow).where(SpellRow.user_id == user_id))
    nothing = {"millis": 0, "unclear": 0.0, "valence": 0.0, "arousal": 0.0, "spells": 0}
    db.execute(update(DaySum).where(DaySum.user_id == user_id).values(nothing))
    return gone


def spells_by_uuid(db: Session, user_id: int, uuids: Sequence[UUID]) -> list[SpellRow]:
    return list(db.scalars(select(SpellRow).where(SpellRow.user_id == user_id, SpellRow.uuid.in_(uuids))))


def entries_by_uuid(db: Session, user_id: int, uuids: Sequence[UUID]) -> list[Entry]:
    return list(db.scalars(select(Entry).where(Entry.user_id == user_id, Entry.uuid.in_(uuids))))


def plays_by_uuid(db: Session, user_id: int, uuids: Sequence[UUID]) -> list[Played]:
    query = (
        select(Play, SongRow.title, SongRow.artist, SongRow.video_id)
        .join(SongRow, SongRow.id == Play.song_id)
        .where(Play.user_id == user_id, Play.uuid.in_(uuids))
    )
    return [Played(*row) for row in db.execute(query)]
