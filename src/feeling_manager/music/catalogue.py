"""Songs in and out of the catalogue: rows become songs, every one's fate is logged, totals are kept."""

import logging
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from feeling_manager.errors import FeelingError
from feeling_manager.music.errors import CatalogueError
from feeling_manager.music.genres import Genre, guess_genre, parse_genre
from feeling_manager.music.song import Mood, Song, clean_text, parse_video_id, song_id
from feeling_manager.music.store import CatalogueStore, Fate
from feeling_manager.music.tables import Row, read_table, write_table

log = logging.getLogger(__name__)

Entry = tuple[str, Song | FeelingError]
"""Where it stands ("line 7"), and the song or why there is none."""

COLUMNS = (
    "id", "url", "title", "artist", "genre", "language", "year", "moods", "valence", "arousal", "path", "duration",
    "explicit", "source",
)  # fmt: skip
"""Of exported files; url is the video id and genre a number, as the original's files had them."""
_BATCH = 500


@dataclass(slots=True)
class Totals:
    """What became of the songs: elements is the sum of the others."""

    inserted: int = 0
    updated: int = 0
    duplicates: int = 0
    failed: int = 0

    @property
    def elements(self) -> int:
        return self.inserted + self.updated + self.duplicates + self.failed

    def as_dict(self) -> dict[str, int]:
        return {"elements": self.elements, **asdict(self)}

    def __str__(self) -> str:
        return ", ".join(f"{name} {number}" for name, number in self.as_dict().items())


def add_songs(store: CatalogueStore, entries: Iterable[Entry], *, update: bool = False) -> Totals:
    """Puts songs into the store and logs one line for each, then the totals.

    INFO inserted or updated, WARNING a duplicate, ERROR a failed one, which stops nothing. Songs are stored a few
    hundred at a time: an interruption loses none that was logged.
    """
    totals = Totals()
    rest = iter(entries)
    while batch := list(islice(rest, _BATCH)):
        fates = iter(store.add_many([song for _, song in batch if isinstance(song, Song)], update=update))
        for where, song in batch:
            if not isinstance(song, Song):
                totals.failed += 1
                log.error("%s: failed: %s", where, song)
                continue
            fate = next(fates)
            if fate is Fate.DUPLICATE:
                totals.duplicates += 1
                log.warning("%s: duplicate: %s (%s)", where, song.label, song.video_id or song.id)
            else:
                totals.inserted += fate is Fate.INSERTED
                totals.updated += fate is Fate.UPDATED
                log.info("%s: %s: %s (%s)", where, fate.value, song.label, song.video_id or song.id)
    log.info("Totals: %s", totals)
    return totals


def read_songs(path: Path, *, genre: Genre | None = None) -> Iterator[Entry]:
    """The songs of a CSV, XLSX or JSON file. genre: of those whose row names none.

    Raises `CatalogueError` where the file as a whole can't be read; a bad row is an error in its place.
    """
    for number, row in read_table(path):
        where = f"{path.name}, {'entry' if path.suffix.lower() == '.json' else 'line'} {number}"
        try:
            yield where, row if isinstance(row, FeelingError) else song_of(row, genre=genre)
        except CatalogueError as error:
            yield where, error


def import_file(store: CatalogueStore, path: Path, *, genre: Genre | None = None, update: bool = False) -> Totals:
    """`read_songs` into `add_songs`."""
    return add_songs(store, read_songs(path, genre=genre), update=update)


def export_file(songs: Iterable[Song], path: Path) -> int:
    """Writes songs to a CSV, TSV, XLSX or JSON file that `import_file` reads back alike; how many."""
    return write_table(path, COLUMNS, map(row_of, songs))


def row_of(song: Song) -> dict[str, Any]:
    """The values of `COLUMNS`, None where unknown."""
    row = {name: getattr(song, "video_id" if name == "url" else name) for name in COLUMNS}
    return row | {
        "artist": song.artist or None,
        "genre": int(song.genre),
        "moods": [mood.value for mood in song.moods] or None,
        "path": None if song.path is None else song.path.as_posix(),
    }


def song_of(row: Row, *, genre: Genre | None = None, source: str = "import") -> Song:
    """The song that a row of text describes; other columns than `COLUMNS` are not looked at.

    Raises `CatalogueError` with what is wrong.
    """
    cells = {name: clean_text(row.get(name, "")) for name in COLUMNS}
    title, artist = cells["title"], cells["artist"]
    if not title:
        raise CatalogueError("no title.")
    # "video_id" is what our own JSON calls it elsewhere, "urlweb" the original's table
    address = cells["url"] or clean_text(row.get("video_id", "") or row.get("urlweb", ""))
    video_id = parse_video_id(address) if address else None
    if address and video_id is None:
        raise CatalogueError(f"'{address}' is no YouTube video: give its id of 11 characters or its address.")
    path = Path(row["path"]) if cells["path"] else None
    return Song(
        id=cells["id"] or song_id(title=title, artist=artist, video_id=video_id, path=path),
        title=title,
        artist=artist,
        genre=_genre(cells["genre"], genre),
        video_id=video_id,
        language=cells["language"] or None,
        year=None if (year := _number(cells, "year")) is None else int(year),
        moods=_moods(cells["moods"]),
        valence=_number(cells, "valence"),
        arousal=_number(cells, "arousal"),
        path=path,
        duration=_number(cells, "duration"),
        explicit=_truth(cells["explicit"]),
        source=cells["source"] or source,
    )


def _genre(text: str, otherwise: Genre | None) -> Genre:
    found = parse_genre(text) or (None if text.isdigit() else guess_genre(text)) if text else otherwise
    if found is None:
        names = ", ".join(f"{genre.value} {genre.text()}" for genre in Genre)
        problem = f"'{text}' is no genre" if text else "no genre"
        raise CatalogueError(f"{problem}; the genres are {names}.")
    return found


def _moods(text: str) -> tuple[Mood, ...]:
    names = [name.strip().lower() for name in text.replace("|", ";").split(";") if name.strip()]
    try:
        return tuple(Mood(name) for name in names)
    except ValueError:
        raise CatalogueError(f"'{text}' are no moods; those are {', '.join(Mood)}, parted by ';'.") from None


def _number(cells: Row, name: str) -> float | None:
    if not cells[name]:
        return None
    try:
        number = float(cells[name])
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise CatalogueError(f"{name} '{cells[name]}' is no number.")
    return number


def _truth(text: str) -> bool | None:
    if not text:
        return None
    return text.lower() in ("true", "1", "yes", "예")
