"""The contract of the original service, over the functions of the new one: always status 200, the strings as they were.

Unknown fields are ignored (a `userId` or `user_id` in a body authenticates nobody), bodies are JSON whatever the
Content-Type says, numbers may be strings.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from feeling_manager.labels import BY_ID
from feeling_manager.service.accounts import repository as accounts
from feeling_manager.service.accounts import service as account_service
from feeling_manager.service.accounts.routes import set_cookies
from feeling_manager.service.context import Visit, address_of, identify, is_foreign, service_of
from feeling_manager.service.db import is_away, utcnow
from feeling_manager.service.errors import EmailTakenError, ServiceError, UsernameTakenError, frames
from feeling_manager.service.journal import repository as journal
from feeling_manager.service.journal import sums
from feeling_manager.service.models import User
from feeling_manager.service.security import COOKIE, DEVICE_COOKIE
from feeling_manager.service.songs import service as songs

router = APIRouter(include_in_schema=False)
log = structlog.get_logger("legacy")

NAMES = {emotion.name: emotion.id for emotion in account_service.FIVE}
Fields = dict[str, Any]


class _BadFieldsError(ServiceError):
    """A body that does not fit; answered with the row's error string."""


async def _fields(request: Request) -> Fields:
    try:
        value = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _answer(value: object) -> Response:
    return Response(json.dumps(value), media_type="application/json")


async def _run(work: Callable[[], Response], failure: Callable[[], Response]) -> Response:
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


