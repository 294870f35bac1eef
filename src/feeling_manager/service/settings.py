"""The service's settings: environment variables that begin with FEELING_, checked at start."""

import os
import secrets
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from feeling_manager import paths
from feeling_manager.labels import NAMES
from feeling_manager.music.recommender.feedback import RewardWeights
from feeling_manager.music.recommender.types import Goal
from feeling_manager.service.errors import ConfigurationError

_LEAST_SECRET = 32


class Settings(BaseSettings):
    """Each field is read from FEELING_<NAME>. See docs/how-to/service.md for what each does."""

    model_config = SettingsConfigDict(env_prefix="FEELING_", extra="ignore", hide_input_in_errors=True)

    environment: Literal["local", "production"] = "local"
    database_url: SecretStr | None = Field(default=None, description="SQLite in the data directory unless set")
    secret_key: SecretStr | None = Field(default=None, description="keys the hashes of tokens; 32 characters or more")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    zone: str = Field(default="Asia/Seoul", description="of the old contract's days, and of new accounts")
    session_days: int = Field(default=90, ge=1)
    retention_days: int = Field(default=730, ge=30, description="then only daily sums are kept")
    sign_in_tries: int = Field(default=10, ge=1, description="failures per account in five minutes")
    address_tries: int = Field(default=100, ge=1, description="sign-ins per address in five minutes")
    registrations: int = Field(default=20, ge=1, description="per address in an hour")
    recognitions: int = Field(default=600, ge=1, description="pictures per address in a minute")
    argon2_memory: int = Field(default=19456, ge=8, description="KiB")
    argon2_time: int = Field(default=2, ge=1)
    max_body: int = Field(default=1_000_000, ge=1000, description="bytes of a request; of a picture ten times that")
    pool_size: int = Field(default=10, ge=1)
    log_days: int = Field(default=14, ge=1, description="daily log files that are kept")
    log_file: bool = True
    metrics_token: SecretStr | None = None
    resolve_videos: bool = Field(default=True, description="search the video of a song when it is first given")
    vision: bool = Field(default=True, description="recognition on the server")
    music_folders: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(), description="whose files are streamed; in local use those of every scanned song unless set"
    )
    policy: str = Field(default="auto", description="how songs are chosen")
    repeat_after: float = Field(default=3 * 3600.0, ge=0, description="seconds")
    explore: float = Field(default=0.05, ge=0, le=1, description="share of songs drawn from all candidates alike")
    goals: Annotated[dict[str, str], NoDecode] = Field(
        default={"anger": "calm", "disgust": "calm", "fear": "calm", "contempt": "calm"},
        description="what music does in an emotion unless a person says otherwise; match where none is named",
    )
    reward_said: float = Field(default=3.0, ge=0, description="weight of a like or a dislike in the reward")
    reward_played: float = Field(default=1.0, ge=0, description="weight of the share that was heard")
    reward_felt: float = Field(default=1.0, ge=0, description="weight of what the face showed")
    reward_scale: float = Field(default=0.3, gt=0, description="change of the face that counts three quarters")
    web_dist: Path | None = None
    android_package: str | None = Field(default=None, description="of the packaged Android app")
    android_fingerprints: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("allowed_origins", "android_fingerprints", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    @field_validator("music_folders", mode="before")
    @classmethod
    def _split_paths(cls, value: Any) -> Any:
        return tuple(Path(part) for part in value.split(os.pathsep) if part) if isinstance(value, str) else value

    @field_validator("goals", mode="before")
    @classmethod
    def _named_goals(cls, value: Any) -> Any:
        """Reads sadness=lift,anger=calm."""
        if not isinstance(value, str):
            return value
        pairs = [part.strip().partition("=") for part in value.split(",") if part.strip()]
        return {name.strip(): goal.strip() for name, _, goal in pairs}

    @field_validator("goals")
    @classmethod
    def _known_goals(cls, value: dict[str, str]) -> dict[str, str]:
        for name, goal in value.items():
            if name not in NAMES or goal not in tuple(Goal):
                raise ValueError(f"{name}={goal} is no goal for an emotion; write it like sadness=lift,anger=calm")
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                raise ValueError(f"{origin!r} is no origin; write it like https://app.example.org")
        return value

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no time zone; write it like Asia/Seoul") from error
        return value

    @model_validator(mode="after")
    def _production_needs_secrets(self) -> Self:
        if self.environment == "production":
            if self.secret_key is None:
                raise ValueError("in production FEELING_SECRET_KEY must be set (openssl rand -hex 32 makes one)")
            if self.database_url is None:
                raise ValueError("in production FEELING_DATABASE_URL must be set")
        if self.reward_said + self.reward_played + self.reward_felt <= 0:
            raise ValueError("one of FEELING_REWARD_SAID, _PLAYED and _FELT must be above 0")
        if self.secret_key is not None and len(self.secret_key.get_secret_value()) < _LEAST_SECRET:
            raise ValueError(f"FEELING_SECRET_KEY must have {_LEAST_SECRET} characters or more")
        return self

    @property
    def reward(self) -> RewardWeights:
        """How feedback becomes one number."""
        return RewardWeights(self.reward_said, self.reward_played, self.reward_felt, self.reward_scale)

    @property
    def url(self) -> str:
        """Of the database, with its password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{paths.data_dir() / 'feeling.db'}"


def load(**overrides: Any) -> Settings:
    """The settings of the environment. Raises ConfigurationError with one sentence where they can't be used."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = "".join(f"FEELING_{str(part).upper()}: " for part in first["loc"][:1])
        raise ConfigurationError(f"{name}{first['msg'].removeprefix('Value error, ')}.") from error


def secret(settings: Settings) -> bytes:
    """The key of the hashes; for local use made once and kept in the data directory, readable by its owner only."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path = paths.data_dir() / "secret.key"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            # exclusive: of two servers that start at once one writes, both read the same
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
        key = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"The key {path} can't be kept ({error.strerror}); set FEELING_SECRET_KEY.") from error
    if len(key) < _LEAST_SECRET:
        raise ConfigurationError(f"The key {path} is damaged; remove it (everybody then signs in again).")
    return key
