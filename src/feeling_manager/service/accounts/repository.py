"""Accounts in the database."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feeling_manager.service.errors import EmailTakenError, UsernameTakenError
from feeling_manager.service.models import Consent, GenrePreference, GoalPreference, RecoveryCode, SignIn, User
from feeling_manager.service.schemas import emotion_name
from feeling_manager.service.sync import repository as changes
from feeling_manager.service.sync.repository import Edit


def fold(text: str) -> str:
    """The form by which two names are the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def add_user(db: Session, user: User) -> User:
    """Raises UsernameTakenError or EmailTakenError; of two that come at once the database lets one in."""
    _refuse_taken(db, user)
    try:
        with db.begin_nested():
            db.add(user)
            db.flush()
    except IntegrityError as error:
        _explain(error)
    return user


def save_user(db: Session, user: User) -> None:
    """Writes changed fields of a user. Raises EmailTakenError."""
    try:
        with db.begin_nested():
            db.add(user)
            db.flush()
    except IntegrityError as error:
        _explain(error)


def _refuse_taken(db: Session, user: User) -> None:
    if db.scalar(select(User.id).where(User.username_key == user.username_key)) is not None:
        raise UsernameTakenError("This id is taken; choose another.")
    if user.email_key is not None and db.scalar(select(User.id).where(User.email_key == user.email_key)) is not None:
        raise EmailTakenError("There is an account with this e-mail address already.")


def _explain(error: IntegrityError) -> None:
    # the three databases word it differently, all name the column or its constraint
    words = str(error.orig)
    if "username_key" in words:
        raise UsernameTakenError("This id is taken; choose another.") from error
    if "email_key" in words:
        raise EmailTakenError("There is an account with this e-mail address already.") from error
    raise error


def find_user(db: Session, username: str) -> User | None:
    return db.scalar(select(User).where(User.username_key == fold(username)))


def users(db: Session, *, after: int = 0, limit: int = 500) -> Sequence[User]:
    """By id, from after `after`."""
    return db.scalars(select(User).where(User.id > after).order_by(User.id).limit(limit)).all()


def count_users(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(User)) or 0


def lock_user(db: Session, user_id: int) -> None:
    """Makes this person's other writers wait until the transaction ends."""
    db.execute(select(User.id).where(User.id == user_id).with_for_update())


def remove_user(db: Session, user_id: int) -> None:
    """With everything that is theirs (the tables cascade)."""
    db.execute(delete(User).where(User.id == user_id))


# -- devices -------------------------------------------------------------------------------------------------------


def find_sign_in(db: Session, token_hash: str, now: datetime) -> tuple[User, SignIn] | None:
    row = db.execute(
        select(User, SignIn)
        .join(SignIn, SignIn.user_id == User.id)
        .where(SignIn.token_hash == token_hash, SignIn.expires_at > now)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def touch(db: Session, sign_in_id: int, now: datetime) -> None:
    db.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now))


def sign_ins(db: Session, user_id: int, now: datetime) -> Sequence[SignIn]:
    return db.scalars(
        select(SignIn).where(SignIn.user_id == user_id, SignIn.expires_at > now).order_by(SignIn.id.desc())
    ).all()


def remove_sign_ins(db: Session, user_id: int, *, only: int | None = None, but: int | None = None) -> int:
    """Signs devices out: one, all but one, or all; how many."""
    query = delete(SignIn).where(SignIn.user_id == user_id)
    if only is not None:
        query = query.where(SignIn.id == only)
    if but is not None:
        query = query.where(SignIn.id != but)
    return cast("CursorResult[Any]", db.execute(query)).rowcount


def keep_newest(db: Session, user_id: int, most: int) -> None:
    """Signs out the oldest devices above `most`, so that a program that never signs out fills no table."""
    old = db.scalars(select(SignIn.id).where(SignIn.user_id == user_id).order_by(SignIn.id.desc()).offset(most)).all()
    if old:
        db.execute(delete(SignIn).where(SignIn.id.in_(old)))


def remove_expired(db: Session, now: datetime) -> None:
    db.execute(delete(SignIn).where(SignIn.expires_at <= now))


