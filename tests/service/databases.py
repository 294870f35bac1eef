"""Temporary database servers on sockets of their own: never the standard ports, never a server that was there."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@dataclass
class Server:
    """A running server: each test asks it for a database of its own."""

    kind: str
    start: Any
    stop: Any
    admin: str = ""
    pattern: str = ""
    count: int = field(default=0)

    def new(self) -> str:
        """The address of a fresh, empty database."""
        self.count += 1
        name = f"feeling{self.count}"
        engine = create_engine(self.admin, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.pattern.format(name=name)


def _install(package: str) -> None:
    """Where root on Debian allows it; tests are skipped otherwise."""
    if ROOT and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        subprocess.run(
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", package],
            env=environment,
            capture_output=True,
            timeout=280,
            check=False,
        )


def _as(user: str, command: list[str]) -> list[str]:
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command] if ROOT else command


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def _postgres_tools() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: path.parts[-3])
    return found[-1].parent if found else None


@contextmanager
def postgres(folder: Path) -> Iterator[Server]:
    tools = _postgres_tools()
    if tools is None:
        _install("postgresql")
        tools = _postgres_tools()
    if tools is None:
        pytest.skip("no PostgreSQL server: apt-get install postgresql")
    data, log = folder / "data", folder / "log"
    if ROOT:
        shutil.chown(folder, "postgres", "postgres")
    _run(_as("postgres", [str(tools / "initdb"), "-A", "trust", "-N", "-U", "feeling", "-E", "UTF8", "-D", str(data)]))
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=200"
    control = [str(tools / "pg_ctl"), "-w", "-D", str(data), "-l", str(log)]

    def start() -> None:
        _run(_as("postgres", [*control, "-o", options, "start"]))

    def stop() -> None:
        _run(_as("postgres", [*control, "-m", "immediate", "stop"]))

    start()
    pattern = f"postgresql+psycopg://feeling@/{{name}}?host={folder}"
    try:
        yield Server("postgresql", start, stop, pattern.format(name="postgres"), pattern)
    finally:
        stop()


@contextmanager
def mariadb(folder: Path) -> Iterator[Server]:
    if shutil.which("mariadbd", path=os.defpath + ":/usr/sbin") is None:
        _install("mariadb-server")
    daemon = shutil.which("mariadbd", path=os.defpath + ":/usr/sbin")
    if daemon is None:
        pytest.skip("no MariaDB server: apt-get install mariadb-server")
    data, socket = folder / "data", folder / "s"
    data.mkdir()
    user = ["--user=mysql"] if ROOT else []
    if ROOT:
        shutil.chown(folder, "mysql", "mysql")
        shutil.chown(data, "mysql", "mysql")
    _run(
        [
            *("mariadb-install-db", "--no-defaults", *user, f"--datadir={data}"),
            *("--auth-root-authentication-method=normal", "--skip-test-db"),
        ]
    )
    running: list[subprocess.Popen[bytes]] = []
    url = f"mysql+pymysql://root@localhost/{{name}}?unix_socket={socket}"

    def start() -> None:
        command = [daemon, "--no-defaults", *user, f"--datadir={data}", f"--socket={socket}", "--skip-networking"]
        log = (folder / "log").open("ab")
        running.append(subprocess.Popen([*command, "--innodb-flush-log-at-trx-commit=2"], stdout=log, stderr=log))
        log.close()
        engine = create_engine(url.format(name="mysql"))
        for _ in range(300):
            try:
                engine.connect().close()
                break
            except Exception:  # not yet
                time.sleep(0.2)
        else:
            raise AssertionError((folder / "log").read_text("utf-8", "replace")[-2000:])
        engine.dispose()

    def stop() -> None:
        process = running.pop()
        process.kill()
        process.wait(30)

    start()
    try:
        yield Server("mysql", start, stop, url.format(name="mysql"), url)
    finally:
        stop()


class Sqlite:
    """The same face for files."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0

    def new(self) -> str:
        self._count += 1
        return f"sqlite:///{self._folder / f'{self._count}.db'}"
