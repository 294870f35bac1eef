import pytest
from sqlalchemy import text

from feeling_manager.service.db import Database, parse_url
from feeling_manager.service.errors import ConfigurationError
from feeling_manager.service.migrate import current, differences, head, migrate


def test_migrates_and_fits(any_url: str) -> None:
    database = Database(any_url)
    assert current(database) is None
    assert migrate(database)
    assert current(database) == head()
    assert not migrate(database)
    assert differences(database) == []
    database.close()


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
