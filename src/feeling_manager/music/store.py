"""What the catalogue needs of the place where songs are kept. The service implements it with SQL."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Protocol

from feeling_manager.music.genres import Genre
from feeling_manager.music.song import Song


class Fate(StrEnum):
    """What became of a song that was given to `add_many`."""

    INSERTED = "inserted"
    DUPLICATE = "duplicate"
    UPDATED = "updated"


class CatalogueStore(Protocol):
    """Songs by id. No two songs have the same id, none the same video id. Every call is one transaction."""

    def get_many(self, ids: Sequence[str]) -> dict[str, Song]:
        """The songs among `ids` that are there, by id."""
        ...

    def add_many(self, songs: Sequence[Song], *, update: bool = False) -> list[Fate]:
        """Keeps `songs`, all or (on an error) none; their fates, in the order given.

        DUPLICATE: a song with that id, or another with that video id, is there already (also earlier in `songs`) and
        stays as it is. With `update`, a song with that id takes the new values instead, unless they are the same
        (DUPLICATE again); a video id that was known stays known when the new record has none.
        """
        ...

    def remove_many(self, ids: Iterable[str]) -> int:
        """Takes songs out of the catalogue so that none is found or given any more; how many were there."""
        ...

    def pages(self, *, genre: Genre | None = None, source: str | None = None, size: int = 500) -> Iterator[list[Song]]:
        """All songs by id, `size` at a time, without holding more than a page."""
        ...

    def search(self, text: str, *, genre: Genre | None = None, limit: int = 50, offset: int = 0) -> list[Song]:
        """Songs that hold, for every word of `text`, one that begins so, whatever its case; of Hangul, kana and the
        like any part. `%` and `_` mean themselves."""
        ...

    def without_video_id(self, *, limit: int = 50) -> list[Song]:
        """Songs that have neither a video id nor a file, those tried longest ago (or never) first."""
        ...

    def set_video_id(self, song_id: str, video_id: str | None) -> bool:
        """Notes what a search for the song found; None: nothing, which is noted too, so that others come first.

        False, and nothing changed, where the song is not there or another song has that video.
        """
        ...

    def count(self, *, genre: Genre | None = None) -> int: ...
