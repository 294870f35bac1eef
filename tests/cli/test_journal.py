"""From the command line into the journal of a real service, and waiting while it is away."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from feeling_manager.service.client import Account, call
from tests.cli.conftest import Feeling
from tests.clips import moving_face, write_clip

PASSWORD = "a long enough password"


def _serve(data: Path) -> tuple["subprocess.Popen[str]", str]:
    environment = os.environ | {"FEELING_DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "feeling_manager", "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if address := re.search(r"http://127\.0\.0\.1:\d+", line):
            return process, address[0]
    raise AssertionError("the service did not start")


def _stop(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_spells_reach_the_journal_exactly_once(feeling: Feeling, data: Path, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", moving_face(75), fps=5)
    here = {"FEELING_DATA_DIR": str(data)}
    signed_out = feeling("analyze", clip, "--only", "csv", "--journal", "--recorded", "2026-03-01T10:00+09:00", **here)
    assert signed_out.returncode == 14
    assert "Sign in first: feeling login URL." in signed_out.stderr

    service, address = _serve(data)
    try:
        made = feeling("user", "create", "mina", "--password", PASSWORD, **here)
        assert made.returncode == 0, made.stderr
        entered = feeling("login", address, "--username", "mina", "--password", PASSWORD, "--journal", **here)
        assert entered.returncode == 0, entered.stderr
    finally:
        _stop(service)

    options = ("--only", "csv", "--journal", "--recorded", "2026-03-01T10:00+09:00")
    away = feeling("analyze", clip, *options, **here)
    assert away.returncode == 0
    assert "1 spell(s) for the journal wait to be sent" in away.stderr

    service, again = _serve(data)
    try:
        account = Account(**json.loads((data / "login.json").read_text()) | {"url": again})
        (data / "login.json").write_text(json.dumps(account.__dict__))
        sent = feeling("live", clip, "--headless", "--journal", **here)
        # the one that waited; the film passes faster than a spell lasts, by its own clock it is one too
        assert "2 spell(s) sent to the journal" in sent.stderr, sent.stderr
        stored = call(account, "GET", "/api/v1/journal/spells")["spells"]
        assert [spell["emotion"] for spell in stored] == ["happiness", "happiness"]
        assert stored[0]["start"].startswith("2026-03-01T01:00:00")
        assert len({spell["id"] for spell in stored}) == 2
        assert not (data / "queue.jsonl").read_text().strip()
    finally:
        _stop(service)


def test_journal_needs_a_time_and_one_input(feeling: Feeling) -> None:
    assert "go together" in feeling("analyze", "x.mp4", "--journal").stderr
    assert "takes one film" in feeling("analyze", "x", "y", "--journal", "--recorded", "2026-03-01T10:00").stderr
