"""The contract of the original service, over the functions of the new one: always status 200, the strings as they were.

Unknown fields are ignored (a `userId` or `user_id` in a body authenticates nobody), bodies are JSON whatever the
Content-Type says, numbers may be strings.
"""

from email.utils import format_datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from feeling_manager.labels import BY_ID
from feeling_manager.service.accounts import repository as accounts
from feeling_manager.service.accounts import service as account_service
from feeling_manager.service.accounts.routes import set_cookies
from feeling_manager.service.context import identify, is_foreign, service_of
from feeling_manager.service.errors import EmailTakenError, UsernameTakenError
from feeling_manager.service.journal import repository as journal
from feeling_manager.service.legacy.wire import (
    NAMES,
    BadFieldsError,
    answer,
    bits_of,
    fields_of,
    genres_of,
    number,
    run,
    signed_in,
    span_of,
    text,
    visit_of,
)
from feeling_manager.service.models import User
from feeling_manager.service.security import COOKIE, DEVICE_COOKIE
from feeling_manager.service.songs import service as songs
from feeling_manager.service.sync import repository as changes
from feeling_manager.service.sync.repository import Edit

router = APIRouter(include_in_schema=False)


# -- member --------------------------------------------------------------------------------------------------------


@router.post("/member/register")
async def register(request: Request) -> Response:
    fields = await fields_of(request)

    def work() -> Response:
        if is_foreign(request):
            raise BadFieldsError("From a page of another origin.")
        service = service_of(request)
        with service.database.begin() as db:
            try:
                account_service.register(
                    visit_of(request, db),
                    username=text(fields, "userId", 50),
                    password=text(fields, "userPw", 1000),
                    name=text(fields, "userName", 50),
                    email=text(fields, "userEmail", 50),
                    sex=number(fields.get("userSex"), 1, 2),
                    genres=genres_of(fields),
                )
            except UsernameTakenError:
                return answer({"result": "overlaped ID"})
            except EmailTakenError:
                return answer({"result": "overlaped Email"})
        return answer({"result": "success"})

    return await run(work, lambda: answer({"result": "undefiend Error"}))


@router.post("/member/login")
async def login(request: Request) -> Response:
    fields = await fields_of(request)

    def work() -> Response:
        if is_foreign(request):
            raise BadFieldsError("From a page of another origin.")
        service = service_of(request)
        with service.database.begin() as db:
            visit = visit_of(request, db)
            user = account_service.check_password(
                visit,
                text(fields, "userId", 1000),
                text(fields, "userPw", 1000),
                device=request.cookies.get(DEVICE_COOKIE),
            )
            token = account_service.start_session(visit, user, request.headers.get("user-agent", "")[:200])
        response = answer({"result": "success"})
        set_cookies(request, response, service, token, user.id)
        return response

    return await run(work, lambda: answer({"result": "fail"}))


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

    return await run(work, lambda: response)


@router.get("/member/search")
async def search(request: Request) -> Response:
    def describe(db: Session, user: User) -> Any:
        chosen = accounts.preferences(db, user.id)
        about = {"uid": user.id, "id": user.username, "name": user.name, "sex": user.sex, "email": user.email}
        return about | {name: bits_of(chosen.get(number, frozenset())) for name, number in NAMES.items()}

    return await run(
        lambda: signed_in(request, describe, "result", write=False), lambda: answer({"result": "undefined Error"})
    )


@router.post("/member/modify/info")
async def modify_info(request: Request) -> Response:
    fields = await fields_of(request)

    def change(db: Session, user: User) -> Any:
        email = text(fields, "userEmail", 50)
        user.name, user.sex = text(fields, "userName", 50), number(fields.get("userSex"), 1, 2)
        user.email, user.email_key = email, accounts.fold(email)
        user.password_hash = service_of(request).passwords.hash(text(fields, "userPw", 1000))
        accounts.save_user(db, user)
        changes.record(db, user.id, [Edit("settings", "account")])
        return {"result": "success"}

    return await run(
        lambda: signed_in(request, change, "result", write=True), lambda: answer({"result": "undefined Error"})
    )


@router.post("/member/modify/genre")
async def modify_genre(request: Request) -> Response:
    fields = await fields_of(request)

    def change(db: Session, user: User) -> Any:
        accounts.set_preferences(db, user.id, genres_of(fields))
        return {"result": "success"}

    return await run(
        lambda: signed_in(request, change, "result", write=True), lambda: answer({"result": "undefined Error"})
    )


# -- emotion -------------------------------------------------------------------------------------------------------


@router.post("/emotion/recommend")
async def recommend(request: Request) -> Response:
    fields = await fields_of(request)

    def choose(db: Session, user: User) -> Any:
        emotion = BY_ID[number(fields.get("emotion_data"), 1, 5)]
        return {"result": songs.recommend_by_genre(db, user, emotion)}

    return await run(
        lambda: signed_in(request, choose, "result", write=True), lambda: answer({"result": "undefined error"})
    )


@router.get("/emotion/recommend/random")
async def recommend_random(request: Request) -> Response:
    def work() -> Response:
        with service_of(request).database.begin(write=False) as db:
            return answer({"result": songs.random_video(db)})

    return await run(work, lambda: answer({"result": "undefined error"}))


async def _info(request: Request, period: str) -> Response:
    def find(db: Session, user: User) -> Any:
        start, end = span_of(period, request, service_of(request).settings.zone)
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

    return await run(
        lambda: signed_in(request, find, "result_f", write=False), lambda: answer({"result_f": "undefined error"})
    )


async def _stat(request: Request, period: str) -> Response:
    def count(db: Session, user: User) -> Any:
        start, end = span_of(period, request, service_of(request).settings.zone)
        if start is None or end is None:
            found = journal.count_all_plays(db, user.id)
        else:
            found = journal.count_plays(db, user.id, start, end)
        counts = {f"{name}Count": found.get(number, 0) for name, number in NAMES.items()}
        return {"result": {"count": sum(counts.values())} | counts}

    return await run(
        lambda: signed_in(request, count, "result_f", write=False), lambda: answer({"result_f": "undefined error"})
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
