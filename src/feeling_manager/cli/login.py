"""`feeling login`: sign this machine in to a service, for `--journal`."""

import platform
from pathlib import Path
from typing import Annotated

import typer

_QUESTION = (
    "Keep a journal in your account at {url}? It holds what was read from your face: emotions, their probabilities "
    "and times, never pictures. You can withdraw this, which deletes them"
)


def login(
    url: Annotated[
        str, typer.Argument(help="Of the service, such as https://feeling.example.org.", show_default=False)
    ],
    username: Annotated[str, typer.Option(help="Asked for when it is not given.", prompt=True)],
    password: Annotated[str, typer.Option(help="Asked for when it is not given.", prompt=True, hide_input=True)],
    certificate: Annotated[
        Path | None, typer.Option(help="Certificate of a service that made its own (`serve --lan`).")
    ] = None,
    journal: Annotated[
        bool | None,
        typer.Option(help="Agree, or not, to keep a journal in the account; asked for when it is not given."),
    ] = None,
) -> None:
    """Sign in; the token is kept in the data directory, the password nowhere.

    Once you agree to a journal, spells that waited are sent.
    """
    from feeling_manager.service.client import JournalQueue, consent, has_consented, sign_in, write_account

    account = sign_in(url, username, password, platform.node(), str(certificate) if certificate else None)
    write_account(account)
    if not has_consented(account):
        if journal is None:
            journal = typer.confirm(_QUESTION.format(url=url))
        if not journal:
            typer.echo(f"Signed in to {url}. Without a journal, spells of --journal wait on this machine.")
            return
        consent(account)
    sent = JournalQueue(account).flush()
    typer.echo(f"Signed in to {url}." + (f" {sent} spells that waited were sent." if sent else ""))
