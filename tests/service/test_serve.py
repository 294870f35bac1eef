"""`feeling serve` as one starts it."""

import json
import os
import queue
import shutil
import ssl
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from feeling_manager.service.errors import ConfigurationError
from feeling_manager.service.local import lan_address
from tests.conftest import ROOT

_RUN = "import typer; from feeling_manager.cli.serve import serve; typer.run(serve)"


@contextmanager
def _served(folder: Path, *options: str) -> Iterator[str]:
    """The address that it prints."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("FEELING_")}
    environment |= {"FEELING_DATA_DIR": str(folder), "FEELING_WEB_DIST": str(folder / "dist")}
    environment["FEELING_RESOLVE_VIDEOS"] = "false"
    with (folder / "err").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", _RUN, *options], env=environment, stdout=subprocess.PIPE, stderr=errors
        )
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line.decode())
        process.stdout.close()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        first = lines.get(timeout=60)
        assert first.startswith("Feeling Manager: http"), first
        yield first.removeprefix("Feeling Manager: ").strip()
    finally:
        process.terminate()
        process.wait(30)
        reader.join(30)


def test_with_nothing_configured(tmp_path: Path) -> None:
    with _served(tmp_path) as first, _served(tmp_path, "--host", "localhost") as second:
        assert first.startswith("http://127.0.0.1:80")
        assert first.rsplit(":", 1)[1] != second.rsplit(":", 1)[1]
        with urllib.request.urlopen(f"{first}/readyz") as answer:  # noqa: S310
            assert json.load(answer) == {"status": "ok"}
        body = json.dumps({"username": "minsu", "password": "correct horse"}).encode()
        request = urllib.request.Request(f"{second}/api/v1/account", body, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            cookie = answer.headers["Set-Cookie"]
        request = urllib.request.Request(f"{first}/api/v1/songs?limit=100", headers={"Cookie": cookie})  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            assert len(json.load(answer)["songs"]) == 100
    assert {"feeling.db", "secret.key", "logs"} <= {path.name for path in tmp_path.iterdir()}


def test_for_phones_in_the_network(tmp_path: Path) -> None:
    try:
        address = lan_address()
    except ConfigurationError:
        pytest.skip("this machine is in no network")
    with _served(tmp_path, "--lan") as url:
        assert url.startswith(f"https://{address}:")
        context = ssl.create_default_context(cafile=str(tmp_path / "tls" / "lan.crt"))
        with urllib.request.urlopen(f"{url}/healthz", context=context) as answer:  # noqa: S310
            assert answer.headers["strict-transport-security"]


def test_the_client_is_built_only_where_it_is_stale(tmp_path: Path) -> None:
    """The rule of scripts/web.sh in a checkout of its own, without Node, so that it stops where it would build."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "find"):
        (tools / name).symlink_to(shutil.which(name) or name)
    sources = ["web/src/main.ts", "web/messages/ko.json", "web/public/icon", "web/scripts/font.mjs", "web/index.html"]
    sources += ["web/vite.config.ts", "web/package-lock.json", "contracts/labels.json"]
    sources += ["src/feeling_manager/music/starter.tsv"]
    for number, name in enumerate([*sources, "web/src/paraglide/runtime.js", "web/dist/sw.js"]):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        os.utime(path, (number, number))
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "web.sh", tmp_path / "scripts")

    def build(**more: str) -> tuple[int, str]:
        command = ["sh", "scripts/web.sh", "build"]
        environment = {"PATH": str(tools)} | more
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    assert build() == (0, "")
    os.utime(tmp_path / "web/src/paraglide/runtime.js", (99, 99))  # which the build itself writes
    assert build() == (0, "")
    for name in sources:
        os.utime(tmp_path / name, (99, 99))
        assert build() == (0, "web client: 1 skipped (Node >= 20 is not installed)\n"), name
        assert build(CI="true")[0] == 1
        os.utime(tmp_path / name, (1, 1))
    (tmp_path / "web/dist/sw.js").unlink()
    assert "skipped" in build()[1]
