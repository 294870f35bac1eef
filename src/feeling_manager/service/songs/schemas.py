"""Bodies and answers of songs."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from feeling_manager.service.schemas import Answer, Body, EightShares, EmotionName, Moment, Share, Text, Word

Change = Annotated[float, Field(ge=-2, le=2, allow_inf_nan=False)]


class SongAnswer(Answer):
    """watch_url: where it can be heard, a search while no video is known. embed_url: YouTube's player without
    cookies. audio_url: a local file, streamed by this service."""

    id: str
    title: str
    artist: str
    genre: int
    video_id: str | None
    language: str | None
    moods: list[str]
    duration: float | None
    watch_url: str
    embed_url: str | None
    audio_url: str | None


class SongList(Answer):
    songs: list[SongAnswer]


class RecommendationIn(Body):
    """An emotion picked by hand, or eight probabilities.

    goal: the person's own for this emotion (see preferences) unless given. step: songs already given on the way to
    it; counted from the journal unless given.
    """

    emotion: EmotionName | None = None
    probabilities: EightShares | None = None
    goal: Literal["match", "lift", "calm"] | None = None
    step: Annotated[int, Field(ge=0, le=100)] | None = None
    videos_only: Annotated[bool, Field(description="Only songs whose video is known")] = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.emotion is None) == (self.probabilities is None):
            raise ValueError("give either an emotion or probabilities")
        if self.probabilities is not None and abs(sum(self.probabilities) - 1) > 0.02:
            raise ValueError("the probabilities must sum to one")
        return self


class AlternativeAnswer(Answer):
    song: SongAnswer
    probability: float


class RecommendationAnswer(Answer):
    """play: send feedback to /api/v1/journal/plays/{play}/feedback. probability: with which it was drawn."""

    play: int
    uuid: Annotated[UUID, Field(description="of the play, on every device")]
    song: SongAnswer
    reason: str
    motive: str
    probability: float
    policy: str
    alternatives: list[AlternativeAnswer]


class FeedbackIn(Body):
    """What is known so far; what is absent stays. liked: null takes a like or a dislike back.

    seconds, duration: as a player measured. played: the share, of clients that know no more; 0 and 1 say nothing, since
    version 0.1 sent them without measuring. valence, arousal: after the song minus before, as the client measured
    them; kept only while the person
    consents to the camera or to measuring.
    """

    opened_at: Moment | None = None
    source: Annotated[Word | None, StringConstraints(max_length=16)] = None
    seconds: Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)] | None = None
    duration: Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)] | None = None
    ended: bool | None = None
    played: Share | None = None
    skipped: bool | None = None
    liked: bool | None = None
    banned: bool | None = None
    corrected: EmotionName | None = None
    valence: Change | None = None
    arousal: Change | None = None


class PlayIn(Body):
    """A song that a device gave by itself, from the starter catalogue; sent again, it brings what is new of it."""

    at: Moment
    emotion: EmotionName
    title: Annotated[Text, StringConstraints(min_length=1, max_length=500)]
    artist: Annotated[Text, StringConstraints(max_length=500)] = ""
    goal: Literal["match", "lift", "calm"] | None = None
    liked: bool | None = None
    skipped: bool = False
    played: Share | None = None
    banned: bool = False


class PlaysIn(Body):
    plays: Annotated[list[PlayIn], Field(max_length=500)]


class PlaysKept(Answer):
    """stored: new. known: were there already. unknown: songs that neither the catalogue nor the starter catalogue has.
    expired: older than the retention. The last two are not kept."""

    stored: int
    known: int
    unknown: int
    expired: int
