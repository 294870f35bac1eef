"""Which database this is, what changed in which order, and sessions of accounts that are gone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, ForeignKey, Index, SmallInteger, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feeling_manager.service.db import BigId, Instant
from feeling_manager.service.tables import OPTIONS, Base


class DatabaseIdentity(Base):
    """One row. uuid: made with the tables, renewed when a backup is restored. relearn: what was learned from songs was
    dropped and is to be built again."""

    __tablename__ = "database_identity"
    __table_args__ = OPTIONS

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    uuid: Mapped[UUID] = mapped_column(Uuid)
    relearn: Mapped[bool] = mapped_column(Boolean, default=False)


class Change(Base):
    """The last change of one thing; its content lies in its own table, a deleted thing has none.

    sequence: the account's counter, see `repository.record`. operation: the client's that made it, None for others.
    """

    __tablename__ = "changes"
    __table_args__ = (Index("ix_changes_user_sequence", "user_id", "sequence"), OPTIONS)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column("key", String(64), primary_key=True)
    sequence: Mapped[int] = mapped_column("sequence", BigId)
    deleted: Mapped[bool] = mapped_column(Boolean)
    edited_at: Mapped[datetime] = mapped_column(Instant)
    operation: Mapped[UUID | None] = mapped_column(Uuid)


class EndedSession(Base):
    """The token of a device whose account was deleted: it is told so until the token would have expired."""

    __tablename__ = "ended_sessions"
    __table_args__ = (Index("ix_ended_sessions_expires", "expires_at"), OPTIONS)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Instant)