# -- recovery ------------------------------------------------------------------------------------------------------


def set_recovery(db: Session, user_id: int, hashes: Iterable[str]) -> None:
    db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.add_all(RecoveryCode(user_id=user_id, code_hash=value) for value in hashes)


def use_recovery(db: Session, code_hash: str) -> User | None:
    """Takes a code away and says whose it was; None where there is none such, or its account is disabled."""
    user = db.scalar(
        select(User)
        .join(RecoveryCode, RecoveryCode.user_id == User.id)
        .where(RecoveryCode.code_hash == code_hash, User.disabled_at.is_(None))
    )
    if user is None:
        return None
    lock_user(db, user.id)
    # what was read before the lock may be over: whoever removes the row has used the code
    query = delete(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.code_hash == code_hash)
    return user if cast("CursorResult[Any]", db.execute(query)).rowcount else None


def recovery_left(db: Session, user_id: int) -> int:
    return db.scalar(select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)) or 0


# -- preferences and consents --------------------------------------------------------------------------------------


def preferences(db: Session, user_id: int) -> dict[int, frozenset[int]]:
    """The ticked genres per emotion id; an emotion with none is absent."""
    found: dict[int, set[int]] = {}
    for emotion, genre in db.execute(
        select(GenrePreference.emotion, GenrePreference.genre).where(GenrePreference.user_id == user_id)
    ):
        found.setdefault(emotion, set()).add(genre)
    return {emotion: frozenset(genres) for emotion, genres in found.items()}


def set_preferences(db: Session, user_id: int, chosen: dict[int, frozenset[int]]) -> None:
    """Replaces the genres of the emotions in `chosen`; the others stay."""
    lock_user(db, user_id)
    db.execute(
        delete(GenrePreference).where(GenrePreference.user_id == user_id, GenrePreference.emotion.in_(list(chosen)))
    )
    db.add_all(
        GenrePreference(user_id=user_id, emotion=emotion, genre=genre)
        for emotion, genres in chosen.items()
        for genre in genres
    )
    changes.record(db, user_id, [Edit("preferences", emotion_name(emotion)) for emotion in chosen])


def goals(db: Session, user_id: int) -> dict[int, str]:
    """What music shall do, per emotion id; an emotion for which nothing was chosen is absent."""
    query = select(GoalPreference.emotion, GoalPreference.goal).where(GoalPreference.user_id == user_id)
    return {row[0]: row[1] for row in db.execute(query)}


def set_goals(db: Session, user_id: int, chosen: Mapping[int, str | None]) -> None:
    """Replaces the goals of the emotions in `chosen`, None by the usual one; the others stay."""
    lock_user(db, user_id)
    for emotion, goal in chosen.items():
        row = db.get(GoalPreference, (user_id, emotion))
        if row is not None and goal is None:
            db.delete(row)
        elif row is not None and goal is not None:
            row.goal = goal
        elif goal is not None:
            db.add(GoalPreference(user_id=user_id, emotion=emotion, goal=goal))
    changes.record(db, user_id, [Edit("goals", emotion_name(e), goal is None) for e, goal in chosen.items()])


def consents(db: Session, user_id: int) -> Sequence[Consent]:
    return db.scalars(select(Consent).where(Consent.user_id == user_id).order_by(Consent.id)).all()


def stands(db: Session, user_id: int, *purposes: str) -> bool:
    """Whether one of these consents was given and not withdrawn."""
    query = select(Consent.id).where(Consent.user_id == user_id, Consent.purpose.in_(purposes))
    return db.scalar(query.where(Consent.withdrawn_at.is_(None)).limit(1)) is not None


def was_withdrawn(db: Session, user_id: int, purpose: str) -> bool:
    """Whether it was given once and stands no more."""
    query = select(Consent.id).where(Consent.user_id == user_id, Consent.purpose == purpose).limit(1)
    return db.scalar(query) is not None and not stands(db, user_id, purpose)


def withdraw(db: Session, user_id: int, purpose: str, now: datetime) -> None:
    lock_user(db, user_id)
    db.execute(
        update(Consent)
        .where(Consent.user_id == user_id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    changes.record(db, user_id, [Edit("settings", "consents")])
