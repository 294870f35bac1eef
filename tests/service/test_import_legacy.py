"""Moving over from the old tables, on MariaDB."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from feeling_manager.service.errors import ConfigurationError
from feeling_manager.service.legacy.importer import import_legacy
from tests.service.conftest import Make, service_of

SCHEMA = """
CREATE TABLE Users (uid INT AUTO_INCREMENT PRIMARY KEY, id VARCHAR(50), password VARCHAR(50), name VARCHAR(50),
    sex TINYINT, email VARCHAR(50)) CHARSET utf8mb4;
CREATE TABLE Userdata (userUID INT PRIMARY KEY, anger BINARY(10), fear BINARY(10), happiness BINARY(10),
    sadness BINARY(10), surprise BINARY(10));
CREATE TABLE Playlists (uid INT AUTO_INCREMENT PRIMARY KEY, urlWeb VARCHAR(50) UNIQUE, title VARCHAR(100), genre INT)
    CHARSET utf8mb4;
CREATE TABLE Statistics (uid INT AUTO_INCREMENT PRIMARY KEY, userUID INT, dateTime TIMESTAMP, songUID INT,
    emotion TINYINT)
"""


@pytest.fixture
def old(servers: Callable[[str], Any]) -> str:
    url: str = servers("mysql").new()
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in SCHEMA.split(";"):
            connection.execute(text(statement))
        connection.execute(text("SET time_zone = '+09:00'"))
        sha1 = hashlib.sha1(b"1234").hexdigest()  # noqa: S324 (what the old service kept)
        for row in (
            ("minsu", sha1, "김민수", 1, "m@example.org"),
            ("yuna", sha1.upper(), 'O"Neil %', 2, "y@example.org"),
            ("MINSU", sha1, "again", 1, "z@example.org"),
            ("broken", "not a hash", "b", 1, "b@example.org"),
        ):
            connection.execute(
                text("INSERT INTO Users (id, password, name, sex, email) VALUES (:a, :b, :c, :d, :e)"),
                dict(zip("abcde", row, strict=True)),
            )
        connection.execute(
            text(
                "INSERT INTO Userdata VALUES (1, '0000010000', '0000000001', '1111111111', '0000000000', '1000000000')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO Playlists (urlWeb, title, genre) VALUES ('aaaaaaaaaaa', '밤편지 100%', 7), "
                "('bbbbbbbbbbb', 'He said \"x\"', 99), ('no id', 'x', 1)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO Statistics (userUID, dateTime, songUID, emotion) VALUES "
                "(1, '2023-02-21 23:59:59', 1, 1), (1, '2023-02-22 00:00:00', 2, 5), (2, '2023-02-21 10:00:00', 1, 4), "
                "(1, '2023-02-21 10:00:00', 3, 4), (9, '2023-02-21 10:00:00', 1, 4)"
            )
        )
    engine.dispose()
    return url


def test_everything_comes_over(any_url: str, make_client: Make, old: str) -> None:
    client = make_client(any_url)
    lines: list[str] = []
    moved = import_legacy(service_of(client), old, lines.append)
    assert (moved.users, moved.songs, moved.plays, moved.skipped) == (3, 2, 3, 4)
    assert len(lines) == 5

    sign_in = {"userId": "minsu", "userPw": "1234"}
    assert client.post("/member/login", json=sign_in | {"userPw": "12345"}).json() == {"result": "fail"}
    assert client.post("/member/login", json=sign_in).json() == {"result": "success"}
    about = client.get("/member/search").json()
    assert (about["name"], about["sex"], about["anger"], about["sadness"]) == ("김민수", 1, "0000010000", "0000000000")
    rows = client.get("/emotion/info").json()["result"]
    assert [(row["datetime"], row["emotion"], row["songUrl"]) for row in rows] == [
        ("Tue, 21 Feb 2023 14:59:59 GMT", 1, "aaaaaaaaaaa"),
        ("Tue, 21 Feb 2023 15:00:00 GMT", 5, "bbbbbbbbbbb"),
    ]
    assert client.get("/emotion/stat").json()["result"]["count"] == 2
    assert client.get("/api/v1/statistics/day", params={"day": "2023-02-21"}).json()["plays"] == 1
    # the SHA-1 is gone after the first sign-in, and the password still works
    with service_of(client).database.engine.connect() as connection:
        rows = connection.execute(text("SELECT username, password_hash FROM users")).all()
        hashes = {row.username: row.password_hash for row in rows}
    assert hashes["minsu"].startswith("$argon2id$")
    assert hashes["yuna"].startswith("sha1:$argon2id$")
    assert client.post("/member/login", json=sign_in).json() == {"result": "success"}
    assert client.post("/member/login", json={"userId": "broken", "userPw": "!"}).json() == {"result": "fail"}


def test_what_is_no_old_service_is_one_sentence(make_client: Make, sqlite_url: str, servers: Any) -> None:
    service = service_of(make_client(sqlite_url))
    with pytest.raises(ConfigurationError, match="used MySQL"):
        import_legacy(service, sqlite_url)
    with pytest.raises(ConfigurationError, match="holds the tables"):
        import_legacy(service, servers("mysql").new())
