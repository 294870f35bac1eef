"""A catalogue in memory, for tests of what stands on `CatalogueStore`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from feeling_manager.music.genres import Genre
from feeling_manager.music.song import Song
from feeling_manager.music.store import Fate


class MemoryStore:
    def __init__(self) -> None:
        self.songs: dict[str, Song] = {}
        self.tried: dict[str, int] = {}
        self.batches: list[int] = []

    def get_many(self, ids: Sequence[str]) -> dict[str, Song]:
        return {each: self.songs[each] for each in ids if each in self.songs}

    def add_many(self, songs: Sequence[Song], *, update: bool = False) -> list[Fate]:
        self.batches.append(len(songs))
        return [self._add(song, update) for song in songs]

    def _add(self, song: Song, update: bool) -> Fate:
        owner = next((s.id for s in self.songs.values() if s.video_id and s.video_id == song.video_id), song.id)
        old = self.songs.get(song.id)
        if owner != song.id:
            return Fate.DUPLICATE
        if old is None:
            self.songs[song.id] = song
            return Fate.INSERTED
        new = replace(song, video_id=song.video_id or old.video_id)
        if not update or new == old:
            return Fate.DUPLICATE
        self.songs[song.id] = new
        return Fate.UPDATED

    def remove_many(self, ids: Iterable[str]) -> int:
        return sum(self.songs.pop(each, None) is not None for each in list(ids))

    def pages(self, *, genre: Genre | None = None, source: str | None = None, size: int = 500) -> Iterator[list[Song]]:
        found = [s for _, s in sorted(self.songs.items()) if genre in (None, s.genre) and source in (None, s.source)]
        for start in range(0, len(found), size):
            yield found[start : start + size]

    def search(self, text: str, *, genre: Genre | None = None, limit: int = 50, offset: int = 0) -> list[Song]:
        words = text.casefold().split()
        found = [
            song
            for _, song in sorted(self.songs.items())
            if genre in (None, song.genre) and all(word in f"{song.title} {song.artist}".casefold() for word in words)
        ]
        return found[offset : offset + limit]

    def without_video_id(self, *, limit: int = 50) -> list[Song]:
        found = [song for song in self.songs.values() if song.video_id is None and song.path is None]
        return sorted(found, key=lambda song: self.tried.get(song.id, 0))[:limit]

    def set_video_id(self, song_id: str, video_id: str | None) -> bool:
        if song_id not in self.songs or any(s.video_id == video_id for s in self.songs.values() if video_id):
            return False
        self.tried[song_id] = len(self.tried) + 1
        if video_id:
            self.songs[song_id] = replace(self.songs[song_id], video_id=video_id)
        return True

    def count(self, *, genre: Genre | None = None) -> int:
        return sum(genre in (None, song.genre) for song in self.songs.values())
