"""Songs, who was given which, and what was learned from that."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    Boolean,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from feeling_manager.service.db import BigId, Instant
from feeling_manager.service.tables import OPTIONS, Base, Probabilities

LONGEST_WORD = 64
"""Letters of a word that songs are found by."""


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
        OPTIONS,
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
    __table_args__ = (Index("ix_song_words_song", "song_id", "word"), OPTIONS)

    # PostgreSQL else sorts words by a language, where those that begin alike are no range of the index
    word: Mapped[str] = mapped_column(
        String(LONGEST_WORD).with_variant(String(LONGEST_WORD, collation="C"), "postgresql"), primary_key=True
    )
    song_id: Mapped[str] = mapped_column(ForeignKey("songs.id", ondelete="CASCADE"), primary_key=True)


class Play(Base):
    """A song that was given for an emotion, and what a policy needs to learn from it. The rest is None for plays of
    the old service. step, policy, probability, error, motive, goal, path, features: see `music.recommender.types`.
    uuid: the play's on every device. at: when it was offered or began. opened_at: when a player or a page was opened.
    source: what played it. seconds, duration: how long it played and how long it is, as a player measured; played: the
    share; ended: whether it played to its end. None is unknown.
    banned: ended in "never again". fed_at: when feedback came last. learned: its reward is in what was learned."""

    __tablename__ = "plays"
    __table_args__ = (
        Index("ix_plays_user_at", "user_id", "at"),
        Index("ix_plays_song", "song_id"),
        Index("ix_plays_fed", "fed_at"),
        Index("ix_plays_uuid", "user_id", "uuid", unique=True),
        OPTIONS,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    # None only in rows that nothing tells a device of
    # nullable only because columns are added in place
    uuid: Mapped[UUID] = mapped_column(Uuid, default=uuid4, nullable=True)
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
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    source: Mapped[str | None] = mapped_column(String(16))
    seconds: Mapped[float | None] = mapped_column(Double)
    duration: Mapped[float | None] = mapped_column(Double)
    ended: Mapped[bool | None] = mapped_column(Boolean)
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
    __table_args__ = OPTIONS

    play_id: Mapped[int] = mapped_column(ForeignKey("plays.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary(65535))


class Ban(Base):
    """Never again this song for this person."""

    __tablename__ = "bans"
    __table_args__ = OPTIONS

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    song_id: Mapped[str] = mapped_column(ForeignKey("songs.id", ondelete="CASCADE"), primary_key=True)


class LearnedModel(Base):
    """The recommender's model as its training wrote it; one row."""

    __tablename__ = "learned_model"
    __table_args__ = OPTIONS

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary(2**24))


class LearnedStatistics(Base):
    """The recommender's statistics of a person or a group; see `music.recommender.types.Statistics`."""

    __tablename__ = "learned_statistics"
    __table_args__ = OPTIONS

    scope: Mapped[str] = mapped_column(String(8), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    part_of: Mapped[str] = mapped_column(String(64))
    count: Mapped[int] = mapped_column("count", BigId)
    content: Mapped[bytes] = mapped_column(LargeBinary(2**24))


class LearnedFactors(Base):
    """What the log taught of a song; see `music.recommender.types.SongFactors`."""

    __tablename__ = "learned_factors"
    __table_args__ = OPTIONS

    song_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    mean: Mapped[float] = mapped_column(Double)
    noise: Mapped[float] = mapped_column(Double)
    content: Mapped[bytes] = mapped_column(LargeBinary(65536))
