"""Bodies and answers of the journal."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from feeling_manager.service.journal.repository import LONGEST
from feeling_manager.service.schemas import Answer, Body, EightShares, EmotionName, Id, Moment, Share, Text, Word

Kind = Literal["activity", "place", "company", "other"]
Words = Annotated[list[Word], Field(max_length=20)]
Note = Annotated[Text, StringConstraints(max_length=10_000)]


class SpellIn(Body):
    """A stretch of one emotion. id: the client's; sending it again changes nothing."""

    id: Id
    start: Moment
    end: Moment
    emotion: EmotionName
    probabilities: EightShares
    readings: Annotated[int, Field(ge=1, le=1_000_000)]
    unclear_share: Share

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 < (self.end - self.start).total_seconds() <= LONGEST:
            raise ValueError(f"a spell ends after it starts, within {LONGEST} seconds")
        return self


class Spells(Body):
    spells: Annotated[list[SpellIn], Field(max_length=500)]


class SpellsKept(Answer):
    """stored: new. known: were there already. expired: older than the retention, not kept."""

    stored: int
    known: int
    expired: int


class SpellAnswer(Answer):
    id: UUID
    start: datetime
    end: datetime
    emotion: str
    read_emotion: Annotated[str | None, Field(description="what was read, where the person corrected it")]
    probabilities: list[float]
    valence: float
    arousal: float
    read_valence: Annotated[float, Field(description="as measured; valence is that of what counts")]
    read_arousal: float
    readings: int
    unclear_share: float


class SpellPage(Answer):
    """next: give it as `after` for the following page; null at the end."""

    spells: list[SpellAnswer]
    next: int | None


class SpellChange(Body):
    emotion: EmotionName


class EntryIn(Body):
    at: Moment
    emotion: EmotionName | None = None
    note: Note = ""
    tags: dict[Kind, Words] = Field(default_factory=dict)


class EntryAnswer(Answer):
    id: UUID
    at: datetime
    emotion: str | None
    note: str
    tags: dict[str, list[str]]


class EntryPage(Answer):
    entries: list[EntryAnswer]
    next: int | None


class PlayAnswer(Answer):
    """A song that was offered, and what is known of it: null is unknown. id: the service's number; uuid: everybody's.

    seconds, duration: as a player measured; played: the share.
    """

    id: int
    uuid: UUID
    at: datetime
    emotion: str
    song: str
    title: str
    artist: str
    video_id: str | None
    goal: str | None
    liked: bool | None
    skipped: bool
    played: float | None
    opened_at: datetime | None
    source: str | None
    seconds: float | None
    duration: float | None
    ended: bool | None
    banned: bool


class PlayPage(Answer):
    plays: list[PlayAnswer]
    next: int | None


class EmotionSum(Answer):
    """entries: moments that were picked by hand. plays: songs that were offered."""

    emotion: str
    seconds: float
    share: Annotated[float, Field(description="of the seconds of all emotions")]
    spells: int
    entries: int
    plays: int


class DayAnswer(Answer):
    day: date
    seconds: float
    valence: float | None
    arousal: float | None
    emotions: Annotated[dict[str, float], Field(description="seconds read from the face")]
    moments: Annotated[dict[str, int], Field(description="feelings picked by hand")]


class Statistics(Answer):
    """first, last: days, both counted. valence, arousal: means over the seconds, null where there are none."""

    first: date
    last: date
    zone: str
    seconds: float
    unclear_share: float
    valence: float | None
    arousal: float | None
    spells: int
    entries: int
    plays: int
    emotions: list[EmotionSum]
    days: list[DayAnswer]


class MoodPoint(Answer):
    time: datetime
    valence: float
    arousal: float
    emotion: str
    seconds: float


class MoodChange(Answer):
    """At `time` the mean of `measure` went from `before` to `after`."""

    time: datetime
    measure: Literal["valence", "arousal"]
    before: float
    after: float


class Mood(Answer):
    step: Literal["spell", "day"]
    points: list[MoodPoint]
    changes: list[MoodChange]
