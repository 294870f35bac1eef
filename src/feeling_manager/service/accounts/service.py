"""What one can do with an account. Passwords are verified in one place, whichever contract asks."""

import base64
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from feeling_manager.labels import ANGER, FEAR, HAPPINESS, SADNESS, SURPRISE
from feeling_manager.service.accounts import repository
from feeling_manager.service.accounts.schemas import Account
from feeling_manager.service.context import Service, Visit
from feeling_manager.service.db import utcnow
from feeling_manager.service.errors import TooManyError, WrongCredentialsError
from feeling_manager.service.journal import sums
from feeling_manager.service.models import Consent, SignIn, User
from feeling_manager.service.sync import repository as changes
from feeling_manager.service.sync.repository import Edit

FIVE = (ANGER, FEAR, HAPPINESS, SADNESS, SURPRISE)
"""The emotions of the old service, by id."""
DEFAULT_GENRES = frozenset({10})
RECOVERY_CODES = 10
MOST_DEVICES = 50
_WINDOW = 300.0


def register(
    visit: Visit,
    *,
    username: str,
    password: str,
    name: str,
    email: str | None,
    sex: int | None,
    zone: str | None = None,
    language: str = "ko",
    genres: dict[int, frozenset[int]] | None = None,
) -> tuple[User, list[str]]:
    """A new account and its recovery codes. Raises TooManyError, UsernameTakenError, EmailTakenError."""
    visit.limit("register", visit.service.settings.registrations, 3600.0)
    return create(
        visit.db,
        visit.service,
        username=username,
        password_hash=visit.service.passwords.hash(password),
        name=name,
        email=email,
        sex=sex,
        zone=zone,
        language=language,
        genres=genres,
    )


def create(
    db: Session,
    service: Service,
    *,
    username: str,
    password_hash: str,
    name: str,
    email: str | None,
    sex: int | None,
    zone: str | None = None,
    language: str = "ko",
    genres: dict[int, frozenset[int]] | None = None,
) -> tuple[User, list[str]]:
    """As `register`, for operators and imports: without limits."""
    user = User(
        username=username,
        username_key=repository.fold(username),
        email=email or None,
        email_key=repository.fold(email) if email else None,
        name=name,
        sex=sex,
        password_hash=password_hash,
        zone=zone or service.settings.zone,
        language=language,
        retention_days=service.settings.retention_days,
        sums_until=None,
        created_at=utcnow(),
        disabled_at=None,
    )
    repository.add_user(db, user)
    changes.record(db, user.id, [Edit("settings", "account"), Edit("settings", "consents")])
    if genres:
        repository.set_preferences(db, user.id, genres)
    return user, renew_recovery(db, service, user)


def renew_recovery(db: Session, service: Service, user: User) -> list[str]:
    """New recovery codes in the place of the old."""
    codes = [service.keys.recovery_code() for _ in range(RECOVERY_CODES)]
    repository.set_recovery(db, user.id, map(service.keys.recovery_hash, codes))
    return codes


def check_password(visit: Visit, username: str, password: str, *, device: str | None = None) -> User:
    """The account, when the password is right; the same words and the same time for an id that is not there.

    Failures are limited per address and per account. A browser that signed in before (`device`) has a count of its
    own, so that strangers can't lock its owner out. Raises WrongCredentialsError, TooManyError.
    """
    service, limiter = visit.service, visit.service.limiter
    visit.limit("sign-in", service.settings.address_tries, _WINDOW)
    # a transaction of its own: on SQLite nobody else writes while one is open, and Argon2 takes its time
    with service.database.begin(write=False) as db:
        user = repository.find_user(db, username)
    key = f"account {repository.fold(username)[:200]}"
    if user is not None and service.keys.knows_device(device, user.id):
        key = f"device {user.id}"
    wait = limiter.wait(key, service.settings.sign_in_tries, _WINDOW)
    if wait:
        raise TooManyError("Too many tries; wait a little.", retry_after=wait)
    right, better = service.passwords.verify(password, user.password_hash if user else None)
    if user is None or not right or user.disabled_at is not None:
        limiter.count(key, _WINDOW)
        raise WrongCredentialsError("The id or the password is wrong.")
    limiter.forget(key)
    current = visit.db.get(User, user.id)
    if current is None:
        raise WrongCredentialsError("The id or the password is wrong.")
    if better is not None:
        current.password_hash = better
    return current


