"""The tables. Emotions are kept by their ids, probabilities as eight little-endian float32."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import (
    Boolean,
    Date,
    Dialect,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from feeling_manager.service.db import BigId, Instant

_OPTIONS: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


LONGEST_WORD = 64
"""Letters of a word that songs are found by."""


class Probabilities(TypeDecorator[tuple[float, ...]]):
    """Eight floats in the order of `labels.EMOTIONS`."""

    impl = LargeBinary(32)
    cache_ok = True

    def process_bind_param(self, value: tuple[float, ...] | None, dialect: Dialect) -> bytes | None:
        return None if value is None else np.asarray(value, dtype="<f4").tobytes()

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> tuple[float, ...] | None:
        return None if value is None else tuple(float(p) for p in np.frombuffer(value, dtype="<f4"))


class Base(DeclarativeBase):
    """See the module."""


class User(Base):
    """username_key, email_key: the case-folded forms, by which no two accounts are alike. sex: 1, 2 or None.

    password_hash: Argon2id, or "sha1:" and an Argon2id of the hex SHA-1 that the old service kept. zone: of the days
    in `day_sums`. sums_until: before this day only sums are left.
    """

    __tablename__ = "users"
    __table_args__ = _OPTIONS | {"sqlite_autoincrement": True}

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


class SignIn(Base):
    """A signed-in device. token_hash: keyed hash of the token that only the device has."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_user", "user_id"), Index("ix_sign_ins_expires", "expires_at"), _OPTIONS)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class RecoveryCode(Base):
    __tablename__ = "recovery_codes"
    __table_args__ = (Index("ix_recovery_codes_user", "user_id"), _OPTIONS)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))


class GenrePreference(Base):
    """A genre that is ticked for an emotion."""

    __tablename__ = "genre_preferences"
    __table_args__ = _OPTIONS

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    emotion: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    genre: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)


class GoalPreference(Base):
    """What music shall do in an emotion (match, lift, calm) unless a request says otherwise."""

    __tablename__ = "goal_preferences"
    __table_args__ = _OPTIONS

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    emotion: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    goal: Mapped[str] = mapped_column(String(8))


class Consent(Base):
    """What a person agreed to, in which version of the text, and when it was withdrawn. Never overwritten."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_user", "user_id", "purpose"), _OPTIONS)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(32))
    version: Mapped[str] = mapped_column(String(32))
    given_at: Mapped[datetime] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)


class SpellRow(Base):
    """A spell as `spells.Spell` says. uuid: the client's. emotion: what counts; read_emotion: what the model read,
    where the person corrected it."""

    __tablename__ = "spells"
    __table_args__ = (
        UniqueConstraint("user_id", "uuid", name="uq_spells_user_uuid"),
        Index("ix_spells_user_start", "user_id", "start"),
        _OPTIONS,
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
    readings: Mapped[int]
    unclear_share: Mapped[float] = mapped_column(Double)


class Entry(Base):
    """What a person wrote down. emotion: picked by hand, or None."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("user_id", "uuid", name="uq_entries_user_uuid"),
        Index("ix_entries_user_at", "user_id", "at"),
        _OPTIONS,
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
    __table_args__ = _OPTIONS

    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    word: Mapped[str] = mapped_column(String(50), primary_key=True)


class DaySum(Base):
    """What a day in the person's zone adds up to, per emotion. Milliseconds; valence and arousal are sums over
    those."""

    __tablename__ = "day_sums"
    __table_args__ = _OPTIONS

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


