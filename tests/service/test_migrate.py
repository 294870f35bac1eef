from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, text

from feeling_manager.service.backup import _tables, backup, restore
from feeling_manager.service.db import Database, parse_url
from feeling_manager.service.errors import ConfigurationError
from feeling_manager.service.migrate import current, differences, head, migrate
from feeling_manager.service.models import Ban, Play
from feeling_manager.service.songs.catalogue import SqlCatalogue


def test_migrates_and_fits(any_url: str) -> None:
    database = Database(any_url)
    assert current(database) is None
    assert migrate(database)
    assert current(database) == head()
    assert not migrate(database)
    assert differences(database) == []
    database.close()


def _fill_first(database: Database) -> None:
    """Rows as the first version of the tables held them, each pointing to another."""
    migrate(database, "0001")
    with database.engine.begin() as connection:
        for statement in (
            "INSERT INTO users (id, username, username_key, name, password_hash, zone, language, retention_days,"
            " created_at) VALUES (1, 'minsu', 'minsu', 'Minsu', 'x', 'Asia/Seoul', 'ko', 730, 0)",
            "INSERT INTO songs (id, title, artist, genre, moods, source, words, draw, added_at, plays, likes)"
            " VALUES ('song:1', '밤편지', '아이유', 7, '', 'starter', '아이유 밤편지', 0.5, 0, 1, 0)",
            "INSERT INTO plays (id, user_id, song_id, at, emotion, step, skipped, learned)"
            " VALUES (1, 1, 'song:1', 0, 4, 0, false, false)",
            "INSERT INTO bans (user_id, song_id) VALUES (1, 'song:1')",
        ):
            connection.execute(text(statement))


def _is_whole(database: Database) -> bool:
    with database.begin(write=False) as db:
        plays, bans = db.scalars(select(Play.song_id)).all(), db.scalars(select(Ban.song_id)).all()
    found = [song.id for song in SqlCatalogue(database).search("편지")]
    return current(database) == head() and differences(database) == [] and plays == bans == found == ["song:1"]


def test_an_old_database_keeps_its_rows(any_url: str) -> None:
    database = Database(any_url)
    _fill_first(database)
    assert migrate(database)
    assert _is_whole(database)
    database.close()


def test_an_old_backup_is_restored(
    any_url: str, servers: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, file = Database(any_url), Database(servers(Database(any_url).kind).new()), tmp_path / "old.jsonl.gz"
    _fill_first(old)
    # what the program of that time knew: the tables as they are there
    tables = list(_tables(old).values())
    with monkeypatch.context() as then:
        known = SimpleNamespace(metadata=SimpleNamespace(sorted_tables=tables))
        then.setattr("feeling_manager.service.backup.Base", known)
        assert backup(old, file) == 4
    assert restore(new, file) == 4
    assert _is_whole(new)
    migrate(old)
    with pytest.raises(ConfigurationError, match="without tables"):
        restore(old, file)
    old.close()
    new.close()


def test_a_newer_database_is_refused(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    migrate(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="newer version"):
        migrate(database)
    database.close()


@pytest.mark.parametrize("url", ["nonsense", "oracle://x", "sqlite://", "sqlite:///:memory:"])
def test_a_wrong_address_is_one_sentence(url: str) -> None:
    with pytest.raises(ConfigurationError):
        Database(url)


def test_plain_addresses_get_our_drivers() -> None:
    assert parse_url("postgres://u:p@h/d").drivername == "postgresql+psycopg"
    assert parse_url("mysql://u:p@h:3307/d").render_as_string(False) == "mysql+pymysql://u:p@h:3307/d?charset=utf8mb4"