def confirm(visit: Visit, user: User, password: str) -> None:
    """Raises WrongCredentialsError unless it is this signed-in person's password."""
    key = f"confirm {user.id}"
    wait = visit.service.limiter.wait(key, visit.service.settings.sign_in_tries, _WINDOW)
    if wait:
        raise TooManyError("Too many tries; wait a little.", retry_after=wait)
    if not visit.service.passwords.verify(password, user.password_hash)[0]:
        visit.service.limiter.count(key, _WINDOW)
        raise WrongCredentialsError("The password is wrong.")


def start_session(visit: Visit, user: User, device: str) -> str:
    """Signs a device in; its token, which is kept nowhere else."""
    token, now = visit.service.keys.token(), utcnow()
    visit.db.add(
        SignIn(
            user_id=user.id,
            token_hash=visit.service.keys.hash("session", token),
            device=device,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(days=visit.service.settings.session_days),
        )
    )
    visit.db.flush()
    repository.keep_newest(visit.db, user.id, MOST_DEVICES)
    return token


def set_password(db: Session, service: Service, user: User, password: str, *, but: int | None = None) -> None:
    """A new password; every other device is signed out."""
    user.password_hash = service.passwords.hash(password)
    repository.remove_sign_ins(db, user.id, but=but)


def recover(visit: Visit, code: str, password: str) -> User:
    """A new password by a recovery code, which works once and says whose it is: the id may be forgotten too.

    Raises WrongCredentialsError, TooManyError.
    """
    visit.limit("recover", visit.service.settings.sign_in_tries, _WINDOW)
    hashed = visit.service.passwords.hash(password)
    user = repository.use_recovery(visit.db, visit.service.keys.recovery_hash(code))
    if user is None:
        raise WrongCredentialsError("The recovery code is wrong or was used before.")
    user.password_hash = hashed
    repository.remove_sign_ins(visit.db, user.id)
    return user


def describe(db: Session, user: User) -> Account:
    return Account(
        id=user.id,
        username=user.username,
        name=user.name,
        email=user.email,
        sex=user.sex,
        zone=user.zone,
        language=user.language,
        retention_days=user.retention_days,
        created_at=user.created_at,
        recovery_codes_left=repository.recovery_left(db, user.id),
        database=changes.identity(db),
        sequence=changes.sequence_of(db, user.id),
    )


def change_settings(db: Session, user: User, new: dict[str, Any]) -> None:
    """Name, language, zone and retention, where they are in `new`. Another zone makes all days be counted anew."""
    for field in ("name", "language", "retention_days"):
        if new.get(field) is not None:
            setattr(user, field, new[field])
    db.flush()
    zone = new.get("zone")
    if zone is not None and zone != user.zone:
        sums.change_zone(db, user, zone)


def device_key(db: Session, user: User) -> str:
    """What the person's devices lock their journal with, as base64; only who signs in learns it."""
    if user.device_key is None:
        repository.lock_user(db, user.id)
        db.refresh(user, ["device_key"])
        user.device_key = user.device_key or secrets.token_bytes(32)
        db.flush()
    return base64.b64encode(user.device_key).decode()


def give_consent(db: Session, user: User, purpose: str, version: str) -> Consent:
    """A new consent in the place of an older version's."""
    repository.withdraw(db, user.id, purpose, utcnow())
    consent = Consent(user_id=user.id, purpose=purpose, version=version, given_at=utcnow(), withdrawn_at=None)
    db.add(consent)
    db.flush()
    changes.record(db, user.id, [Edit("settings", "consents")])
    return consent
