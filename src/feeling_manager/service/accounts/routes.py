"""Accounts, sign-ins, preferences and consents over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from feeling_manager.labels import NAMES
from feeling_manager.music.recommender.types import Goal
from feeling_manager.service.accounts import repository, schemas, service
from feeling_manager.service.context import Service, SignedIn, Visited
from feeling_manager.service.db import utcnow
from feeling_manager.service.errors import NotFoundError, problems
from feeling_manager.service.journal import export
from feeling_manager.service.journal.service import delete_spells
from feeling_manager.service.schemas import IDS, emotion_name
from feeling_manager.service.security import COOKIE, DEVICE_COOKIE
from feeling_manager.service.songs import feedback
from feeling_manager.service.sync import repository as changes
from feeling_manager.service.sync.repository import Edit

router = APIRouter(tags=["account"])


def set_cookies(request: Request, response: Response, parts: Service, token: str, user_id: int) -> None:
    """The session's cookie: kept from scripts, over TLS only where there is TLS."""
    secure = request.url.scheme == "https"
    # a page of another origin that we named can only send a cookie of SameSite=None, which needs TLS
    cross = secure and bool(parts.settings.allowed_origins)
    age = parts.settings.session_days * 86400
    same_site: Literal["lax", "none"] = "none" if cross else "lax"
    response.set_cookie(COOKIE, token, max_age=age, httponly=True, secure=secure, samesite=same_site, path="/")
    response.set_cookie(
        DEVICE_COOKIE, parts.keys.device(user_id), max_age=365 * 86400, httponly=True, secure=secure, samesite=same_site
    )


@router.post("/account", status_code=201, responses=problems(403, 409, 422, 429))
def register(body: schemas.Registration, request: Request, response: Response, visit: Visited) -> schemas.Registered:
    """Make an account and sign in. The recovery codes are shown only here."""
    user, codes = service.register(
        visit,
        username=body.username,
        password=body.password,
        name=body.name or body.username,
        email=body.email,
        sex=body.sex,
        zone=body.zone,
        language=body.language,
    )
    set_cookies(request, response, visit.service, service.start_session(visit, user, body.device), user.id)
    return schemas.Registered(
        account=service.describe(visit.db, user),
        device_key=service.device_key(visit.db, user),
        recovery_codes=codes,
    )


@router.get("/account", responses=problems(401))
def read_account(me: SignedIn) -> schemas.Account:
    """One's own account."""
    return service.describe(me.db, me.user)


@router.patch("/account", responses=problems(401, 403, 409, 422))
def change_account(body: schemas.AccountChange, me: SignedIn) -> schemas.Account:
    """Change what is named in the body. Another zone makes all days be counted anew."""
    new = body.model_dump(exclude_unset=True)
    if "sex" in new:
        me.user.sex = new["sex"]
    if "email" in new:
        me.user.email = new["email"]
        me.user.email_key = repository.fold(new["email"]) if new["email"] else None
    repository.save_user(me.db, me.user)
    service.change_settings(me.db, me.user, new)
    changes.record(me.db, me.user.id, [Edit("settings", "account")])
    return service.describe(me.db, me.user)


@router.put("/account/password", status_code=204, responses=problems(401, 403, 422, 429))
def change_password(body: schemas.PasswordChange, me: SignedIn) -> None:
    """Change the password; every other device is signed out."""
    service.confirm(me, me.user, body.password)
    service.set_password(me.db, me.service, me.user, body.new_password, but=me.sign_in.id)


@router.post("/account/deletion", status_code=204, responses=problems(401, 403, 422, 429))
def delete_account(body: schemas.PasswordProof, response: Response, me: SignedIn) -> None:
    """Delete the account with all its data, at once."""
    service.confirm(me, me.user, body.password)
    feedback.forget(me.db, me.user)
    changes.end_sessions(me.db, me.user.id)
    repository.remove_user(me.db, me.user.id)
    response.delete_cookie(COOKIE)


@router.get(
    "/account/export",
    response_class=StreamingResponse,
    responses=problems(401, 422)
    | {200: {"content": {"application/json": {}, "text/csv": {}}, "description": "All one's data"}},
)
def export_account(
    me: SignedIn,
    format: Annotated[Literal["json", "csv"], Query()] = "json",  # noqa: A002 (the parameter's name on the wire)
    table: Annotated[Literal["spells", "entries", "plays", "days"], Query(description="of CSV")] = "spells",
) -> StreamingResponse:
    """All one's data as JSON, or one table of it as CSV."""
    if format == "json":
        stream, kind, name = export.as_json(me.service, me.user.id), "application/json", "feeling.json"
    else:
        stream, kind, name = export.as_csv(me.service, me.user.id, table), "text/csv", f"feeling-{table}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(stream, media_type=kind, headers=headers)


@router.post("/account/recovery", responses=problems(401, 403, 422, 429))
def recover(body: schemas.Recovery, visit: Visited) -> schemas.Recovered:
    """Set a new password by one of the recovery codes, and learn the id; every device is signed out."""
    user = service.recover(visit, body.code, body.new_password)
    return schemas.Recovered(username=user.username, device_key=service.device_key(visit.db, user))


