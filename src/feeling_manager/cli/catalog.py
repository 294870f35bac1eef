"""`feeling catalog`: fill, look at and hand on the catalogue of songs."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feeling_manager.errors import MissingDependencyError, OutputError, UsageError

if TYPE_CHECKING:
    from feeling_manager.music.genres import Genre
    from feeling_manager.music.song import Song
    from feeling_manager.music.store import CatalogueStore

app = typer.Typer(help="Fill, look at and hand on the catalogue of songs.", no_args_is_help=True)

GenreOption = Annotated[str | None, typer.Option(help="1 to 10 or a name, such as ballad or 발라드.")]
DatabaseOption = Annotated[str | None, typer.Option(help="Instead of FEELING_DATABASE_URL or the local database.")]
LogOption = Annotated[Path | None, typer.Option(help="Also append each song's fate to this file.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Say only what went wrong.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]
DelayOption = Annotated[float, typer.Option(min=0.0, help="Seconds between two requests.")]


@contextmanager
def _store(database_url: str | None) -> Iterator["CatalogueStore"]:
    """The service's catalogue, its tables made where there are none."""
    try:
        from feeling_manager.service.songs import open_catalogue
    except ImportError as error:
        raise MissingDependencyError(
            "The catalogue needs the service's packages; install them with: pip install 'feeling-manager[serve]'."
        ) from error
    with open_catalogue(database_url) as store:
        yield store


@contextmanager
def _logged(file: Path | None, quiet: bool) -> Iterator[None]:
    """Each song's fate with time and level, as the original's tool did: on stderr, and in a file if asked."""
    logger = logging.getLogger("feeling_manager.music")
    try:
        handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
        handlers[0].setLevel(logging.WARNING if quiet else logging.INFO)
        if file is not None:
            handlers.append(logging.FileHandler(file, encoding="utf-8"))
    except OSError as error:
        raise OutputError(f"The log {file} can't be written: {error.strerror or error}.") from error
    before = logger.level, logger.propagate
    logger.setLevel(logging.INFO)
    logger.propagate = False
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logger.addHandler(handler)
    try:
        yield
    finally:
        logger.level, logger.propagate = before
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()


def _genre(text: str | None) -> "Genre | None":
    from feeling_manager.music.genres import Genre, parse_genre

    if text is None:
        return None
    found = parse_genre(text)
    if found is None:
        raise UsageError(f"'{text}' is no genre; give one of {', '.join(f'{g.value} {g.text()}' for g in Genre)}.")
    return found


def _ask_genre(title: str | None, *, given: "Genre | None", yes: bool) -> "Genre":
    """The genre given; else the one that the title speaks of, confirmed; else asked."""
    from feeling_manager.music.genres import Genre, guess_genre, parse_genre

    if given is not None:
        return given
    guess = guess_genre(title or "")
    if yes and guess is not None:
        return guess
    if yes or not _interactive():
        raise UsageError(f"The title '{title or ''}' does not say the genre for sure; give --genre.")
    choices = ", ".join(f"{genre.value} {genre.text()}" for genre in Genre)
    while True:
        answer = typer.prompt(
            f"Genre of '{title or '?'}' ({choices})", default=guess.text() if guess else None, err=True
        )
        if (found := parse_genre(str(answer))) is not None:
            return found
        typer.echo(f"'{answer}' is none of them.", err=True)


def _interactive() -> bool:
    return sys.stdin.isatty()


def _show(title: str, result: dict[str, Any], json: bool) -> None:
    from feeling_manager.cli.output import print_json, print_table

    if json:
        print_json(result)
    else:
        print_table(title, [result])