class SongRow(Base):
    """A song of the catalogue as `music.song.Song` says.

    draw, video_draw: a random number by which a song is found without reading the catalogue; NULL in `draw`: taken
    out of the catalogue, in `video_draw`: that, or no video is known. cell: of valence and arousal, see
    `music.recommender.retrieval`. measured, felt_valence, felt_arousal: how
    many listeners' faces were measured after it, and the sums of what they showed.
    """

    __tablename__ = "songs"
    __table_args__ = (
        Index("ix_songs_genre_draw", "genre", "draw"),
        Index("ix_songs_genre_video_draw", "genre", "video_draw"),
        Index("ix_songs_cell_draw", "cell", "draw"),
        Index("ix_songs_draw", "draw"),
        Index("ix_songs_likes", "likes"),
        Index("ix_songs_video_draw", "video_draw"),
        _OPTIONS,
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    artist: Mapped[str] = mapped_column(Text)
    genre: Mapped[int] = mapped_column(SmallInteger)
    video_id: Mapped[str | None] = mapped_column(String(11), unique=True)
    language: Mapped[str | None] = mapped_column(String(16))
    year: Mapped[int | None]
    moods: Mapped[str] = mapped_column(String(255))
    valence: Mapped[float | None] = mapped_column(Double)
    arousal: Mapped[float | None] = mapped_column(Double)
    path: Mapped[str | None] = mapped_column(Text)
    duration: Mapped[float | None] = mapped_column(Double)
    explicit: Mapped[bool | None] = mapped_column(Boolean)
    source: Mapped[str] = mapped_column(String(32))
    cell: Mapped[int | None] = mapped_column(SmallInteger)
    draw: Mapped[float | None] = mapped_column(Double)
    video_draw: Mapped[float | None] = mapped_column(Double)
    added_at: Mapped[datetime] = mapped_column(Instant)
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    plays: Mapped[int] = mapped_column(default=0)
    likes: Mapped[int] = mapped_column(default=0)
    measured: Mapped[int] = mapped_column(default=0)
    felt_valence: Mapped[float] = mapped_column(Double, default=0.0)
    felt_arousal: Mapped[float] = mapped_column(Double, default=0.0)


class SongWord(Base):
    """A word that a song of the catalogue is found by; see `songs.search`."""

    __tablename__ = "song_words"
    __table_args__ = (Index("ix_song_words_song", "song_id", "word"), _OPTIONS)

    # PostgreSQL else sorts words by a language, where those that begin alike are no range of the index
    word: Mapped[str] = mapped_column(
        String(LONGEST_WORD).with_variant(String(LONGEST_WORD, collation="C"), "postgresql"), primary_key=True
    )
    song_id: Mapped[str] = mapped_column(ForeignKey("songs.id", ondelete="CASCADE"), primary_key=True)


class Play(Base):
    """A song that was given for an emotion, and what a policy needs to learn from it. The rest is None for plays of
    the old service. step, policy, probability, error, motive, goal, path, features: see `music.recommender.types`.
    banned: ended in "never again". fed_at: when feedback came last. learned: its reward is in what was learned."""

    __tablename__ = "plays"
    __table_args__ = (
        Index("ix_plays_user_at", "user_id", "at"),
        Index("ix_plays_song", "song_id"),
        Index("ix_plays_fed", "fed_at"),
        _OPTIONS,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    song_id: Mapped[str] = mapped_column(ForeignKey("songs.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    emotion: Mapped[int] = mapped_column(SmallInteger)
    probabilities: Mapped[tuple[float, ...] | None] = mapped_column(Probabilities)
    policy: Mapped[str | None] = mapped_column(String(64))
    probability: Mapped[float | None] = mapped_column(Double)
    error: Mapped[float | None] = mapped_column(Double)
    seed: Mapped[int | None] = mapped_column(BigId)
    motive: Mapped[str | None] = mapped_column(String(16))
    goal: Mapped[str | None] = mapped_column(String(8))
    path: Mapped[str | None] = mapped_column(String(8))
    step: Mapped[int] = mapped_column(SmallInteger, default=0)
    features: Mapped[bytes | None] = mapped_column(LargeBinary(4096))
    played: Mapped[float | None] = mapped_column(Double)
    skipped: Mapped[bool] = mapped_column(Boolean, default=False)
    liked: Mapped[bool | None] = mapped_column(Boolean)
    corrected: Mapped[int | None] = mapped_column(SmallInteger)
    valence: Mapped[float | None] = mapped_column(Double)
    arousal: Mapped[float | None] = mapped_column(Double)
    banned: Mapped[bool] = mapped_column(Boolean, default=False)
    fed_at: Mapped[datetime | None] = mapped_column(Instant)
    learned: Mapped[bool] = mapped_column(Boolean, default=False)


class Choice(Base):
    """What a song was chosen from, which comparing policies needs: `service.songs.log` says how it is written."""

    __tablename__ = "choices"
    __table_args__ = _OPTIONS

    play_id: Mapped[int] = mapped_column(ForeignKey("plays.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary(65535))


class Ban(Base):
    """Never again this song for this person."""

    __tablename__ = "bans"
    __table_args__ = _OPTIONS

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    song_id: Mapped[str] = mapped_column(ForeignKey("songs.id", ondelete="CASCADE"), primary_key=True)


class LearnedModel(Base):
    """The recommender's model as its training wrote it; one row."""

    __tablename__ = "learned_model"
    __table_args__ = _OPTIONS

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary(2**24))


class LearnedStatistics(Base):
    """The recommender's statistics of a person or a group; see `music.recommender.types.Statistics`."""

    __tablename__ = "learned_statistics"
    __table_args__ = _OPTIONS

    scope: Mapped[str] = mapped_column(String(8), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    part_of: Mapped[str] = mapped_column(String(64))
    count: Mapped[int] = mapped_column("count", BigId)
    content: Mapped[bytes] = mapped_column(LargeBinary(2**24))


class LearnedFactors(Base):
    """What the log taught of a song; see `music.recommender.types.SongFactors`."""

    __tablename__ = "learned_factors"
    __table_args__ = _OPTIONS

    song_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    mean: Mapped[float] = mapped_column(Double)
    noise: Mapped[float] = mapped_column(Double)
    content: Mapped[bytes] = mapped_column(LargeBinary(65536))
