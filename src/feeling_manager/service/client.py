"""Sending spells to a service: kept in a file until they arrived, each exactly once by its id."""

import json
import os
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from feeling_manager import paths
from feeling_manager.errors import FeelingError, OutputError
from feeling_manager.spells import Spell

_BATCH = 200
_TIMEOUT = 10.0
CONSENT_VERSION = "cli-1"
"""Of the words by which `feeling login` asks."""


class ServiceAwayError(FeelingError):
    """The service can't be reached; what was to be sent waits."""

    code = "service_away"
    exit_status = 13


class ServiceRefusedError(FeelingError):
    """The service refused what was asked."""

    code = "service_refused"
    exit_status = 14


class ConsentNeededError(ServiceRefusedError):
    """The service stores spells only with the person's consent; what was to be sent waits."""

    code = "consent_needed"


@dataclass(frozen=True)
class Account:
    """Where `feeling login` signed in. certificate: that of a service which made its own."""

    url: str
    token: str
    certificate: str | None = None


def account_path() -> Path:
    return paths.data_dir() / "login.json"


def read_account() -> Account:
    """Raises ServiceRefusedError where nobody signed in."""
    try:
        return Account(**json.loads(account_path().read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ServiceRefusedError("Sign in first: feeling login URL.") from error


def write_account(account: Account) -> None:
    """Readable by its owner only."""
    path = account_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(account.__dict__, file)
    except OSError as error:
        raise OutputError(f"{path} can't be written ({error.strerror}).") from error


def call(account: Account, method: str, path: str, body: Any = None) -> Any:
    """The answer's JSON. Raises ServiceAwayError, ServiceRefusedError."""
    if urlsplit(account.url).scheme not in ("http", "https"):
        raise ServiceRefusedError(f"{account.url!r} is no address of a service; write it like https://host:8000.")
    request = urllib.request.Request(  # noqa: S310 (checked above)
        account.url.rstrip("/") + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"}
        | ({"Authorization": f"Bearer {account.token}"} if account.token else {}),
    )
    context = ssl.create_default_context(cafile=account.certificate) if account.url.startswith("https") else None
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT, context=context) as answer:  # noqa: S310
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        with error:
            try:
                problem = json.loads(error.read())
                code, detail = str(problem["code"]), str(problem["detail"])
            except (ValueError, KeyError, TypeError):
                code, detail = "", f"{account.url} answered {error.code}."
        if error.code in (429, 502, 503, 504):
            raise ServiceAwayError(detail) from error
        if code == "consent_missing":
            raise ConsentNeededError(
                f"The service keeps spells only with your consent: run `feeling login {account.url}` and agree."
            ) from error
        raise ServiceRefusedError(detail) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise ServiceAwayError(f"{account.url} can't be reached ({reason}).") from error


def sign_in(url: str, username: str, password: str, device: str, certificate: str | None = None) -> Account:
    """Raises ServiceAwayError, ServiceRefusedError."""
    body = {"username": username, "password": password, "device": device[:200], "bearer": True}
    answer = call(Account(url, "", certificate), "POST", "/api/v1/session", body)
    return Account(url, answer["token"], certificate)


def has_consented(account: Account) -> bool:
    """Whether the account agrees to a journal. Raises ServiceAwayError, ServiceRefusedError."""
    given = call(account, "GET", "/api/v1/consents")
    return any(row["purpose"] == "journal" and row["withdrawn_at"] is None for row in given)


def consent(account: Account) -> None:
    """Agrees to a journal for the account. Raises ServiceAwayError, ServiceRefusedError."""
    call(account, "PUT", "/api/v1/consents/journal", {"version": CONSENT_VERSION})


class JournalQueue:
    """Spells that wait for the service, one JSON object a line in the data directory."""

    def __init__(self, account: Account, path: Path | None = None) -> None:
        self._account = account
        self._path = path or paths.data_dir() / "queue.jsonl"

    def add(self, spell: Spell) -> None:
        """Keeps a spell on disk. Its times are epoch seconds."""
        line = json.dumps(_to_json(spell)) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(f"{self._path} can't be written ({error.strerror}).") from error

    def waiting(self) -> list[dict[str, Any]]:
        """What is still to be sent; a line that was cut off by a crash is left out."""
        try:
            lines = self._path.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def flush(self) -> int:
        """Sends what waits; how many arrived.

        Raises ServiceAwayError or ConsentNeededError where the rest goes on waiting.
        """
        sent = 0
        while batch := self.waiting()[:_BATCH]:
            call(self._account, "POST", "/api/v1/journal/spells", {"spells": batch})
            self._keep(self.waiting()[len(batch) :])
            sent += len(batch)
        return sent

    def _keep(self, rest: list[dict[str, Any]]) -> None:
        part = self._path.with_name(self._path.name + ".part")
        part.write_text("".join(json.dumps(spell) + "\n" for spell in rest), "utf-8")
        part.replace(self._path)


def _to_json(spell: Spell) -> dict[str, Any]:
    return {
        "id": str(spell.id),
        "start": datetime.fromtimestamp(spell.start, UTC).isoformat(),
        "end": datetime.fromtimestamp(spell.end, UTC).isoformat(),
        "emotion": spell.emotion.name,
        "probabilities": [min(max(float(p), 0.0), 1.0) for p in spell.probabilities],
        "readings": spell.readings,
        "unclear_share": spell.unclear_share,
    }
