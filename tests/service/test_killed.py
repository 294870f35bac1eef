"""kill -9 at random moments under load: what was acknowledged is there, once."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from tests.service.conftest import KINDS, PASSWORD
from tests.service.databases import Server

# the command itself, without what the other commands import
_RUN = "import typer; from feeling_manager.cli.serve import serve; typer.run(serve)"

# how a connection ends when the service is killed: refused, reset, or in the middle of an answer
_CUT = (OSError, http.client.HTTPException)


class _Service:
    """`feeling serve` in a process of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._environment = os.environ | {
            "FEELING_DATABASE_URL": url,
            "FEELING_DATA_DIR": str(folder),
            "FEELING_WEB_DIST": str(folder),
            "FEELING_RESOLVE_VIDEOS": "false",
            "FEELING_ARGON2_MEMORY": "8",
            "FEELING_ARGON2_TIME": "1",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-c", _RUN, "--port", str(self.port)]
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device)
            self._process = subprocess.Popen(command, env=self._environment, stdout=nowhere, stderr=nowhere)
        for _ in range(600):
            try:
                self.call("GET", "/readyz")
                return
            except _CUT:
                assert self._process.poll() is None, "the service ended at its start"
                time.sleep(0.05)
        raise AssertionError("the service did not start")

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(30)

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return json.loads(answer.read() or b"null")


def _spell(start: datetime) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "start": start.isoformat(),
        "end": (start + timedelta(seconds=20)).isoformat(),
        "emotion": "happiness",
        "probabilities": [0, 1, 0, 0, 0, 0, 0, 0],
        "readings": 200,
        "unclear_share": 0,
    }


def _load(service: _Service, token: str, number: int, acknowledged: set[str], plays: set[int]) -> None:
    """Sends until the service is gone."""
    start = datetime.now(UTC) - timedelta(days=1 + number)
    for second in range(100_000):
        batch = [_spell(start + timedelta(seconds=second))]
        try:
            service.call("POST", "/api/v1/journal/spells", {"spells": batch}, token)
            acknowledged.add(batch[0]["id"])
            given = service.call("POST", "/api/v1/recommendations", {"emotion": "fear"}, token)
            plays.add(given["play"])
        except _CUT:
            return


def _everything(service: _Service, token: str, what: str) -> list[Any]:
    found: list[Any] = []
    after = ""
    while True:
        page = service.call("GET", f"/api/v1/journal/{what}?limit=500{after}", token=token)
        found += [row["id"] for row in page[what]]
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"


def _kill_often(url: str, folder: Path, times: int) -> None:
    service = _Service(url, folder)
    service.start()
    try:
        service.call("POST", "/api/v1/account", {"username": "minsu", "password": PASSWORD})
        body = {"username": "minsu", "password": PASSWORD, "bearer": True}
        token = service.call("POST", "/api/v1/session", body)["token"]
        service.call("PUT", "/api/v1/consents/journal", {"version": "1"}, token)
        acknowledged: set[str] = set()
        plays: set[int] = set()
        rng = np.random.default_rng()
        for _ in range(times):
            before = len(acknowledged)
            workers = [
                threading.Thread(target=_load, args=(service, token, number, acknowledged, plays))
                for number in range(3)
            ]
            for worker in workers:
                worker.start()
            while len(acknowledged) == before:
                time.sleep(0.01)
            time.sleep(float(rng.uniform(0.0, 0.5)))
            service.kill()
            for worker in workers:
                worker.join(60)
            service.start()
            kept = _everything(service, token, "spells")
            assert len(kept) == len(set(kept))
            assert acknowledged <= set(kept)
            kept_plays = _everything(service, token, "plays")
            assert len(kept_plays) == len(set(kept_plays))
            assert plays <= set(kept_plays)
            # the daily sums agree with the rows
            today = datetime.now(UTC).date()
            days = f"first={today - timedelta(days=10)}&last={today + timedelta(days=1)}"
            sums = service.call("GET", f"/api/v1/statistics?{days}", token=token)
            assert (sums["spells"], sums["plays"]) == (len(kept), len(kept_plays))
        assert len(acknowledged) >= times
    finally:
        service.kill()


def test_killed_five_times(any_server: Server, tmp_path: Path) -> None:
    _kill_often(any_server.new(), tmp_path, 5)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS)
def test_killed_a_hundred_times(kind: str, servers: Callable[[str], Any], tmp_path: Path) -> None:
    _kill_often(servers(kind).new(), tmp_path, 100)