def _text(fields: Fields, name: str, most: int) -> str:
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= most or "\x00" in value:
        raise _BadFieldsError(f"{name} is missing or too long.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _BadFieldsError(f"{name} holds characters that are no text.") from error
    return value


def _number(value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _BadFieldsError("A number is missing.")
    try:
        number = int(value)
    except ValueError as error:
        raise _BadFieldsError("This is no number.") from error
    if not least <= number <= most:
        raise _BadFieldsError(f"The number is not within {least} and {most}.")
    return number


def _genres(fields: Fields) -> dict[int, frozenset[int]]:
    """Ten characters of 0 and 1 per emotion; an empty one is the default."""
    chosen = {}
    for name, number in NAMES.items():
        bits = fields.get(name, "")
        if bits == "":
            chosen[number] = account_service.DEFAULT_GENRES
        elif isinstance(bits, str) and len(bits) == 10 and set(bits) <= {"0", "1"}:
            chosen[number] = frozenset(place for place, bit in enumerate(bits, 1) if bit == "1")
        else:
            raise _BadFieldsError(f"{name} is no genre preference: ten characters of 0 and 1.")
    return chosen


def _bits(genres: frozenset[int]) -> str:
    return "".join("1" if genre in genres else "0" for genre in range(1, 11))


def _visit(request: Request, db: Session) -> Visit:
    return Visit(db, service_of(request), address_of(request))


def _signed_in(request: Request, work: Callable[[Session, User], Any], key: str, *, write: bool) -> Response:
    """Runs `work` for who is signed in; "authentication failed" under `key` for anybody else."""
    service = service_of(request)
    with service.database.begin(write=write) as db:
        found = identify(db, request)
        value = None if found is None else work(db, found[0])
    return _answer({key: "authentication failed"} if found is None else value)


# -- member --------------------------------------------------------------------------------------------------------


@router.post("/member/register")
async def register(request: Request) -> Response:
    fields = await _fields(request)

    def work() -> Response:
        if is_foreign(request):
            raise _BadFieldsError("From a page of another origin.")
        service = service_of(request)
        with service.database.begin() as db:
            try:
                account_service.register(
                    _visit(request, db),
                    username=_text(fields, "userId", 50),
                    password=_text(fields, "userPw", 1000),
                    name=_text(fields, "userName", 50),
                    email=_text(fields, "userEmail", 50),
                    sex=_number(fields.get("userSex"), 1, 2),
                    genres=_genres(fields),
                )
            except UsernameTakenError:
                return _answer({"result": "overlaped ID"})
            except EmailTakenError:
                return _answer({"result": "overlaped Email"})
        return _answer({"result": "success"})

    return await _run(work, lambda: _answer({"result": "undefiend Error"}))


@router.post("/member/login")
async def login(request: Request) -> Response:
    fields = await _fields(request)

    def work() -> Response:
        if is_foreign(request):
            raise _BadFieldsError("From a page of another origin.")
        service = service_of(request)
        with service.database.begin() as db:
            visit = _visit(request, db)
            user = account_service.check_password(
                visit,
                _text(fields, "userId", 1000),
                _text(fields, "userPw", 1000),
                device=request.cookies.get(DEVICE_COOKIE),
            )
            token = account_service.start_session(visit, user, request.headers.get("user-agent", "")[:200])
        response = _answer({"result": "success"})
        set_cookies(request, response, service, token, user.id)
        return response

    return await _run(work, lambda: _answer({"result": "fail"}))


@router.get("/member/logout")
async def logout(request: Request) -> Response:
    response = RedirectResponse("/", status_code=302)
    response.delete_cookie(COOKIE)

    def work() -> Response:
        with service_of(request).database.begin() as db:
            found = identify(db, request)
            if found is not None:
                accounts.remove_sign_ins(db, found[0].id, only=found[1].id)
        return response

    return await _run(work, lambda: response)


@router.get("/member/search")
async def search(request: Request) -> Response:
    def describe(db: Session, user: User) -> Any:
        chosen = accounts.preferences(db, user.id)
        about = {"uid": user.id, "id": user.username, "name": user.name, "sex": user.sex, "email": user.email}
        return about | {name: _bits(chosen.get(number, frozenset())) for name, number in NAMES.items()}

    return await _run(
        lambda: _signed_in(request, describe, "result", write=False), lambda: _answer({"result": "undefined Error"})
    )


@router.post("/member/modify/info")
async def modify_info(request: Request) -> Response:
    fields = await _fields(request)

    def change(db: Session, user: User) -> Any:
        email = _text(fields, "userEmail", 50)
        user.name, user.sex = _text(fields, "userName", 50), _number(fields.get("userSex"), 1, 2)
        user.email, user.email_key = email, accounts.fold(email)
        user.password_hash = service_of(request).passwords.hash(_text(fields, "userPw", 1000))
        accounts.save_user(db, user)
        return {"result": "success"}

    return await _run(
        lambda: _signed_in(request, change, "result", write=True), lambda: _answer({"result": "undefined Error"})
    )


@router.post("/member/modify/genre")
async def modify_genre(request: Request) -> Response:
    fields = await _fields(request)

    def change(db: Session, user: User) -> Any:
        accounts.set_preferences(db, user.id, _genres(fields))
        return {"result": "success"}

    return await _run(
        lambda: _signed_in(request, change, "result", write=True), lambda: _answer({"result": "undefined Error"})
    )


# -- emotion -------------------------------------------------------------------------------------------------------


@router.post("/emotion/recommend")
async def recommend(request: Request) -> Response:
    fields = await _fields(request)

    def choose(db: Session, user: User) -> Any:
        emotion = BY_ID[_number(fields.get("emotion_data"), 1, 5)]
        return {"result": songs.recommend_by_genre(db, user, emotion)}

    return await _run(
        lambda: _signed_in(request, choose, "result", write=True), lambda: _answer({"result": "undefined error"})
    )


@router.get("/emotion/recommend/random")
async def recommend_random(request: Request) -> Response:
    def work() -> Response:
        with service_of(request).database.begin(write=False) as db:
            return _answer({"result": songs.random_video(db)})

    return await _run(work, lambda: _answer({"result": "undefined error"}))


def _asked(request: Request) -> datetime:
    """The `date` of the request, now where there is none: now is when the request came."""
    value = request.query_params.get("date")
    if value is None or value == "":
        return utcnow()
    try:
        moment = datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _BadFieldsError("date is seconds since 1970.") from error
    if not 1970 <= moment.year <= 9000:
        raise _BadFieldsError("date is seconds since 1970.")
    return moment


def _range(period: str, request: Request, zone: str) -> tuple[datetime | None, datetime | None]:
    """A calendar day or month of the service's zone, or the seven days up to the date."""
    if period == "all":
        return None, None
    asked = _asked(request)
    if period == "week":
        return asked - timedelta(days=7), asked + timedelta(milliseconds=1)
    day = asked.astimezone(ZoneInfo(zone)).date()
    if period == "day":
        return sums.bounds(day, day, zone)
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return sums.bounds(day.replace(day=1), following - timedelta(days=1), zone)


async def _info(request: Request, period: str) -> Response:
    def find(db: Session, user: User) -> Any:
        start, end = _range(period, request, service_of(request).settings.zone)
        rows = journal.plays(db, user.id, start, end, emotions=list(NAMES.values()), limit=None)
        return {
            "result": [
                {
                    "datetime": format_datetime(row.play.at.replace(microsecond=0), usegmt=True),
                    "timestamp": int(row.play.at.timestamp()),
                    "emotion": row.play.emotion,
                    "songUrl": row.video_id,
                }
                for row in rows
            ]
        }

    return await _run(
        lambda: _signed_in(request, find, "result_f", write=False), lambda: _answer({"result_f": "undefined error"})
    )


async def _stat(request: Request, period: str) -> Response:
    def count(db: Session, user: User) -> Any:
        start, end = _range(period, request, service_of(request).settings.zone)
        if start is None or end is None:
            found = journal.count_all_plays(db, user.id)
        else:
            found = journal.count_plays(db, user.id, start, end)
        counts = {f"{name}Count": found.get(number, 0) for name, number in NAMES.items()}
        return {"result": {"count": sum(counts.values())} | counts}

    return await _run(
        lambda: _signed_in(request, count, "result_f", write=False), lambda: _answer({"result_f": "undefined error"})
    )


@router.get("/emotion/info_day")
async def info_day(request: Request) -> Response:
    return await _info(request, "day")


@router.get("/emotion/info_week")
async def info_week(request: Request) -> Response:
    return await _info(request, "week")


@router.get("/emotion/info_month")
async def info_month(request: Request) -> Response:
    return await _info(request, "month")


@router.get("/emotion/info")
async def info(request: Request) -> Response:
    return await _info(request, "all")


@router.get("/emotion/stat_day")
async def stat_day(request: Request) -> Response:
    return await _stat(request, "day")


@router.get("/emotion/stat_month")
async def stat_month(request: Request) -> Response:
    return await _stat(request, "month")


@router.get("/emotion/stat")
async def stat(request: Request) -> Response:
    return await _stat(request, "all")
