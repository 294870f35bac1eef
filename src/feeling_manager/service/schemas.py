"""What bodies share: strict, closed to unknown fields, times as RFC 3339 with a zone."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from feeling_manager.labels import BY_ID, EMOTIONS, NAMES

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Body(BaseModel):
    """What is sent to us."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Answer(BaseModel):
    """What we send."""


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("write the time like 2026-11-21T08:30:00Z")
    try:
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("there is no such time") from error
    if not 1970 <= moment.year <= 9000:
        raise ValueError("give a time from 1970 on")
    return moment


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("write the day like 2026-11-21")
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("there is no such day") from error
    if not 1970 <= day.year <= 9000:
        raise ValueError("give a day from 1970 on")
    return day


def _uuid(value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or len(value) != 36:
        raise ValueError("give a UUID of 36 characters")
    return UUID(value)


def _storable(text: str) -> str:
    if "\x00" in text or any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise ValueError("this holds characters that are no text")
    return text


Moment = Annotated[
    datetime, BeforeValidator(_instant), Field(strict=False), WithJsonSchema({"type": "string", "format": "date-time"})
]
Day = Annotated[date, BeforeValidator(_day), Field(strict=False), WithJsonSchema({"type": "string", "format": "date"})]
Id = Annotated[UUID, BeforeValidator(_uuid), Field(strict=False), WithJsonSchema({"type": "string", "format": "uuid"})]
Text = Annotated[str, AfterValidator(_storable)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=50), AfterValidator(_storable)]


def _emotion(value: Any) -> str:
    if value not in NAMES:
        raise ValueError(f"an emotion is one of {', '.join(NAMES)}")
    return str(value)


EmotionName = Annotated[str, BeforeValidator(_emotion), WithJsonSchema({"type": "string", "enum": list(NAMES)})]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
EightShares = Annotated[list[Share], Field(min_length=8, max_length=8)]
"""Eight probabilities in the order of `labels.EMOTIONS`."""

IDS = {emotion.name: emotion.id for emotion in EMOTIONS}


def emotion_name(number: int) -> str:
    return BY_ID[number].name
