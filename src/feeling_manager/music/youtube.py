"""Playlists and search of YouTube Music by ytmusicapi, without an account.

What the library raises when an answer lacks a part (KeyError, IndexError, TypeError, JSONDecodeError) and what the
network raises become one `YouTubeError`. Entries of a playlist are read one by one, so that one which lacks a part
costs itself and not the playlist.
"""

import locale
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from requests import RequestException, Response
from requests.adapters import HTTPAdapter

from feeling_manager.errors import MissingDependencyError
from feeling_manager.music.errors import CatalogueError, YouTubeError
from feeling_manager.music.genres import Genre
from feeling_manager.music.polite import PoliteAdapter, mounted
from feeling_manager.music.song import Song, clean_text, parse_video_id, song_id

_LOCALE = threading.Lock()
_PLAYLIST_ID = re.compile(r"[A-Za-z0-9_-]{2,200}")
_HOSTS = ("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "youtu.be")


class UnreadableAnswerError(YouTubeError):
    """YouTube Music answered, but not in a form that is known."""

    code = "youtube_answer"


@dataclass(frozen=True, slots=True)
class Track:
    """A song as YouTube Music lists it. duration: seconds or None."""

    video_id: str
    title: str
    artist: str
    duration: float | None
    explicit: bool | None

    def song(self, genre: Genre) -> Song:
        """The same as a song of the catalogue."""
        return Song(
            id=song_id(title=self.title, video_id=self.video_id),
            title=self.title,
            artist=self.artist,
            genre=genre,
            video_id=self.video_id,
            duration=self.duration,
            explicit=self.explicit,
            source="youtube",
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a playlist. title, expected: of the whole playlist, None where it does not say; expected is the
    number of songs by its own count. unplayable: entries that can't be played (deleted, blocked, private).
    unreadable: entries that lack what is needed.
    """

    title: str | None
    expected: int | None
    tracks: tuple[Track, ...]
    unplayable: int
    unreadable: int


def parse_playlist_id(text: str) -> str:
    """The playlist id in `text`, an id or an address of YouTube (Music). Raises `CatalogueError` without one."""
    word = text.strip()
    if "/" in word or "." in word:
        try:
            parts = urlsplit(word if "//" in word else f"//{word}")
            host, path = parts.hostname or "", parts.path
        except ValueError:
            host, path, parts = "", "", urlsplit("")
        word = parse_qs(parts.query).get("list", [""])[0] if host in _HOSTS else ""
        if not word and host in _HOSTS and path.startswith("/browse/VL"):
            word = path.removeprefix("/browse/")
    if not _PLAYLIST_ID.fullmatch(word):
        raise CatalogueError(
            f"'{text}' is no playlist; give its id or an address such as https://music.youtube.com/playlist?list=…"
        )
    return word.removeprefix("VL")


class YouTube:
    """A client of YouTube Music. adapter: how requests are sent; by default politely, kept in `cache` for a day."""

    def __init__(self, cache: Path | None = None, *, delay: float = 1.0, adapter: HTTPAdapter | None = None) -> None:
        session = mounted(adapter or PoliteAdapter(cache, delay=delay))
        session.hooks["response"].append(_refused)
        # in English whatever the user's language: the library tells the kinds of results by their English names
        self._api = _client(session)

    def pages(self, playlist: str) -> Iterator[Page]:
        """The whole playlist, page after page, each as soon as it was read.

        Raises `YouTubeError` when it can't go on; asked again, it repeats the pages before from the cache.
        """
        answer = self._ask({"browseId": f"VL{parse_playlist_id(playlist)}"})
        title, expected = _heading(answer)
        shelf = _find(answer, "musicPlaylistShelfRenderer")
        if shelf is None and _find(answer, "messageRenderer") is None:
            raise UnreadableAnswerError(
                "YouTube Music answered without a list of songs; is it a playlist? If so, a newer ytmusicapi may help."
            )
        items = (shelf or {}).get("contents") or []
        seen: set[str] = set()
        while True:
            yield _page(title, expected, items)
            token = _next(items)
            if token is None or token in seen:
                return
            seen.add(token)
            answer = self._ask({"continuation": token})
            items = (_find(answer, "appendContinuationItemsAction") or {}).get("continuationItems") or []

    def search(self, words: str) -> list[Track]:
        """Songs that YouTube Music finds for `words`, best first. Raises `YouTubeError`."""
        with _one_error():
            found = self._api.search(words, filter="songs", limit=10)
        return [track for entry in found if entry.get("isAvailable") is not False and (track := _track(entry))]

    def _ask(self, body: dict[str, Any]) -> dict[str, Any]:
        with _one_error():
            # not get_playlist: it reads all pages or none, and needs parts of the header that we do not
            answer = self._api._send_request("browse", body)
        if not isinstance(answer, dict):
            raise UnreadableAnswerError("YouTube Music answered something else than a page; try again later.")
        return answer


def _client(session: Any) -> Any:
    try:
        from ytmusicapi import YTMusic
    except ImportError as error:
        raise MissingDependencyError(
            "YouTube Music needs ytmusicapi; install it with: pip install 'feeling-manager[serve]'."
        ) from error
    # its constructor sets the locale of the whole process
    with _LOCALE:
        before = locale.setlocale(locale.LC_ALL)
        try:
            return YTMusic(requests_session=session)
        finally:
            locale.setlocale(locale.LC_ALL, before)


def _refused(response: Response, *_: object, **__: object) -> None:
    status = response.status_code
    if status < 400:
        return
    if status == 429:
        raise YouTubeError(
            "YouTube Music asks for a pause (429). Wait some minutes and give the same command again: what was read is "
            "kept, it goes on from there."
        )
    if status in (400, 401, 403, 404):
        raise YouTubeError(
            f"YouTube Music does not show this ({status}): it is not there, or private. Make a playlist public or "
            "unlisted to read it."
        )
    raise YouTubeError(f"YouTube Music is out of order ({status}); give the same command again later.")


@contextmanager
def _one_error() -> Iterator[None]:
    """What the network and the library raise, as one kind."""
    from ytmusicapi.exceptions import YTMusicError

    try:
        yield
    except YouTubeError:
        raise
    # JSONDecodeError of requests is both a RequestException and a ValueError
    except ValueError as error:
        raise UnreadableAnswerError(
            "YouTube Music answered with something that is no JSON; try again later."
        ) from error
    except RequestException as error:
        raise YouTubeError(
            f"YouTube Music can't be reached ({type(error).__name__}); check the network and give the same command "
            "again: what was read is kept."
        ) from error
    except (LookupError, TypeError, AttributeError, YTMusicError) as error:
        raise UnreadableAnswerError(
            "YouTube Music answered in a form that ytmusicapi can't read; a newer version of it may help."
        ) from error


def _page(title: str | None, expected: int | None, items: list[Any]) -> Page:
    from ytmusicapi.parsers.playlists import parse_playlist_items

    tracks: list[Track] = []
    unplayable = unreadable = 0
    for item in items:
        if not isinstance(item, dict) or "musicResponsiveListItemRenderer" not in item:
            # the mark of the next page, and advice between the songs
            continue
        try:
            entries = parse_playlist_items([item])
        except (LookupError, TypeError, ValueError, AttributeError):
            unreadable += 1
            continue
        # the library leaves out deleted songs
        entry = entries[0] if entries else {"videoId": None}
        if entry["videoId"] is None or entry["isAvailable"] is False:
            unplayable += 1
        elif (track := _track(entry | {"title": entry["title"] or _first_text(item)})) is None:
            unreadable += 1
        else:
            tracks.append(track)
    return Page(title, expected, tuple(tracks), unplayable, unreadable)


def _track(entry: dict[str, Any]) -> Track | None:
    video_id = parse_video_id(str(entry.get("videoId") or ""))
    title = clean_text(str(entry.get("title") or ""))
    if video_id is None or not title:
        return None
    names = [clean_text(str(artist.get("name") or "")) for artist in entry.get("artists") or []]
    seconds = entry.get("duration_seconds")
    return Track(
        video_id=video_id,
        title=title,
        artist=", ".join(name for name in names if name),
        duration=float(seconds) if isinstance(seconds, int) else None,
        explicit=entry.get("isExplicit"),
    )


def _first_text(item: dict[str, Any]) -> str:
    """The words of an entry's first column, which is its title also where nothing marks it as one."""
    columns = item["musicResponsiveListItemRenderer"].get("flexColumns") or []
    runs = (_find(columns[0], "text") or {}).get("runs") or []
    return "".join(str(run.get("text", "")) for run in runs)


def _heading(answer: dict[str, Any]) -> tuple[str | None, int | None]:
    """Title and number of songs, where they can be read: also of playlists that several people may edit."""
    from ytmusicapi.parsers.playlists import parse_playlist_header_meta

    header = _find(answer, "musicResponsiveHeaderRenderer") or {}
    try:
        meta = parse_playlist_header_meta(header)
    except (LookupError, TypeError, ValueError, AttributeError):
        title = "".join(str(run.get("text", "")) for run in (_find(header, "title") or {}).get("runs") or [])
        return clean_text(title) or None, None
    return clean_text(meta["title"]) or None, meta["trackCount"]


def _next(items: list[Any]) -> str | None:
    from ytmusicapi.continuations import get_continuation_token

    try:
        return get_continuation_token(items)
    except (LookupError, TypeError, AttributeError):
        return None


def _find(node: Any, key: str) -> dict[str, Any] | None:
    """The first object named `key`, however deep: places change more often than names."""
    waiting = [node]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, dict):
            if isinstance(node.get(key), dict):
                return dict(node[key])
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return None
