"""`feeling serve`: the service on this machine, with nothing to configure."""

import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feeling_manager.errors import MissingDependencyError

if TYPE_CHECKING:
    from feeling_manager.service.settings import Settings

_ROOT = Path(__file__).resolve().parents[3]


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="8000 or the next free one unless given.", min=1, max=65535)] = None,
    database_url: Annotated[str | None, typer.Option(help="PostgreSQL, MySQL or MariaDB instead of SQLite.")] = None,
    lan: Annotated[bool, typer.Option("--lan", help="For phones in this network: TLS, address and QR code.")] = False,
    production: Annotated[bool, typer.Option("--production", help="Refuse to start without secrets.")] = False,
) -> None:
    """Start the service: database, catalogue and web client included."""
    try:
        import uvicorn

        from feeling_manager.service import local, logs
        from feeling_manager.service.app import create_app
        from feeling_manager.service.settings import load
    except ImportError as error:
        raise MissingDependencyError(
            "The service needs more packages; install them with: pip install 'feeling-manager[serve]'."
        ) from error
    from feeling_manager import paths

    given: dict[str, Any] = {"environment": "production"} if production else {}
    if database_url:
        given["database_url"] = database_url
    settings = load(**given)
    if settings.web_dist is None:
        settings.web_dist = _ROOT / "web" / "dist"
        _build_client(_ROOT / "scripts" / "web.sh")
    _prepare(settings)
    logs.configure(paths.data_dir() / "logs" if settings.log_file else None, settings.log_days)
    app = create_app(settings)
    options: dict[str, Any] = {}
    shown = host
    if lan:
        host, shown = "0.0.0.0", local.lan_address()  # noqa: S104 (asked for)
        cert, key = local.certificate(paths.data_dir() / "tls", shown)
        options = {"ssl_certfile": str(cert), "ssl_keyfile": str(key)}
    listening = local.bind(host, port)
    address = f"{'https' if lan else 'http'}://{shown}:{listening.getsockname()[1]}"
    _say(address, settings.web_dist, qr=lan)
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, **options)
    # Ctrl-C is how one ends it: no failure
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def _build_client(script: Path) -> None:
    """Brings the web client up to date where this runs from a checkout; what is not there or fails is said."""
    shell = shutil.which("sh")
    if script.is_file() and shell and subprocess.run([shell, str(script), "build"], check=False).returncode:
        typer.echo("The web client could not be built; see above. The service goes on without this.", err=True)


def _prepare(settings: "Settings") -> None:
    """Tables, and the starter songs where the catalogue is empty."""
    from feeling_manager.music.starter import starter_songs
    from feeling_manager.service.db import Database, is_away
    from feeling_manager.service.errors import ConfigurationError
    from feeling_manager.service.migrate import migrate
    from feeling_manager.service.songs.catalogue import SqlCatalogue

    database = Database(settings.url)
    try:
        migrate(database)
        store = SqlCatalogue(database)
        if not store.count():
            store.add_many(starter_songs())
    except Exception as error:
        if is_away(error):
            raise ConfigurationError(
                f"The database can't be reached ({type(error).__name__}); check its address and that it runs."
            ) from error
        raise
    finally:
        database.close()


def _say(address: str, dist: Path, *, qr: bool) -> None:
    typer.echo(f"Feeling Manager: {address}")
    if not (dist / "index.html").is_file():
        typer.echo("API only: there is no web client (in a checkout Node >= 20 builds it).")
    if qr:
        import io

        from qrcode.main import QRCode

        code, drawing = QRCode(border=1), io.StringIO()
        code.add_data(address)
        code.print_ascii(out=drawing)
        typer.echo(drawing.getvalue())
        typer.echo("Your browser warns of the certificate, which this machine made for itself: go on to the page.")
