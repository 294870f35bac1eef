"""Who uses the service, on which devices, and what they agreed to."""

from datetime import date, datetime

from sqlalchemy import (
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from feeling_manager.service.db import BigId, Instant
from feeling_manager.service.tables import OPTIONS, Base


class User(Base):
    """username_key, email_key: the case-folded forms, by which no two accounts are alike. sex: 1, 2 or None.

    password_hash: Argon2id, or "sha1:" and an Argon2id of the hex SHA-1 that the old service kept. zone: of the days
    in `day_sums`. sums_until: before this day only sums are left. sequence, pruned_until: the number of the last
    change, and of the last whose tombstone was removed, see `sync.repository`. device_key: what devices lock the
    journal with that they keep; made when first asked for.
    """

    __tablename__ = "users"
    __table_args__ = OPTIONS | {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    username: Mapped[str] = mapped_column(String(50))
    username_key: Mapped[str] = mapped_column(String(150), unique=True)
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(50))
    sex: Mapped[int | None] = mapped_column(SmallInteger)
    password_hash: Mapped[str] = mapped_column(String(255))
    zone: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    retention_days: Mapped[int]
    sums_until: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    sequence: Mapped[int] = mapped_column("sequence", BigId, default=0, server_default="0")
    pruned_until: Mapped[int] = mapped_column(BigId, default=0, server_default="0")
    device_key: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class SignIn(Base):
    """A signed-in device. token_hash: keyed hash of the token that only the device has."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_user", "user_id"), Index("ix_sign_ins_expires", "expires_at"), OPTIONS)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class RecoveryCode(Base):
    __tablename__ = "recovery_codes"
    __table_args__ = (
        Index("ix_recovery_codes_user", "user_id"),
        Index("ix_recovery_codes_hash", "code_hash"),
        OPTIONS,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))


class GenrePreference(Base):
    """A genre that is ticked for an emotion."""

    __tablename__ = "genre_preferences"
    __table_args__ = OPTIONS

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    emotion: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    genre: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)


class GoalPreference(Base):
    """What music shall do in an emotion (match, lift, calm) unless a request says otherwise."""

    __tablename__ = "goal_preferences"
    __table_args__ = OPTIONS

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    emotion: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    goal: Mapped[str] = mapped_column(String(8))


class Consent(Base):
    """What a person agreed to, in which version of the text, and when it was withdrawn. Never overwritten."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_user", "user_id", "purpose"), OPTIONS)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(32))
    version: Mapped[str] = mapped_column(String(32))
    given_at: Mapped[datetime] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
