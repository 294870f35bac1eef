"""From artist and title to a video: searched when first needed, checked, never guessed."""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import product

from feeling_manager.music.genres import Genre
from feeling_manager.music.song import Song, normalised
from feeling_manager.music.store import CatalogueStore
from feeling_manager.music.youtube import Track, UnreadableAnswerError, YouTube

log = logging.getLogger(__name__)

ALIKE = 0.85
"""Similarity (Ratcliff-Obershelp, of normalised text) from which two names are taken for the same."""
_OTHER_VERSION = re.compile(
    r"\b(?:covers?|karaoke|instrumental|inst|remix|live|nightcore|sped up|slowed|8d|reaction|tutorial|tribute|"
    r"made famous|acoustic|mr)\b|커버|노래방|반주|라이브|리믹스|연주곡"
)
_UPLOAD = re.compile(r"\b(?:official|video|audio|m/?v|ver|version|remaster(?:ed)?)\b", re.IGNORECASE)
_SHORTEST, _LONGEST, _LONGEST_CLASSIC = 30.0, 15 * 60.0, 90 * 60.0


@dataclass(slots=True)
class Resolved:
    """found: songs that now have a video. missing: nothing fits, or another song has that video. failed: the answer
    could not be read."""

    found: int = 0
    missing: int = 0
    failed: int = 0


def resolve_songs(store: CatalogueStore, youtube: YouTube, songs: Iterable[Song]) -> Resolved:
    """Searches a video for each song that has none, notes and logs it at once.

    Raises `YouTubeError` when YouTube Music can't be reached; what was found before is kept.
    """
    totals = Resolved()
    for song in songs:
        try:
            track = find_video(youtube, song)
        except UnreadableAnswerError as error:
            totals.failed += 1
            store.set_video_id(song.id, None)
            log.error("%s: %s", song.label, error)
            continue
        if track is not None and store.set_video_id(song.id, track.video_id):
            totals.found += 1
            log.info("%s: %s (%s)", song.label, track.video_id, track.title)
            continue
        store.set_video_id(song.id, None)
        totals.missing += 1
        log.warning("%s: %s", song.label, "no video fits" if track is None else "another song has its video")
    return totals


def find_video(youtube: YouTube, song: Song) -> Track | None:
    """The first search result that is this song, or None. Raises `YouTubeError`."""
    return best_match(song, youtube.search(f"{song.artist} {song.title}".strip()))


def best_match(song: Song, tracks: Iterable[Track]) -> Track | None:
    """The first track with the title and an artist of `song` and a plausible length, in no other version of it.

    A title or name may stand in two scripts, one in brackets ("아이유 (IU)"): either is enough.
    """
    return next((track for track in tracks if _fits(song, track)), None)


def _fits(song: Song, track: Track) -> bool:
    if _OTHER_VERSION.search(normalised(track.title)) and not _OTHER_VERSION.search(normalised(song.title)):
        return False
    if song.artist and not _alike(_names(song.artist), _names(track.artist)):
        return False
    return _alike(_titles(song.title), _titles(track.title)) and _long_enough(song, track)


def _long_enough(song: Song, track: Track) -> bool:
    if track.duration is None:
        return True
    if song.duration is not None:
        return abs(track.duration - song.duration) <= max(10.0, 0.1 * song.duration)
    longest = _LONGEST_CLASSIC if song.genre is Genre.CLASSIC else _LONGEST
    return _SHORTEST <= track.duration <= longest


def _alike(ours: set[str], theirs: set[str]) -> bool:
    return any(SequenceMatcher(None, a, b, autojunk=False).ratio() >= ALIKE for a, b in product(ours, theirs))


def _titles(title: str) -> set[str]:
    """The title, without and within its brackets, normalised; guests ("feat. …") are no part of it."""
    bare = re.sub(r"[\(\[](?:feat|ft|with)\b.*?[\)\]]|\b(?:feat|ft)\. .*", " ", title, flags=re.IGNORECASE)
    # a title of signs only ("÷") has nothing to normalise
    return _variants(bare) or _variants(title) or {title}


def _names(artist: str) -> set[str]:
    """Each of several artists, in each of their scripts, normalised."""
    together = _variants(artist)
    return together.union(*(_variants(part) for part in re.split(r",| & | and | x |/|·", artist)))


def _variants(text: str) -> set[str]:
    outside = re.sub(r"[\(\[].*?[\)\]]", " ", text)
    # marks of an upload, not of a song
    inside = {
        part for part in re.findall(r"[\(\[](.*?)[\)\]]", text) if not re.search(r"(?i)official|video|m/?v|\bver", part)
    }
    return {name for part in (text, outside, *inside) if (name := normalised(part.replace("&", " and ")))}