@app.command()
def crawl(
    playlists: Annotated[list[str], typer.Argument(help="Playlists of YouTube (Music): addresses or ids.")],
    genre: GenreOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take the genre that a playlist's title speaks of.")] = False,
    delay: DelayOption = 1.0,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask again for what was read within a day.")] = False,
    database_url: DatabaseOption = None,
    log: LogOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Read whole playlists of YouTube Music into the catalogue.

    Interrupted, the same command goes on where it stopped.
    """
    from feeling_manager.cli.output import print_json, print_table
    from feeling_manager.music.crawl import crawl as crawl_playlist
    from feeling_manager.music.youtube import parse_playlist_id

    given = _genre(genre)
    for playlist in playlists:
        parse_playlist_id(playlist)
    rows: list[dict[str, Any]] = []
    with _store(database_url) as store, _logged(log, quiet):
        youtube = _youtube(delay, refresh=refresh)
        for playlist in playlists:
            found = crawl_playlist(store, youtube, playlist, lambda title: _ask_genre(title, given=given, yes=yes))
            counts = found.totals.as_dict() | {"unplayable": found.unplayable, "unreadable": found.unreadable}
            rows.append({"playlist": found.title or playlist} | counts | {"expected": found.expected})
    if json:
        print_json(rows)
    else:
        print_table("Read from YouTube Music", _plain(rows))


def _youtube(delay: float, *, refresh: bool = False) -> Any:
    from feeling_manager.music.polite import DAY, PoliteAdapter
    from feeling_manager.music.youtube import YouTube
    from feeling_manager.paths import cache_dir

    cache = cache_dir() / "youtube"
    return YouTube(adapter=PoliteAdapter(cache, delay=delay, max_age=0.0 if refresh else DAY))


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="CSV, XLSX or JSON with title and url, artist, genre, …")],
    genre: GenreOption = None,
    update: Annotated[bool, typer.Option("--update", help="Change songs that are there already.")] = False,
    database_url: DatabaseOption = None,
    log: LogOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Put songs of files into the catalogue; --genre is for rows that name none."""
    from feeling_manager.music.catalogue import Totals, add_songs, read_songs

    given = _genre(genre)
    sums = Totals()
    with _store(database_url) as store, _logged(log, quiet):
        for file in files:
            totals = add_songs(store, read_songs(file, genre=given), update=update)
            sums.inserted += totals.inserted
            sums.updated += totals.updated
            sums.duplicates += totals.duplicates
            sums.failed += totals.failed
    _show("Imported", sums.as_dict(), json)


@app.command()
def scan(
    folder: Annotated[Path, typer.Argument(help="A folder of mp3, flac, ogg, m4a, wav; with what is below it.")],
    genre: Annotated[str, typer.Option(help="Of files whose tags name none that is known.")] = "extra",
    database_url: DatabaseOption = None,
    log: LogOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Bring the catalogue up to date with a music folder: new, changed and missing files."""
    from feeling_manager.music.genres import Genre
    from feeling_manager.music.library import scan_folder

    given = _genre(genre) or Genre.EXTRA
    with _store(database_url) as store, _logged(log, quiet):
        found = scan_folder(store, folder, genre=given)
    _show("Scanned", found.totals.as_dict() | {"removed": found.removed}, json)


@app.command("list")
def list_songs(
    words: Annotated[list[str] | None, typer.Argument(help="Words of title or artist; none: all songs.")] = None,
    genre: GenreOption = None,
    limit: Annotated[int, typer.Option(help="Songs at most.", min=1)] = 50,
    database_url: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Show songs of the catalogue."""
    from feeling_manager.cli.output import print_json, print_table
    from feeling_manager.music.catalogue import row_of

    given = _genre(genre)
    with _store(database_url) as store:
        songs = store.search(" ".join(words or []), genre=given, limit=limit)
        count = store.count(genre=given)
    if json:
        print_json([row_of(song) | {"watch": song.watch_url} for song in songs])
        return
    rows = [_short(song) for song in songs]
    of = f" of {count}" if not words else ""
    print_table(f"{len(rows)}{of} songs", _plain(rows))


def _short(song: "Song") -> dict[str, Any]:
    return {
        "artist": song.artist,
        "title": song.title,
        "genre": song.genre.text(),
        "year": song.year,
        "moods": ", ".join(song.moods),
        "plays": "file" if song.path else song.video_id or "by search",
    }


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Brackets of titles are no markup."""
    from rich.markup import escape

    return [{name: escape(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows]


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, XLSX or JSON by its ending; - for JSON on stdout.")],
    genre: GenreOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Write the catalogue to a file that `feeling catalog import` reads back alike."""
    from feeling_manager.music.catalogue import COLUMNS, export_file, row_of
    from feeling_manager.music.tables import write_stream

    given = _genre(genre)
    with _store(database_url) as store:
        songs = (song for page in store.pages(genre=given) for song in page)
        if str(file) == "-":
            write_stream(sys.stdout, ".json", COLUMNS, map(row_of, songs))
            return
        number = export_file(songs, file)
    typer.echo(f"{number} songs written to {file}.", err=True)


@app.command()
def resolve(
    limit: Annotated[int, typer.Option(min=1, help="Songs to search at most.")] = 50,
    delay: DelayOption = 1.0,
    database_url: DatabaseOption = None,
    log: LogOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Search YouTube Music for the videos of songs that have none; what does not fit for sure stays without."""
    from dataclasses import asdict

    from feeling_manager.music.resolve import resolve_songs

    with _store(database_url) as store, _logged(log, quiet):
        found = resolve_songs(store, _youtube(delay), store.without_video_id(limit=limit))
    _show("Searched", asdict(found), json)
