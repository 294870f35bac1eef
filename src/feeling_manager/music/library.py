"""Songs of a local music folder: tags read, changes noticed, and the only way from a song to a file."""

import logging
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feeling_manager.errors import MissingDependencyError
from feeling_manager.music.catalogue import Entry, Totals, add_songs
from feeling_manager.music.errors import CatalogueError
from feeling_manager.music.genres import Genre, guess_genre
from feeling_manager.music.song import Song, clean_text, song_id
from feeling_manager.music.store import CatalogueStore

log = logging.getLogger(__name__)

SUFFIXES = frozenset({".mp3", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".wav"})
MIME: dict[str, str] = {
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
}
"""By ending, for whoever serves the files."""


@dataclass(slots=True)
class Scan:
    """What a scan found: totals of the files (failed: unreadable ones), and songs whose file is gone."""

    totals: Totals
    removed: int


def scan_folder(store: CatalogueStore, folder: Path, *, genre: Genre = Genre.EXTRA) -> Scan:
    """Brings the store up to date with a music folder: new and changed files in, songs of missing files out.

    A song keeps its id while its file stays in its place, whatever its tags say. genre: of files whose tags name
    none that is known. Raises `CatalogueError` where the folder itself can't be read: nothing is taken out then.
    """
    root = _root(folder)
    unread: list[Path] = []
    totals = add_songs(store, read_folder(root, genre=genre, unread=unread), update=True)
    gone = [song.id for page in store.pages(source="local") for song in page if _is_gone(song, root, unread)]
    removed = store.remove_many(gone)
    log.info("Songs whose file is gone: %d", removed)
    return Scan(totals, removed)


def read_folder(folder: Path, *, genre: Genre = Genre.EXTRA, unread: list[Path] | None = None) -> Iterator[Entry]:
    """A song or an error for each music file below `folder`, in the order of their paths.

    Links are followed, each folder is entered once, what lies outside `folder` is not. unread: takes the folders
    that can't be listed.
    """
    root = _root(folder)
    for path in _files(root, [] if unread is None else unread):
        where = clean_text(path.relative_to(root).as_posix().encode("utf-8", "replace").decode())
        try:
            yield where, read_file(path, genre=genre)
        except CatalogueError as error:
            yield where, error


def read_file(path: Path, *, genre: Genre = Genre.EXTRA) -> Song:
    """The song in one music file; without tags, its name ("Artist - Title" is parted). Raises `CatalogueError`."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise CatalogueError("its name is no valid Unicode; rename it.") from None
    tags, duration = _tags(path)
    artist, title = _from_name(path)
    if named := _first(tags, "title"):
        artist, title = _first(tags, "artist") or _first(tags, "albumartist"), named
    year = re.search(r"\b[12]\d{3}\b", _first(tags, "date"))
    return Song(
        id=song_id(title=title, path=path),
        title=title,
        artist=artist,
        genre=next((found for text in tags.get("genre", []) if (found := guess_genre(str(text)))), genre),
        year=int(year[0]) if year else None,
        path=path,
        duration=duration,
        source="local",
    )


def local_file(song: Song, roots: Iterable[Path]) -> Path:
    """The file of `song` for serving: links resolved, a music file, inside one of `roots`, there.

    Raises `CatalogueError` otherwise, in the same words whatever the reason: they tell nothing of other files.
    """
    refused = CatalogueError("This song has no file that may be played; scan the music folder again.")
    if song.path is None:
        raise refused
    try:
        path = song.path.resolve(strict=True)
        inside = any(path.is_relative_to(root.resolve()) for root in roots)
    except (OSError, RuntimeError, ValueError):
        raise refused from None
    if not inside or not song.path.is_absolute() or path.suffix.lower() not in SUFFIXES or not path.is_file():
        raise refused
    return path


def _root(folder: Path) -> Path:
    try:
        root = folder.resolve(strict=True)
        os.scandir(root).close()
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CatalogueError(f"{folder} can't be read as a folder: {reason}.") from error
    return root


def _files(root: Path, unread: list[Path]) -> Iterator[Path]:
    """Music files below `root` under the names by which they are reached, each once."""
    seen: set[Path] = set()

    def skip(error: OSError) -> None:
        log.warning("%s can't be listed: %s", error.filename, error.strerror)
        unread.append(Path(error.filename))

    for name, folders, files in os.walk(root, followlinks=True, onerror=skip):
        here = Path(name)
        real = _real(here)
        if real in seen or not real.is_relative_to(root):
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        for file in sorted(files):
            path = here / file
            # macOS leaves "._name" twins, which are no music
            if path.suffix.lower() not in SUFFIXES or file.startswith("."):
                continue
            target = _real(path)
            if target.is_relative_to(root) and target not in seen:
                seen.add(target)
                yield path


def _real(path: Path) -> Path:
    """Without links; a link that leads to itself stays what it is."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _is_gone(song: Song, root: Path, unread: list[Path]) -> bool:
    """Whether the file of a song below `root` is not there any more. What could not be listed is not gone."""
    path = song.path
    if path is None or not path.is_relative_to(root) or any(path.is_relative_to(folder) for folder in unread):
        return False
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _tags(path: Path) -> tuple[dict[str, list[Any]], float | None]:
    """Tags by their easy names, and the length in seconds."""
    try:
        import mutagen
    except ImportError as error:
        raise MissingDependencyError(
            "Music folders need mutagen; install it with: pip install 'feeling-manager[serve]'."
        ) from error
    try:
        file = mutagen.File(path, easy=True)
    except (mutagen.MutagenError, OSError, ValueError, EOFError) as error:
        raise CatalogueError(f"it can't be read as music: {error}.") from error
    if file is None:
        raise CatalogueError("it can't be read as music: what it holds is none of the known kinds.")
    length = getattr(file.info, "length", None)
    tags = dict(file.tags or {})
    if path.suffix.lower() == ".wav":
        # RIFF files carry plain ID3 frames, which mutagen does not give easy names
        frames = {"title": "TIT2", "artist": "TPE1", "albumartist": "TPE2", "genre": "TCON", "date": "TDRC"}
        tags = {name: [str(each) for each in tags[frame].text] for name, frame in frames.items() if frame in tags}
    return tags, float(length) if length and 0 < length < float("inf") else None


def _first(tags: dict[str, list[Any]], name: str) -> str:
    return next((word for value in tags.get(name) or [] if (word := clean_text(str(value)))), "")


def _from_name(path: Path) -> tuple[str, str]:
    stem = clean_text(re.sub(r"^\d{1,3}[.\s_-]+(?=\S)", "", path.stem)) or path.name
    artist, dash, title = stem.partition(" - ")
    return (artist.strip(), title.strip()) if dash and artist.strip() and title.strip() else ("", stem)
