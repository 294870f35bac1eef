"""Spells from the command line into the journal."""

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
import uvicorn

from feeling_manager.labels import HAPPINESS
from feeling_manager.service.app import create_app
from feeling_manager.service.client import (
    Account,
    JournalQueue,
    ServiceAwayError,
    ServiceRefusedError,
    call,
    read_account,
    sign_in,
    write_account,
)
from feeling_manager.service.local import bind
from feeling_manager.spells import Spell
from tests.service.conftest import PASSWORD, database_for, settings_for

URLS: dict[str, str] = {}
"""The database of each running service, by its address."""


@pytest.fixture
def running(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.setenv("FEELING_DATA_DIR", str(tmp_path))
    database_for(sqlite_url).close()
    server = uvicorn.Server(uvicorn.Config(create_app(settings_for(sqlite_url)), log_config=None))
    listening = bind("127.0.0.1", None)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    call(Account(url, ""), "POST", "/api/v1/account", {"username": "minsu", "password": PASSWORD})
    URLS[url] = sqlite_url
    yield url
    server.should_exit = True
    thread.join(30)


def _spell(start: float) -> Spell:
    return Spell(uuid4(), start, start + 30.0, HAPPINESS, np.full(8, 0.125, np.float32), 300, 0.1)


def test_spells_wait_and_arrive_once(running: str, tmp_path: Path) -> None:
    account = sign_in(running, "minsu", PASSWORD, "laptop")
    write_account(account)
    assert read_account() == account
    away = JournalQueue(Account("http://127.0.0.1:9", account.token))
    for number in range(3):
        away.add(_spell(1.79e9 + number * 60))
    with pytest.raises(ServiceAwayError):
        away.flush()
    with (tmp_path / "queue.jsonl").open("a") as file:
        file.write('{"id": "cut o')
    back = JournalQueue(account)
    assert len(back.waiting()) == 3
    assert back.flush() == 3
    assert back.flush() == 0
    assert back.waiting() == []


def test_refusals_are_sentences(running: str) -> None:
    with pytest.raises(ServiceRefusedError, match="wrong"):
        sign_in(running, "minsu", "nonsense", "laptop")
    with pytest.raises(ServiceRefusedError, match="no address"):
        sign_in("file:///etc/passwd", "a", "b", "c")
    with pytest.raises(ServiceRefusedError, match="Sign in first"):
        read_account()
