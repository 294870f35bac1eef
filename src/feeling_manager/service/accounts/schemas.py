"""Bodies and answers of accounts."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from feeling_manager.service.schemas import Answer, Body, EmotionName, Text, Word


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("this is no time zone; write it like Asia/Seoul") from error
    return value


Email = Annotated[Text, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=200)]
Password = Annotated[str, StringConstraints(min_length=8, max_length=1000)]
AnyPassword = Annotated[str, StringConstraints(max_length=1000)]
Zone = Annotated[Text, StringConstraints(min_length=1, max_length=64), AfterValidator(_zone)]
Sex = Annotated[Literal[1, 2] | None, Field(description="1 male, 2 female, null not said")]
Language = Literal["ko", "en"]
Genres = Annotated[list[Annotated[int, Field(ge=1, le=10)]], Field(max_length=10)]
Device = Annotated[Text, StringConstraints(max_length=200)]
Purpose = Literal["camera", "journal", "measuring", "reminders"]


class Registration(Body):
    username: Word
    password: Password
    name: Word | None = None
    email: Email | None = None
    sex: Sex = None
    zone: Zone | None = None
    language: Language = "ko"
    device: Device = ""


class Account(Answer):
    id: int
    username: str
    name: str
    email: str | None
    sex: int | None
    zone: str
    language: str
    retention_days: int
    created_at: datetime
    recovery_codes_left: int
    database: Annotated[UUID, Field(description="which database answers; another one after it was restored")]
    sequence: Annotated[int, Field(description="counts the account's changes")]


DeviceKey = Annotated[str, Field(description="32 bytes as base64, always the same: locks what this device keeps")]


class Registered(Answer):
    account: Account
    device_key: DeviceKey
    recovery_codes: Annotated[list[str], Field(description="Each works once. They are shown only now.")]


class AccountChange(Body):
    """Only what is there is changed."""

    name: Word | None = None
    email: Email | None = None
    sex: Sex = None
    zone: Zone | None = None
    language: Language | None = None
    retention_days: Annotated[int, Field(ge=30, le=36500)] | None = None


class PasswordChange(Body):
    password: AnyPassword
    new_password: Password


class PasswordProof(Body):
    password: AnyPassword


class Recovery(Body):
    """The code alone says whose account it is."""

    code: Annotated[Text, StringConstraints(min_length=1, max_length=100)]
    new_password: Password


class Recovered(Answer):
    """username: whom to sign in as, where that was forgotten too."""

    username: str
    device_key: DeviceKey


class RecoveryCodes(Answer):
    recovery_codes: list[str]


class Credentials(Body):
    username: Annotated[str, StringConstraints(max_length=1000)]
    password: AnyPassword
    device: Device = ""
    bearer: Annotated[bool, Field(description="Give a token for the Authorization header instead of a cookie")] = False


class SessionAnswer(Answer):
    account: Account
    device_key: DeviceKey
    token: str | None


class DeviceAnswer(Answer):
    id: int
    device: str
    current: bool
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class Preferences(Body):
    """Genres (1 classic, 2 jazz, 3 pop, 4 trot, 5 idol, 6 rock, 7 ballad, 8 game, 9 hiphop, 10 extra) per emotion.

    goals: what music shall do in an emotion where a request does not say it. What is not named stays.
    """

    genres: dict[EmotionName, Genres] = Field(default_factory=dict)
    goals: dict[EmotionName, Literal["match", "lift", "calm"]] = Field(default_factory=dict)


class PreferencesAnswer(Answer):
    """goals: of every emotion, those that nobody chose as the service has them set."""

    genres: dict[str, list[int]]
    goals: dict[str, str]


class ConsentGiven(Body):
    version: Annotated[Text, StringConstraints(min_length=1, max_length=32)]


class ConsentAnswer(Answer):
    purpose: str
    version: str
    given_at: datetime
    withdrawn_at: datetime | None


class Withdrawn(Answer):
    """What was removed: spells, and plays of which it was forgotten what the face showed after them."""

    spells: int
    measurements: int
