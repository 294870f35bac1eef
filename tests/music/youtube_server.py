"""A small server on loopback that answers as YouTube Music does: playlists in pages, search, and its bad days."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response

from feeling_manager.music.polite import PoliteAdapter

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]


class LocalAdapter(PoliteAdapter):
    """The polite adapter, with the host of each request replaced by the local one."""

    def __init__(self, port: int, **options: Any) -> None:
        self._port = port
        self.slept: list[float] = []
        defaults: dict[str, Any] = {"delay": 0.0, "backoff": 0.01, "sleep": self.slept.append}
        super().__init__(**(defaults | options))

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        parts = urlsplit(request.url or "")
        request.url = parts._replace(scheme="http", netloc=f"127.0.0.1:{self._port}").geturl()
        return super().send(request, *args, **options)


class Service:
    """What the server answers: playlists by id as lists of pages of entries; search results by words.

    bad_days: answers to be given first, each once, instead of the real one to a POST.
    """

    def __init__(self) -> None:
        self.playlists: dict[str, list[list[Json]]] = {}
        self.header: Json | None = None
        self.found: dict[str, list[Json]] = {}
        self.bad_days: list[Answer] = []
        self.asked: list[Json] = []
        self.visits = 0

    def answer(self, path: str, body: Json) -> Answer:
        self.asked.append(body)
        if self.bad_days:
            return self.bad_days.pop(0)
        if path.endswith("/search"):
            return _json(search_page(self.found.get(body["query"], [])))
        if "continuation" in body:
            name, number = body["continuation"].rsplit("~", 1)
            items = self._items(name, int(number))
            return _json(
                {"onResponseReceivedActions": [{"appendContinuationItemsAction": {"continuationItems": items}}]}
            )
        name = body["browseId"].removeprefix("VL")
        if name not in self.playlists:
            return _json({"error": {"code": 404, "message": "Requested entity was not found."}}, 404)
        count = sum(len(page) for page in self.playlists[name])
        return _json(playlist_page(self._items(name, 0), self.header or header('봄 노래 "모음" 100%', count)))

    def _items(self, name: str, number: int) -> list[Json]:
        pages = self.playlists[name]
        items = list(pages[number]) if pages else []
        return items + ([next_page(f"{name}~{number + 1}")] if number + 1 < len(pages) else [])


def _json(value: Json, status: int = 200) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()


@contextmanager
def serving(service: Service) -> Iterator[Callable[..., LocalAdapter]]:
    """Runs the server; gives a maker of adapters that lead to it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.visits += 1
            self._send(200, {}, b'<script>ytcfg.set({"VISITOR_DATA": "visitor"});</script>')

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, content = service.answer(urlsplit(self.path).path, body)
            if status == 0:
                # the line breaks in the middle of the answer
                self.send_response(200)
                self.send_header("Content-Length", str(len(content) + 10))
                self.end_headers()
                self.wfile.write(content)
                self.close_connection = True
                return
            self._send(status, headers, content)

        def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield lambda **options: LocalAdapter(server.server_address[1], **options)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- the shapes


def runs(*texts: str, endpoint: Json | None = None) -> Json:
    return {"runs": [{"text": text} | ({"navigationEndpoint": endpoint} if endpoint else {}) for text in texts]}


def watch(video: str) -> Json:
    return {"watchEndpoint": {"videoId": video}}


def artist_link() -> Json:
    kind = {"browseEndpointContextMusicConfig": {"pageType": "MUSIC_PAGE_TYPE_ARTIST"}}
    return {"browseEndpoint": {"browseId": "UCartist", "browseEndpointContextSupportedConfigs": kind}}


def column(text: Json) -> Json:
    return {"musicResponsiveListItemFlexColumnRenderer": {"text": text}}


def play_button(video: str) -> Json:
    return {
        "musicItemThumbnailOverlayRenderer": {
            "content": {"musicPlayButtonRenderer": {"playNavigationEndpoint": watch(video)}}
        }
    }


def entry(video: str, title: str, artist: str = "IU", duration: str = "3:53") -> Json:
    """A song of a playlist that can be played."""
    return {
        "musicResponsiveListItemRenderer": {
            "overlay": play_button(video),
            "flexColumns": [
                column(runs(title, endpoint=watch(video))),
                column(runs(artist, endpoint=artist_link())),
                column({}),
            ],
            "fixedColumns": [{"musicResponsiveListItemFixedColumnRenderer": {"text": runs(duration)}}],
        }
    }


def grey(title: str) -> Json:
    """One that can't: greyed out, no button."""
    item = entry("x" * 11, title)["musicResponsiveListItemRenderer"]
    del item["overlay"]
    item["musicItemRendererDisplayPolicy"] = "MUSIC_ITEM_RENDERER_DISPLAY_POLICY_GREY_OUT"
    return {"musicResponsiveListItemRenderer": item}


def next_page(token: str) -> Json:
    return {"continuationItemRenderer": {"continuationEndpoint": {"continuationCommand": {"token": token}}}}


def header(title: str, count: int) -> Json:
    return {
        "musicResponsiveHeaderRenderer": {
            "title": runs(title),
            "subtitle": runs("Playlist", " • ", "2023"),
            "secondSubtitle": runs(f"{count} songs", " • ", "1 hour"),
        }
    }


def editable(title: str, count: int) -> Json:
    """The header of a playlist that its visitor may edit."""
    return {
        "musicEditablePlaylistDetailHeaderRenderer": {
            "playlistId": "PLmine",
            "header": header(title, count),
            "editHeader": {"musicPlaylistEditHeaderRenderer": {"privacy": "PUBLIC"}},
        }
    }


def playlist_page(items: list[Json], head: Json) -> Json:
    shelf: Json = {"targetId": "x"} | ({"contents": items} if items else {})
    return {
        "contents": {
            "twoColumnBrowseResultsRenderer": {
                "tabs": [{"tabRenderer": {"content": {"sectionListRenderer": {"contents": [head]}}}}],
                "secondaryContents": {"sectionListRenderer": {"contents": [{"musicPlaylistShelfRenderer": shelf}]}},
            }
        }
    }


def hit(video: str, title: str, artist: str, duration: str = "3:53") -> Json:
    """A search result."""
    about = {
        "runs": [
            {"text": artist, "navigationEndpoint": artist_link()},
            {"text": " • "},
            {"text": duration},
        ]
    }
    return {
        "musicResponsiveListItemRenderer": {
            "overlay": play_button(video),
            "flexColumns": [column(runs(title, endpoint=watch(video))), column(about)],
        }
    }


def search_page(hits: list[Json]) -> Json:
    if hits:
        section = {"musicShelfRenderer": {"title": runs("Songs"), "contents": hits}}
    else:
        section = {"itemSectionRenderer": {"contents": [{"messageRenderer": {"text": runs("No results found")}}]}}
    tab = {"tabRenderer": {"content": {"sectionListRenderer": {"contents": [section]}}}}
    return {"contents": {"tabbedSearchResultsRenderer": {"tabs": [tab]}}}
