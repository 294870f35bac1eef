"""`feeling login`: sign this machine in to a service, for `--journal`."""

import platform
from pathlib import Path
from typing import Annotated

import typer


def login(
    url: Annotated[
        str, typer.Argument(help="Of the service, such as https://feeling.example.org.", show_default=False)
    ],
    username: Annotated[str, typer.Option(help="Asked for when it is not given.", prompt=True)],
    password: Annotated[str, typer.Option(help="Asked for when it is not given.", prompt=True, hide_input=True)],
    certificate: Annotated[
        Path | None, typer.Option(help="Certificate of a service that made its own (`serve --lan`).")
    ] = None,
) -> None:
    """Sign in; the token is kept in the data directory, the password nowhere. Spells that waited are sent."""
    from feeling_manager.service.client import JournalQueue, sign_in, write_account

    account = sign_in(url, username, password, platform.node(), str(certificate) if certificate else None)
    write_account(account)
    sent = JournalQueue(account).flush()
    typer.echo(f"Signed in to {url}." + (f" {sent} spells that waited were sent." if sent else ""))
