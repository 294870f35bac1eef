"""Spells from the command line into the journal."""

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
import typer
import uvicorn
from typer.testing import CliRunner

from feeling_manager.cli.login import login
from feeling_manager.labels import HAPPINESS
from feeling_manager.service.app import create_app
from feeling_manager.service.client import (
    Account,
    ConsentNeededError,
    JournalQueue,
    ServiceAwayError,
    ServiceRefusedError,
    call,
    consent,
    has_consented,
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
    with pytest.raises(ConsentNeededError, match="feeling login"):
        back.flush()
    assert len(back.waiting()) == 3
    assert not has_consented(account)
    consent(account)
    assert has_consented(account)
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


def test_login_asks_for_consent(running: str, tmp_path: Path) -> None:
    """What version 0.1.0 left waiting is sent once the person agrees, and not before."""
    field = Path(__file__).parent / "field"
    (tmp_path / "queue.jsonl").write_bytes((field / "queue.jsonl").read_bytes())
    (tmp_path / "login.json").write_bytes((field / "login.json").read_bytes())
    assert read_account().token == "token-of-0.1.0"
    asked = typer.Typer()
    asked.command()(login)
    arguments = [running, "--username", "minsu", "--password", PASSWORD]
    refused = CliRunner().invoke(asked, arguments, input="n\n")
    assert refused.exit_code == 0, refused.output
    assert "never pictures" in refused.output
    assert len(JournalQueue(read_account()).waiting()) == 3
    agreed = CliRunner().invoke(asked, arguments, input="y\n")
    assert "3 spells that waited were sent" in agreed.output
    assert JournalQueue(read_account()).waiting() == []
    found = call(read_account(), "GET", "/api/v1/journal/spells")["spells"]
    assert [spell["emotion"] for spell in found] == ["happiness"] * 3
    again = CliRunner().invoke(asked, arguments)
    assert "Keep a journal" not in again.output
