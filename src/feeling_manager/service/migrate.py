"""Bringing a database's tables to this version: the same migrations on every database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, LargeBinary, text

from feeling_manager.service.db import Database
from feeling_manager.service.errors import ConfigurationError
from feeling_manager.service.models import Base, Probabilities

_LOCK = 1_179_206_989  # any number that is ours: two servers that start at once migrate one after the other


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest revision."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None  # noqa: S101 (there are migrations)
    return revision


def revisions() -> set[str]:
    """All that this program knows."""
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def current(database: Database) -> str | None:
    """The database's revision, None where there are no tables yet."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(database: Database, to: str | None = None) -> bool:
    """Brings the tables up to date, or from none to the revision `to`; whether there was something to do.

    Raises ConfigurationError for a newer database.
    """
    with database.engine.connect() as connection, _alone(connection, database.kind):
        before = MigrationContext.configure(connection).get_current_revision()
        if before == (to or head()):
            return False
        connection.rollback()
        try:
            command.upgrade(_config(connection), to or "head")
        except CommandError as error:
            raise ConfigurationError(
                f"The database is of a newer version ({before}) than this program ({head()}); update the program."
            ) from error
        connection.commit()
    return True


def differences(database: Database) -> list[Any]:
    """How the tables differ from what this version expects; empty where they fit."""
    with database.engine.connect() as connection:
        return list(
            compare_metadata(MigrationContext.configure(connection, opts={"compare_type": _other}), Base.metadata)
        )


def _other(context: Any, inspected: Any, expected: Any, inspected_type: Any, expected_type: Any) -> bool | None:  # noqa: ARG001
    # MySQL picks one of four BLOB types by the length that we ask for
    return False if isinstance(expected_type, LargeBinary | Probabilities) else None


@contextmanager
def _alone(connection: Connection, kind: str) -> Iterator[None]:
    if kind == "postgresql":
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
    elif kind == "mysql":
        connection.execute(text("SELECT GET_LOCK(:key, 600)"), {"key": str(_LOCK)})
    connection.commit()
    try:
        yield
    finally:
        if not connection.closed and not connection.invalidated:
            connection.rollback()
            if kind == "postgresql":
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            elif kind == "mysql":
                connection.execute(text("SELECT RELEASE_LOCK(:key)"), {"key": str(_LOCK)})
            connection.commit()
