"""A playlist of YouTube Music into the catalogue."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from feeling_manager.music.catalogue import Entry, Totals, add_songs
from feeling_manager.music.errors import YouTubeError
from feeling_manager.music.genres import Genre
from feeling_manager.music.store import CatalogueStore
from feeling_manager.music.youtube import Page, YouTube

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Crawl:
    """What became of a playlist. title, expected: as it says itself. unplayable, unreadable: entries left out."""

    title: str | None
    expected: int | None
    totals: Totals
    unplayable: int = 0
    unreadable: int = 0

    @property
    def seen(self) -> int:
        return self.totals.elements + self.unplayable + self.unreadable


def crawl(store: CatalogueStore, youtube: YouTube, playlist: str, genre: Callable[[str | None], Genre]) -> Crawl:
    """Reads the whole playlist into the store. genre: asked once, with the playlist's title.

    Raises `YouTubeError` where reading breaks off; what was read until then is stored.
    """
    pages = youtube.pages(playlist)
    first = next(pages)
    found = Crawl(first.title, first.expected, Totals())
    chosen = genre(first.title)
    broken: YouTubeError | None = None

    def entries() -> Iterator[Entry]:
        nonlocal broken
        try:
            yield from _entries(chain([first], pages), chosen, found)
        except YouTubeError as error:
            broken = error

    found.totals = add_songs(store, entries())
    log.info("Left out: %d can't be played, %d can't be read", found.unplayable, found.unreadable)
    if broken is not None:
        raise broken
    if found.expected is not None and found.seen < found.expected:
        log.warning(
            "The playlist counts %d songs, YouTube Music listed %d: hidden ones, or read it again with --refresh",
            found.expected,
            found.seen,
        )
    return found


def _entries(pages: Iterator[Page] | chain[Page], genre: Genre, found: Crawl) -> Iterator[Entry]:
    number = 0
    for page in pages:
        found.unplayable += page.unplayable
        found.unreadable += page.unreadable
        for track in page.tracks:
            number += 1
            yield f"song {number}", track.song(genre)
