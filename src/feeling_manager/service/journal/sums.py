"""Days: where they begin and end in a person's zone, and what each adds up to.

`day_sums` is made again from the rows of a day whenever those change, under a lock of the person, so it can't drift;
statistics of any length read a few rows a day.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from feeling_manager.service.accounts.repository import lock_user
from feeling_manager.service.db import utcnow
from feeling_manager.service.journal import repository
from feeling_manager.service.models import User
from feeling_manager.service.sync import repository as changes


def day_of(moment: datetime, zone: str) -> date:
    """The calendar day of a moment in a zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def written(moment: datetime) -> str:
    """A moment as answers spell it."""
    return moment.isoformat().replace("+00:00", "Z")


def bounds(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """From the first moment of one day to the first moment after another, in UTC."""
    place = ZoneInfo(zone)
    return (
        datetime.combine(first, time(), place).astimezone(UTC),
        datetime.combine(last + timedelta(days=1), time(), place).astimezone(UTC),
    )


def recount(db: Session, user: User, days: Iterable[date]) -> None:
    """Makes the sums of these days again. The caller holds the person's lock."""
    for day in sorted(set(days)):
        if user.sums_until is None or day >= user.sums_until:
            repository.recount_day(db, user.id, day, *bounds(day, day, user.zone))


def recount_at(db: Session, user: User, moments: Iterable[datetime]) -> None:
    recount(db, user, (day_of(moment, user.zone) for moment in moments))


def recount_spans(db: Session, user: User, spans: Iterable[tuple[datetime, datetime]]) -> None:
    """As `recount_at`, of the days that spells lie in: no spell is as long as a day."""
    last = timedelta(milliseconds=1)
    recount_at(db, user, (moment for start, end in spans for moment in (start, max(start, end - last))))


def change_zone(db: Session, user: User, zone: str) -> None:
    """Counts all days anew in another zone; days of which only sums are left stay as they are."""
    lock_user(db, user.id)
    spans = repository.span(db, user.id)
    if spans is not None:
        first = day_of(spans[0], user.zone) - timedelta(days=1)
        last = day_of(spans[1], user.zone) + timedelta(days=1)
        repository.remove_sums(db, user.id, max(first, user.sums_until) if user.sums_until else first)
    user.zone = zone
    if spans is not None:
        days = (last - first).days + 1
        filled = repository.days_with_rows(db, user.id, [first + timedelta(days=n) for n in range(days)], zone, bounds)
        recount(db, user, filled)


def horizon(user: User, now: datetime | None = None) -> datetime:
    """Before this moment only sums are kept."""
    day = day_of((now or utcnow()) - timedelta(days=user.retention_days), user.zone)
    if user.sums_until is not None and day < user.sums_until:
        day = user.sums_until
    return bounds(day, day, user.zone)[0]


def compact(db: Session, user: User, now: datetime | None = None) -> int:
    """Removes what is older than the retention, from devices too; the sums of those days stay. How many rows went."""
    lock_user(db, user.id)
    edge = horizon(user, now)
    gone = repository.remove_before(db, user.id, edge)
    if gone:
        user.sums_until = day_of(edge, user.zone)
        db.add(user)
        changes.record(db, user.id, gone)
    return len(gone)