@router.post("/account/recovery-codes", responses=problems(401, 403, 422, 429))
def renew_recovery(body: schemas.PasswordProof, me: SignedIn) -> schemas.RecoveryCodes:
    """New recovery codes; the old ones stop working."""
    service.confirm(me, me.user, body.password)
    return schemas.RecoveryCodes(recovery_codes=service.renew_recovery(me.db, me.service, me.user))


@router.post("/session", responses=problems(401, 403, 422, 429))
def sign_in(body: schemas.Credentials, request: Request, response: Response, visit: Visited) -> schemas.SessionAnswer:
    """Sign in: a cookie, or a token where `bearer` is asked for."""
    device = request.cookies.get(DEVICE_COOKIE)
    user = service.check_password(visit, body.username, body.password, device=device)
    token = service.start_session(visit, user, body.device)
    if not body.bearer:
        set_cookies(request, response, visit.service, token, user.id)
    return schemas.SessionAnswer(
        account=service.describe(visit.db, user),
        device_key=service.device_key(visit.db, user),
        token=token if body.bearer else None,
    )


@router.delete("/session", status_code=204, responses=problems(401, 403))
def sign_out(response: Response, me: SignedIn) -> None:
    """Sign this device out."""
    repository.remove_sign_ins(me.db, me.user.id, only=me.sign_in.id)
    response.delete_cookie(COOKIE)


@router.get("/sessions", responses=problems(401))
def list_devices(me: SignedIn) -> list[schemas.DeviceAnswer]:
    """The devices that are signed in."""
    return [
        schemas.DeviceAnswer(
            id=row.id,
            device=row.device,
            current=row.id == me.sign_in.id,
            created_at=row.created_at,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
        )
        for row in repository.sign_ins(me.db, me.user.id, utcnow())
    ]


@router.delete("/sessions/{number}", status_code=204, responses=problems(401, 403, 404, 422))
def revoke_device(number: Annotated[int, Path(ge=1, le=2**53)], me: SignedIn) -> None:
    """Sign one device out."""
    if not repository.remove_sign_ins(me.db, me.user.id, only=number):
        raise NotFoundError("There is no such device; see GET /api/v1/sessions.")


@router.get("/preferences", responses=problems(401))
def read_preferences(me: SignedIn) -> schemas.PreferencesAnswer:
    """The ticked genres per emotion, and what music shall do in it."""
    return _preferences(me)


@router.put("/preferences", responses=problems(401, 403, 422))
def set_preferences(body: schemas.Preferences, me: SignedIn) -> schemas.PreferencesAnswer:
    """Tick genres, and choose goals, for the emotions in the body; the others stay. None ticked means any song."""
    repository.set_preferences(me.db, me.user.id, {IDS[name]: frozenset(g) for name, g in body.genres.items()})
    repository.set_goals(me.db, me.user.id, {IDS[name]: goal for name, goal in body.goals.items()})
    return _preferences(me)


def _preferences(me: SignedIn) -> schemas.PreferencesAnswer:
    found = repository.preferences(me.db, me.user.id)
    chosen, usual = repository.goals(me.db, me.user.id), me.service.settings.goals
    return schemas.PreferencesAnswer(
        genres={emotion_name(e): sorted(g) for e, g in sorted(found.items())},
        goals={name: chosen.get(IDS[name]) or usual.get(name, Goal.MATCH) for name in NAMES},
    )


@router.get("/consents", responses=problems(401))
def read_consents(me: SignedIn) -> list[schemas.ConsentAnswer]:
    """All consents that were ever given, oldest first."""
    return [
        schemas.ConsentAnswer.model_validate(row, from_attributes=True)
        for row in repository.consents(me.db, me.user.id)
    ]


@router.put("/consents/{purpose}", responses=problems(401, 403, 422))
def give_consent(purpose: schemas.Purpose, body: schemas.ConsentGiven, me: SignedIn) -> schemas.ConsentAnswer:
    """Consent to a purpose, in this version of its text."""
    given = service.give_consent(me.db, me.user, purpose, body.version)
    return schemas.ConsentAnswer.model_validate(given, from_attributes=True)


@router.delete("/consents/{purpose}", responses=problems(401, 403, 422))
def withdraw_consent(purpose: schemas.Purpose, me: SignedIn) -> schemas.Withdrawn:
    """Withdraw a consent. What was stored of the face by it is removed, here and on every device.

    `journal`: all spells, and what the face showed after songs. `camera`, `measuring`: the latter, once neither stands.
    What you wrote yourself, and the songs, stay; delete them as you like.
    """
    repository.withdraw(me.db, me.user.id, purpose, utcnow())
    spells = delete_spells(me.db, me.user) if purpose == "journal" else 0
    measured = 0
    if purpose == "journal" or not repository.stands(me.db, me.user.id, *feedback.MEASURING):
        measured = feedback.forget_measured(me.db, me.service.settings, me.user)
    return schemas.Withdrawn(spells=spells, measurements=measured)
