"""`feeling user`: accounts, for operators."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from feeling_manager.errors import MissingDependencyError, UsageError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from feeling_manager.service.context import Service
    from feeling_manager.service.models import User

app = typer.Typer(help="Create, list, disable and delete accounts; reset passwords.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The account's id.", show_default=False)]
DatabaseOption = Annotated[str | None, typer.Option(help="Instead of FEELING_DATABASE_URL or the local database.")]
PasswordOption = Annotated[
    str, typer.Option(help="Asked for when it is not given.", prompt=True, hide_input=True, confirmation_prompt=True)
]


@contextmanager
def _transaction(url: str | None) -> Iterator[tuple["Service", "Session"]]:
    try:
        from feeling_manager.service.context import Service
        from feeling_manager.service.migrate import migrate
        from feeling_manager.service.settings import load
    except ImportError as error:
        raise MissingDependencyError(
            "Accounts need the service's packages; install them with: pip install 'feeling-manager[serve]'."
        ) from error
    service = Service.build(load(**({"database_url": url} if url else {})))
    try:
        migrate(service.database)
        with service.database.begin() as db:
            yield service, db
    finally:
        service.database.close()


def _found(db: "Session", username: str) -> "User":
    from feeling_manager.service.accounts.repository import find_user

    user = find_user(db, username)
    if user is None:
        raise UsageError(f"There is no account {username!r}; see `feeling user list`.")
    return user


@app.command("list")
def list_users(database_url: DatabaseOption = None) -> None:
    """Every account, with the day it was made."""
    from feeling_manager.service.accounts.repository import users

    with _transaction(database_url) as (_, db):
        after = 0
        while page := users(db, after=after):
            for user in page:
                typer.echo(f"{user.username}\t{user.created_at:%Y-%m-%d}{'	disabled' if user.disabled_at else ''}")
            after = page[-1].id


@app.command()
def create(username: Name, password: PasswordOption, database_url: DatabaseOption = None) -> None:
    """Make an account; prints its recovery codes."""
    from feeling_manager.service.accounts import service as accounts

    _check(password)
    if not 0 < len(username) <= 50:
        raise UsageError("An id has 1 to 50 characters.")
    with _transaction(database_url) as (service, db):
        _, codes = accounts.create(
            db,
            service,
            username=username,
            password_hash=service.passwords.hash(password),
            name=username,
            email=None,
            sex=None,
        )
    typer.echo("\n".join(codes))


@app.command("reset-password")
def reset_password(username: Name, password: PasswordOption, database_url: DatabaseOption = None) -> None:
    """Set a password; every device is signed out."""
    from feeling_manager.service.accounts import service as accounts

    _check(password)
    with _transaction(database_url) as (service, db):
        accounts.set_password(db, service, _found(db, username), password)


@app.command()
def disable(username: Name, database_url: DatabaseOption = None) -> None:
    """Sign an account out and let nobody in, until it is enabled."""
    from feeling_manager.service.accounts.repository import remove_sign_ins
    from feeling_manager.service.db import utcnow

    with _transaction(database_url) as (_, db):
        user = _found(db, username)
        user.disabled_at = utcnow()
        remove_sign_ins(db, user.id)


@app.command()
def enable(username: Name, database_url: DatabaseOption = None) -> None:
    """Let an account in again."""
    with _transaction(database_url) as (_, db):
        _found(db, username).disabled_at = None


@app.command()
def delete(
    username: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    database_url: DatabaseOption = None,
) -> None:
    """Delete an account with all its data."""
    from feeling_manager.service.accounts.repository import remove_user
    from feeling_manager.service.songs.feedback import forget

    if not yes:
        typer.confirm(f"Delete {username} with all data?", abort=True)
    with _transaction(database_url) as (_, db):
        user = _found(db, username)
        forget(db, user)
        remove_user(db, user.id)


def _check(password: str) -> None:
    if not 8 <= len(password) <= 1000:
        raise UsageError("A password has 8 to 1000 characters.")
