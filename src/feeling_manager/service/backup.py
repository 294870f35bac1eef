"""A whole database into one file and back: JSON lines, the same for every kind, so that one can also move by it."""

import base64
import gzip
import json
import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, LargeBinary, MetaData, Table, Uuid, insert, select, text
from sqlalchemy.types import TypeEngine

from feeling_manager.errors import OutputError
from feeling_manager.service.db import Database, Instant
from feeling_manager.service.errors import ConfigurationError
from feeling_manager.service.migrate import current, migrate, revisions
from feeling_manager.service.models import Base, Probabilities
from feeling_manager.service.sync.repository import renew_identity

_BATCH = 1000
_FORMAT = "feeling-backup-1"
_OF_THE_DATABASE = ("alembic_version", "database_identity")
"""Tables that say which database this is, not what is in it."""


def backup(database: Database, path: Path) -> int:
    """Writes everything to `path` (gzip), as of one moment, whole or not at all; how many rows."""
    part = path.with_name(path.name + ".part")
    rows = 0
    try:
        with gzip.open(part, "wt", encoding="utf-8") as file:
            rows = _write(database, file)
        with part.open("rb") as file_on_disk:
            os.fsync(file_on_disk.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"{path} can't be written ({error.strerror or error}); give another file.") from error
    return rows


def _write(database: Database, file: IO[str]) -> int:
    file.write(json.dumps({"format": _FORMAT, "revision": current(database)}) + "\n")
    rows = 0
    # one moment for all tables, also while others write
    level = {"isolation_level": "REPEATABLE READ"} if database.kind != "sqlite" else {}
    with database.engine.connect().execution_options(**level, stream_results=True) as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in _OF_THE_DATABASE:
                continue
            for row in connection.execute(select(table)).mappings():
                file.write(json.dumps([table.name, {k: _out(v) for k, v in row.items()}], ensure_ascii=False) + "\n")
                rows += 1
    file.write(json.dumps({"rows": rows}) + "\n")
    return rows


def restore(database: Database, path: Path) -> int:
    """Fills an empty database from a backup, all or nothing, and brings it up to date; how many rows.

    Raises ConfigurationError where the database is not empty or the file is no whole backup.
    """
    revision = _revision(path)
    if current(database) not in (None, revision):
        raise ConfigurationError(
            f"The backup is of revision {revision}, the database of {current(database)}; "
            "restore into one without tables."
        )
    migrate(database, revision)
    tables = _tables(database)
    rows = 0
    with database.begin() as db:
        if any(db.execute(select(table).limit(1)).first() for table in tables.values()):
            raise ConfigurationError("The database is not empty; restore into a new one.")
        for table, batch in _batches(path, tables):
            db.execute(insert(table), batch)
            rows += len(batch)
        if database.kind == "postgresql":
            # its numbering does not see rows that bring their number
            for name, table in tables.items():
                if "id" in table.c and isinstance(table.c.id.type, BigInteger):
                    db.execute(
                        text(
                            f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "  # noqa: S608 (our own names)
                            f"(SELECT COALESCE(MAX(id), 0) + 1 FROM {name}), false)"
                        )
                    )
    migrate(database)
    with database.begin() as db:
        # what devices had sent since the backup is missing here: another name tells them so
        renew_identity(db)
    return rows


def _revision(path: Path) -> str:
    """Of the tables that a backup was made from."""
    known = revisions()
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            first = json.loads(file.readline())
        if first["format"] == _FORMAT and first["revision"] in known:
            return str(first["revision"])
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise _broken(path) from error
    raise _broken(path)


def _broken(path: Path) -> ConfigurationError:
    return ConfigurationError(f"{path} is no whole backup of this version or an older one; see `feeling db backup`.")


def _tables(database: Database) -> dict[str, Table]:
    """The tables as they are there, which may be older, with our types where we know the column."""
    found = MetaData()
    with database.engine.connect() as connection:
        found.reflect(connection)
    for table in found.tables.values():
        if (ours := Base.metadata.tables.get(table.name)) is not None:
            for column in table.c:
                column.type = ours.c[column.name].type if column.name in ours.c else column.type
    return {table.name: table for table in found.sorted_tables if table.name not in _OF_THE_DATABASE}


def _batches(path: Path, tables: dict[str, Table]) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    held: list[dict[str, Any]] = []
    name, rows, said = "", 0, None
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            file.readline()
            for line in file:
                value = json.loads(line)
                if isinstance(value, dict):
                    said = value["rows"]
                    break
                if held and (value[0] != name or len(held) >= _BATCH):
                    yield tables[name], held
                    held = []
                name = value[0]
                columns = tables[name].c
                held.append({key: _in(columns[key].type, cell) for key, cell in value[1].items()})
                rows += 1
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise _broken(path) from error
    if said != rows:
        raise _broken(path)
    if held:
        yield tables[name], held


def _out(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _in(kind: TypeEngine[Any], value: Any) -> Any:
    if value is None or isinstance(kind, Probabilities):
        return value
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    if isinstance(kind, Instant):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return UUID(value) if isinstance(kind, Uuid) else value
