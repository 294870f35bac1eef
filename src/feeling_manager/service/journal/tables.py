"""What a person felt and wrote down. Emotions are kept by their ids."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    Date,
    Double,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from feeling_manager.service.db import BigId, Instant
from feeling_manager.service.tables import OPTIONS, Base, Probabilities


class SpellRow(Base):
    """A spell as `spells.Spell` says. uuid: the client's. emotion: what counts; read_emotion, read_valence,
    read_arousal: what the model read, where the person corrected it; valence, arousal: of what counts."""

    __tablename__ = "spells"
    __table_args__ = (
        UniqueConstraint("user_id", "uuid", name="uq_spells_user_uuid"),
        Index("ix_spells_user_start", "user_id", "start"),
        OPTIONS,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    uuid: Mapped[UUID] = mapped_column(Uuid)
    start: Mapped[datetime] = mapped_column("start", Instant)
    end: Mapped[datetime] = mapped_column("end", Instant)
    emotion: Mapped[int] = mapped_column(SmallInteger)
    read_emotion: Mapped[int | None] = mapped_column(SmallInteger)
    probabilities: Mapped[tuple[float, ...]] = mapped_column(Probabilities)
    valence: Mapped[float] = mapped_column(Double)
    arousal: Mapped[float] = mapped_column(Double)
    read_valence: Mapped[float | None] = mapped_column(Double)
    read_arousal: Mapped[float | None] = mapped_column(Double)
    readings: Mapped[int]
    unclear_share: Mapped[float] = mapped_column(Double)


class Entry(Base):
    """What a person wrote down. emotion: picked by hand, or None."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("user_id", "uuid", name="uq_entries_user_uuid"),
        Index("ix_entries_user_at", "user_id", "at"),
        OPTIONS,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    uuid: Mapped[UUID] = mapped_column(Uuid)
    at: Mapped[datetime] = mapped_column(Instant)
    emotion: Mapped[int | None] = mapped_column(SmallInteger)
    note: Mapped[str] = mapped_column(Text)


class EntryTag(Base):
    """A word on an entry: kind is activity, place, company or other."""

    __tablename__ = "entry_tags"
    __table_args__ = OPTIONS

    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    word: Mapped[str] = mapped_column(String(50), primary_key=True)


class DaySum(Base):
    """What a day in the person's zone adds up to, per emotion. Milliseconds; valence and arousal are sums over
    those."""

    __tablename__ = "day_sums"
    __table_args__ = OPTIONS

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    emotion: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    millis: Mapped[int] = mapped_column(BigId, default=0)
    unclear: Mapped[float] = mapped_column(Double, default=0.0)
    valence: Mapped[float] = mapped_column(Double, default=0.0)
    arousal: Mapped[float] = mapped_column(Double, default=0.0)
    spells: Mapped[int] = mapped_column(default=0)
    entries: Mapped[int] = mapped_column(default=0)
    plays: Mapped[int] = mapped_column(default=0)
