"""A service for each test, on the database that it asks for."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from feeling_manager.music.genres import Genre
from feeling_manager.music.song import Song
from feeling_manager.service.app import create_app
from feeling_manager.service.context import Service
from feeling_manager.service.db import Database
from feeling_manager.service.migrate import migrate
from feeling_manager.service.settings import Settings
from feeling_manager.service.songs.catalogue import SqlCatalogue
from tests.service.databases import Server, Sqlite, mariadb, postgres

KINDS = ("sqlite", "postgresql", "mysql")
Make = Callable[..., TestClient]


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """Sockets have short names: pytest's folders can be too deep for them, and closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix="feel"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def servers(short_folder: Path) -> Iterator[Callable[[str], Any]]:
    """The server of a kind, started when first asked for."""
    running: dict[str, Any] = {}
    with ExitStack() as stack:

        def get(kind: str) -> Any:
            if kind not in running:
                folder = short_folder / kind
                folder.mkdir()
                if kind == "sqlite":
                    running[kind] = Sqlite(folder)
                else:
                    running[kind] = stack.enter_context((postgres if kind == "postgresql" else mariadb)(folder))
            return running[kind]

        yield get


@pytest.fixture(params=KINDS)
def any_server(request: pytest.FixtureRequest, servers: Callable[[str], Any]) -> Server:
    """Each of the three kinds, one test for each."""
    server: Server = servers(request.param)
    return server


@pytest.fixture
def any_url(any_server: Server) -> str:
    return any_server.new()


@pytest.fixture
def sqlite_url(servers: Callable[[str], Any]) -> str:
    return str(servers("sqlite").new())


def settings_for(url: str, **changes: Any) -> Settings:
    """Fast and quiet: the least Argon2, no limits that a test does not ask for."""
    given: dict[str, Any] = {
        "database_url": SecretStr(url),
        "secret_key": SecretStr("k" * 32),
        "argon2_memory": 8,
        "argon2_time": 1,
        "registrations": 10_000,
        "address_tries": 10_000,
        "recognitions": 10_000,
        "log_file": False,
        "resolve_videos": False,
    }
    return Settings(**(given | changes))


def database_for(url: str) -> Database:
    database = Database(url)
    migrate(database)
    return database


@pytest.fixture
def make_client() -> Iterator[Make]:
    """A client of a service on a database; `url`, then settings that differ."""
    with ExitStack() as stack:

        def make(url: str, *, base: str = "http://testserver", **changes: Any) -> TestClient:
            database = database_for(url)
            database.close()
            app = create_app(settings_for(url, **changes))
            return stack.enter_context(TestClient(app, base_url=base, raise_server_exceptions=False))

        yield make


@pytest.fixture
def client(make_client: Make, sqlite_url: str) -> TestClient:
    return make_client(sqlite_url)


@pytest.fixture
def any_client(make_client: Make, any_url: str) -> TestClient:
    return make_client(any_url)


def service_of(client: TestClient) -> Service:
    service: Service = client.app.state.service  # type: ignore[attr-defined]
    return service


def video(number: int) -> str:
    return f"video{number:06d}"


def add_songs(client: TestClient, count: int = 30, *, videos: bool = True) -> None:
    """Songs of all genres in turn."""
    songs = [
        Song(
            id=f"yt:{video(n)}" if videos else f"song:{n}",
            title=f"Song {n}",
            artist="Band",
            genre=Genre(n % 10 + 1),
            video_id=video(n) if videos else None,
        )
        for n in range(count)
    ]
    SqlCatalogue(service_of(client).database).add_many(songs)


PASSWORD = "correct horse battery"


def register(client: TestClient, username: str = "minsu", *, consents: bool = True, **more: Any) -> dict[str, Any]:
    """Signs the client in to a new account, which agrees to keeping a journal."""
    answer = client.post("/api/v1/account", json={"username": username, "password": PASSWORD} | more)
    assert answer.status_code == 201, answer.text
    if consents:
        assert client.put("/api/v1/consents/journal", json={"version": "1"}).status_code == 200
    registered: dict[str, Any] = answer.json()
    return registered
