"""Bodies and answers of the changes, and the values of each kind."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from feeling_manager.service.accounts.schemas import Genres, Language, Zone
from feeling_manager.service.journal.schemas import EntryIn, SpellIn
from feeling_manager.service.schemas import Answer, Body, EmotionName, Id, Moment, Text, Word
from feeling_manager.service.songs.schemas import Change as MoodChange

Kind = Literal["spell", "entry", "play", "ban", "preferences", "goals", "settings"]
Seconds = Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)]
Title = Annotated[Text, StringConstraints(min_length=1, max_length=500)]
Artist = Annotated[Text, StringConstraints(max_length=500)]
SongKey = Annotated[Text, StringConstraints(min_length=1, max_length=64)]
Level = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class Operation(Body):
    """What a device did to one thing. id: the operation's own; sending it again changes nothing."""

    id: Id
    kind: Kind
    key: Annotated[Text, StringConstraints(min_length=1, max_length=64)]
    deleted: bool = False
    edited_at: Moment
    value: dict[str, Any] | None = None


class Operations(Body):
    operations: Annotated[list[Operation], Field(max_length=200)]


class ChangeAnswer(Answer):
    """kind, key: what changed. value: as it is now, null where it was deleted."""

    kind: Kind
    key: str
    deleted: bool
    edited_at: datetime
    value: dict[str, Any] | None


class Changes(Answer):
    """next: give it as `after` for what follows. sequence: the account's counter, which never falls."""

    changes: list[ChangeAnswer]
    next: str
    more: bool
    database: UUID
    sequence: int


class OperationResult(Answer):
    """key: under which the thing is kept. code, detail: why it was refused. current: what won over it."""

    id: UUID
    key: str
    status: Literal["applied", "duplicate", "superseded", "refused"]
    code: str | None = None
    detail: str | None = None
    current: ChangeAnswer | None = None


class OperationResults(Answer):
    results: list[OperationResult]
    database: UUID
    sequence: int


# -- values --------------------------------------------------------------------------------------------------------


class SpellValue(SpellIn):
    """read_emotion: what the model read, where the person corrected it. The levels are computed here."""

    read_emotion: EmotionName | None = None
    valence: Level | None = None
    arousal: Level | None = None
    read_valence: Level | None = None
    read_arousal: Level | None = None


class EntryValue(EntryIn):
    id: Id | None = None


class PlayValue(Body):
    """A song and what happened to it. null: unknown. at: when it was offered, or began where it was chosen by hand.

    seconds, duration: of what a player measured. valence, arousal: after the song minus before, of the face.
    """

    id: Id | None = None
    number: int | None = None
    at: Moment
    emotion: EmotionName
    song_id: SongKey | None = None
    title: Title
    artist: Artist = ""
    video_id: Text | None = None
    goal: Literal["match", "lift", "calm"] | None = None
    source: Annotated[Word | None, StringConstraints(max_length=16)] = None
    offered_at: Moment | None = None
    opened_at: Moment | None = None
    seconds: Seconds | None = None
    duration: Seconds | None = None
    ended: bool | None = None
    skipped: bool | None = None
    liked: bool | None = None
    banned: bool = False
    valence: MoodChange | None = None
    arousal: MoodChange | None = None


class BanValue(Body):
    """song_id, or title and artist of a song that the service may not know."""

    name: Text | None = None
    song_id: SongKey | None = None
    title: Title | None = None
    artist: Artist = ""

    @model_validator(mode="after")
    def _named(self) -> "BanValue":
        if self.song_id is None and self.title is None:
            raise ValueError("give song_id, or title and artist")
        return self


class PreferencesValue(Body):
    """genres: those ticked; none means any."""

    genres: Genres


class GoalsValue(Body):
    goal: Literal["match", "lift", "calm"]


class SettingsValue(Body):
    """What follows the account under the key `account`. Only what is there is changed."""

    name: Word | None = None
    language: Language | None = None
    zone: Zone | None = None
    retention_days: Annotated[int | None, Field(ge=30, le=36500)] = None
