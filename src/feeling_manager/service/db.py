"""The database: SQLite, PostgreSQL, MySQL or MariaDB behind one code path. One request is one transaction."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, TypeDecorator, create_engine, event, make_url, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from feeling_manager.service.errors import ConfigurationError

AWAY = (OperationalError, InterfaceError, PoolTimeoutError)
"""What SQLAlchemy raises when the database can't be reached or gives up on a transaction."""

BigId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column of type INTEGER."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_millis(value: datetime) -> int:
    return (value - EPOCH) // timedelta(milliseconds=1)


def from_millis(value: int) -> datetime:
    return EPOCH + timedelta(milliseconds=value)


def utcnow() -> datetime:
    """Now, in whole milliseconds as the database keeps them."""
    return from_millis(to_millis(datetime.now(UTC)))


class Instant(TypeDecorator[datetime]):
    """A moment as milliseconds since 1970 in UTC, so that no clock or zone of a database has a say in it."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_millis(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else from_millis(int(value))


_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}


def parse_url(url: str) -> URL:
    """A database's address as SQLAlchemy wants it, with our drivers. Raises ConfigurationError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        # never repeats the address: it may hold a password
        raise ConfigurationError(
            "The database's address can't be read; write it like postgresql://user:password@host/name."
        ) from error
    driver = _DRIVERS.get(parsed.drivername.split("+")[0])
    if driver is None:
        raise ConfigurationError(
            f"{parsed.drivername!r} is no database we know; use sqlite, postgresql, mysql or mariadb."
        )
    parsed = parsed.set(drivername=driver)
    if driver.startswith("mysql"):
        parsed = parsed.update_query_dict({"charset": "utf8mb4"})
    return parsed


class Database:
    """Connections to one database. Safe to share between threads."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = parse_url(url)
        # hide_parameters: what people wrote must not get into an error's words, and so into a log
        options: dict[str, Any] = {
            "hide_parameters": True,
            "pool_pre_ping": True,
            "pool_size": pool_size,
            "max_overflow": pool_size,
        }
        arguments: dict[str, Any]
        if self.kind == "sqlite":
            if not self.url.database or self.url.database == ":memory:":
                raise ConfigurationError("SQLite needs a file: sqlite:////path/to/feeling.db.")
            # what people wrote is for no other account of the machine
            Path(self.url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            arguments = {"timeout": 30.0, "check_same_thread": False, "isolation_level": None}
        else:
            arguments = {"connect_timeout": 5}
            options |= {"isolation_level": "READ COMMITTED", "pool_recycle": 1800}
        if self.kind == "mysql":
            arguments |= {"read_timeout": 60, "write_timeout": 60}
        self.engine = create_engine(self.url, connect_args=arguments, pool_timeout=10, **options)
        if self.kind == "sqlite":
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        self._writer = self.engine.execution_options(feeling_write=True)

    @property
    def kind(self) -> str:
        """sqlite, postgresql or mysql."""
        return self.url.get_backend_name()

    @contextmanager
    def begin(self, *, write: bool = True) -> Iterator[Session]:
        """A transaction: committed when the block ends, undone when it raises."""
        with Session(self._writer if write else self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def ping(self) -> None:
        """Raises one of `AWAY` when the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()


def _prepare_sqlite(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:  # noqa: ARG001
    cursor = connection.cursor()
    # FULL: what was acknowledged survives a power cut too
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can't wait for another writer; one that says so at once can.
    write = connection.get_execution_options().get("feeling_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def is_away(error: BaseException) -> bool:
    """Whether trying later may help: no connection, a lost one, a lock not obtained, a deadlock."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, AWAY)
