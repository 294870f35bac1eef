"""`feeling db`: the service's database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feeling_manager.errors import MissingDependencyError

if TYPE_CHECKING:
    from feeling_manager.service.db import Database

app = typer.Typer(help="Migrate, check, back up and restore the service's database.", no_args_is_help=True)

DatabaseOption = Annotated[str | None, typer.Option(help="Instead of FEELING_DATABASE_URL or the local database.")]
FileArgument = Annotated[Path, typer.Argument(help="Backup file (.jsonl.gz).", show_default=False)]


@contextmanager
def open_database(url: str | None) -> Iterator["Database"]:
    """The service's database, closed at the end. Raises ConfigurationError where it can't be used."""
    try:
        from feeling_manager.service.db import Database, is_away
        from feeling_manager.service.settings import load
    except ImportError as error:
        raise MissingDependencyError(
            "The database needs the service's packages; install them with: pip install 'feeling-manager[serve]'."
        ) from error
    from feeling_manager.service.errors import ConfigurationError

    database = Database(url or load().url)
    try:
        yield database
    except Exception as error:
        if is_away(error):
            raise ConfigurationError(
                f"The database can't be used ({type(error).__name__}); check its address, that it runs, and migrate."
            ) from error
        raise
    finally:
        database.close()


@app.command()
def migrate(database_url: DatabaseOption = None) -> None:
    """Bring the tables to this version; safe to run again."""
    with open_database(database_url) as database:
        from feeling_manager.service import migrate as migrations

        done = migrations.migrate(database)
        typer.echo(f"{'migrated to' if done else 'already at'} {migrations.head()}")


@app.command()
def check(database_url: DatabaseOption = None) -> None:
    """Say whether the tables are those of this version; exit status 12 where not."""
    with open_database(database_url) as database:
        from feeling_manager.service import migrate as migrations
        from feeling_manager.service.errors import ConfigurationError

        found = migrations.current(database)
        if found != migrations.head():
            raise ConfigurationError(f"The database is at {found}, not {migrations.head()}; run `feeling db migrate`.")
        different = migrations.differences(database)
        if different:
            raise ConfigurationError(f"Someone changed the tables: {len(different)} differences; restore a backup.")
        typer.echo(f"{database.kind}, revision {found}: fits")


@app.command()
def backup(file: FileArgument, database_url: DatabaseOption = None) -> None:
    """Write everything to one file, as of one moment, while the service runs."""
    with open_database(database_url) as database:
        from feeling_manager.service.backup import backup as write

        typer.echo(f"{write(database, file)} rows in {file}")


@app.command()
def restore(file: FileArgument, database_url: DatabaseOption = None) -> None:
    """Fill an empty database, of any kind, from a backup: all or nothing."""
    with open_database(database_url) as database:
        from feeling_manager.service.backup import restore as fill

        typer.echo(f"{fill(database, file)} rows restored")


@app.command("import-legacy")
def import_legacy(
    url: Annotated[str, typer.Argument(help="mysql://user:password@host/name of the old service.")],
    database_url: DatabaseOption = None,
) -> None:
    """Bring users, preferences, songs and history from the original service; its passwords go on working."""
    with open_database(database_url) as database:
        from feeling_manager.service.context import Service
        from feeling_manager.service.legacy.importer import import_legacy as move
        from feeling_manager.service.migrate import migrate as bring
        from feeling_manager.service.settings import load

        bring(database)
        settings = load(**({"database_url": database_url} if database_url else {}))
        moved = move(Service.build(settings), url, say=lambda line: typer.echo(line, err=True))
    typer.echo(f"users {moved.users}, songs {moved.songs}, records {moved.plays}, skipped {moved.skipped}")
