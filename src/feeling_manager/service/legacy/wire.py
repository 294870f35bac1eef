"""What the original service's clients send and read: fields of any kind in, always status 200 and its strings out."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from fastapi import Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from feeling_manager.service.accounts import service as account_service
from feeling_manager.service.context import Visit, address_of, identify, service_of
from feeling_manager.service.db import is_away, utcnow
from feeling_manager.service.errors import ServiceError, frames
from feeling_manager.service.journal import sums
from feeling_manager.service.models import User

log = structlog.get_logger("legacy")

NAMES = {emotion.name: emotion.id for emotion in account_service.FIVE}
Fields = dict[str, Any]


class BadFieldsError(ServiceError):
    """A body that does not fit; answered with the row's error string."""


async def fields_of(request: Request) -> Fields:
    try:
        value = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def answer(value: object) -> Response:
    return Response(json.dumps(value), media_type="application/json")


async def run(work: Callable[[], Response], failure: Callable[[], Response]) -> Response:
    """The row's error string where something fails; what it was is in the log, never passed off as success."""
    try:
        return await run_in_threadpool(work)
    except ServiceError as error:
        log.info("refused", code=error.code)
        return failure()
    except Exception as error:
        if not is_away(error):
            log.error("unexpected", kind=type(error).__name__, frames=frames(error))
        else:
            log.warning("database away")
        return failure()


def text(fields: Fields, name: str, most: int) -> str:
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= most or "\x00" in value:
        raise BadFieldsError(f"{name} is missing or too long.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadFieldsError(f"{name} holds characters that are no text.") from error
    return value


def number(value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise BadFieldsError("A number is missing.")
    try:
        number = int(value)
    except ValueError as error:
        raise BadFieldsError("This is no number.") from error
    if not least <= number <= most:
        raise BadFieldsError(f"The number is not within {least} and {most}.")
    return number


def genres_of(fields: Fields) -> dict[int, frozenset[int]]:
    """Ten characters of 0 and 1 per emotion; an empty one is the default."""
    chosen = {}
    for name, number in NAMES.items():
        bits = fields.get(name, "")
        if bits == "":
            chosen[number] = account_service.DEFAULT_GENRES
        elif isinstance(bits, str) and len(bits) == 10 and set(bits) <= {"0", "1"}:
            chosen[number] = frozenset(place for place, bit in enumerate(bits, 1) if bit == "1")
        else:
            raise BadFieldsError(f"{name} is no genre preference: ten characters of 0 and 1.")
    return chosen


def bits_of(genres: frozenset[int]) -> str:
    return "".join("1" if genre in genres else "0" for genre in range(1, 11))


def visit_of(request: Request, db: Session) -> Visit:
    return Visit(db, service_of(request), address_of(request))


def signed_in(request: Request, work: Callable[[Session, User], Any], key: str, *, write: bool) -> Response:
    """Runs `work` for who is signed in; "authentication failed" under `key` for anybody else."""
    service = service_of(request)
    with service.database.begin(write=write) as db:
        found = identify(db, request)
        value = None if found is None else work(db, found[0])
    return answer({key: "authentication failed"} if found is None else value)


def asked_of(request: Request) -> datetime:
    """The `date` of the request, now where there is none: now is when the request came."""
    value = request.query_params.get("date")
    if value is None or value == "":
        return utcnow()
    try:
        moment = datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadFieldsError("date is seconds since 1970.") from error
    if not 1970 <= moment.year <= 9000:
        raise BadFieldsError("date is seconds since 1970.")
    return moment


def span_of(period: str, request: Request, zone: str) -> tuple[datetime | None, datetime | None]:
    """A calendar day or month of the service's zone, or the seven days up to the date."""
    if period == "all":
        return None, None
    asked = asked_of(request)
    if period == "week":
        return asked - timedelta(days=7), asked + timedelta(milliseconds=1)
    day = asked.astimezone(ZoneInfo(zone)).date()
    if period == "day":
        return sums.bounds(day, day, zone)
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return sums.bounds(day.replace(day=1), following - timedelta(days=1), zone)
