"""Playlists and search, on good days and bad, against a local server."""

import json
import locale
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from feeling_manager.music.errors import CatalogueError, YouTubeError
from feeling_manager.music.genres import Genre
from feeling_manager.music.youtube import Page, Track, UnreadableAnswerError, YouTube, parse_playlist_id
from tests.music import youtube_server as shapes
from tests.music.youtube_server import LocalAdapter, Service, entry, grey, hit, serving

LIST = "PLtest_playlist-1"


def video(number: int) -> str:
    return f"vid{number:08}"


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def make(service: Service) -> Iterator[Callable[..., LocalAdapter]]:
    with serving(service) as maker:
        yield maker


def tracks(pages: list[Page]) -> list[Track]:
    return [track for page in pages for track in page.tracks]


@pytest.mark.parametrize(
    "text",
    [
        LIST,
        f"VL{LIST}",
        f" https://www.youtube.com/playlist?list={LIST} ",
        f"https://music.youtube.com/playlist?list={LIST}&si=x",
        f"https://music.youtube.com/watch?v=aaaaaaaaaaa&list={LIST}",
        f"music.youtube.com/browse/VL{LIST}",
    ],
)
def test_a_playlist_is_given_by_id_or_address(text: str) -> None:
    assert parse_playlist_id(text) == LIST


@pytest.mark.parametrize(
    "text", ["", "a b", "https://example.com/?list=PL1", "https://music.youtube.com/", "http://[", "../../etc"]
)
def test_what_is_no_playlist_is_said(text: str) -> None:
    with pytest.raises(CatalogueError, match="is no playlist"):
        parse_playlist_id(text)


def test_a_long_playlist_is_read_whole(service: Service, make: Callable[..., LocalAdapter]) -> None:
    service.playlists[LIST] = [
        [entry(video(100 * page + number), f"Song {page}-{number}") for number in range(100)] for page in range(7)
    ]
    pages = list(YouTube(adapter=make()).pages(LIST))
    assert [len(page.tracks) for page in pages] == [100] * 7
    assert [track.video_id for track in tracks(pages)] == [video(number) for number in range(700)]
    assert pages[0].title == '봄 노래 "모음" 100%'
    assert pages[0].expected == 700
    assert service.visits == 1


def test_odd_titles_stay_whole(service: Service, make: Callable[..., LocalAdapter]) -> None:
    odd = ["\"Quoted\" 'title'", "100% & <b>", "🎵 이모지 🎶", "길다 " * 60, "a\\b", "'; DROP TABLE"]
    service.playlists[LIST] = [[entry(video(n), title, artist="A & B") for n, title in enumerate(odd)]]
    found = tracks(list(YouTube(adapter=make()).pages(LIST)))
    assert [track.title for track in found] == [title.strip() for title in odd]
    song = found[3].song(Genre.BALLAD)
    assert (len(song.title), song.artist, song.duration, song.source) == (179, "A & B", 233.0, "youtube")
    assert song.id == f"yt:{video(3)}"


def test_what_can_not_be_played_or_read_is_counted(service: Service, make: Callable[..., LocalAdapter]) -> None:
    no_columns = entry(video(1), "No columns")
    del no_columns["musicResponsiveListItemRenderer"]["flexColumns"]
    no_link = entry(video(2), "Title without link")
    del no_link["musicResponsiveListItemRenderer"]["flexColumns"][0]["musicResponsiveListItemFlexColumnRenderer"][
        "text"
    ]["runs"][0]["navigationEndpoint"]
    no_artist = entry(video(3), "No artist")
    no_artist["musicResponsiveListItemRenderer"]["flexColumns"][1] = shapes.column({})
    no_length = entry(video(4), "No length")
    del no_length["musicResponsiveListItemRenderer"]["fixedColumns"]
    no_title = entry(video(5), "")
    broken_menu = entry(video(6), "Broken menu")
    broken_menu["musicResponsiveListItemRenderer"]["menu"] = {}
    service.playlists[LIST] = [
        [grey("Blocked"), no_columns, no_link, no_artist, no_length, no_title, broken_menu],
        [entry(video(7), "Song deleted"), entry(video(8), "Good"), {"messageRenderer": {}}],
    ]
    pages = list(YouTube(adapter=make()).pages(LIST))
    assert [track.title for track in tracks(pages)] == ["Title without link", "No artist", "No length", "Good"]
    assert sum(page.unplayable for page in pages) == 2
    assert sum(page.unreadable for page in pages) == 3
    assert tracks(pages)[1].artist == ""
    assert tracks(pages)[2].duration is None


@pytest.mark.parametrize(
    "head",
    [
        shapes.editable("내 목록", 1),
        {"musicResponsiveHeaderRenderer": {"title": shapes.runs("내 목록"), "facepile": {}}},
        {"musicResponsiveHeaderRenderer": {"title": shapes.runs("내 목록"), "secondSubtitle": {"runs": []}}},
    ],
)
def test_a_playlist_that_users_edit_or_with_half_a_header_is_read(
    service: Service, make: Callable[..., LocalAdapter], head: dict[str, Any]
) -> None:
    service.header = head
    service.playlists[LIST] = [[entry(video(1), "A")]]
    [page] = YouTube(adapter=make()).pages(LIST)
    assert page.title == "내 목록"
    assert len(page.tracks) == 1
    service.header = {"somethingNew": {}}
    [page] = YouTube(adapter=make()).pages(LIST)
    assert page.title is None
    assert len(page.tracks) == 1


@pytest.mark.parametrize("pages", [[], [[]]])
def test_an_empty_playlist_is_empty(
    service: Service, make: Callable[..., LocalAdapter], pages: list[list[dict[str, Any]]]
) -> None:
    service.playlists[LIST] = pages
    assert tracks(list(YouTube(adapter=make()).pages(LIST))) == []


def test_a_playlist_that_repeats_its_last_page_ends(service: Service, make: Callable[..., LocalAdapter]) -> None:
    service.playlists[LIST] = [[entry(video(1), "A")], [entry(video(2), "B"), shapes.next_page(f"{LIST}~1")]]
    assert len(tracks(list(YouTube(adapter=make()).pages(LIST)))) == 2


def test_busy_answers_and_broken_lines_are_repeated(service: Service, make: Callable[..., LocalAdapter]) -> None:
    service.playlists[LIST] = [[entry(video(1), "A")]]
    service.bad_days = [(429, {"Retry-After": "7"}, b"{}"), (500, {}, b""), (503, {}, b"<html>"), (0, {}, b"{")]
    adapter = make(backoff=0.5)
    assert len(tracks(list(YouTube(adapter=adapter).pages(LIST)))) == 1
    assert [wait for wait in adapter.slept if wait] == [7.0, 1.0, 2.0, 4.0]


def test_requests_keep_their_distance(service: Service, make: Callable[..., LocalAdapter]) -> None:
    service.playlists[LIST] = [[entry(video(number), "A")] for number in range(3)]
    adapter = make(delay=100.0)
    list(YouTube(adapter=adapter).pages(LIST))
    # the visit, then three pages; the clock stands still, for sleeping is only noted
    assert [round(wait) for wait in adapter.slept] == [0, 100, 100, 100]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((429, {}, b'{"error": {"message": "x"}}'), "asks for a pause"),
        ((500, {}, b"{}"), "out of order"),
        ((503, {}, b"<html>"), "out of order"),
        ((403, {}, b"{}"), "not there, or private"),
        ((400, {}, b"[]"), "not there, or private"),
        ((200, {}, b"<html>consent</html>"), "no JSON"),
        ((200, {}, b""), "no JSON"),
        ((200, {}, b"[1, 2]"), "something else"),
        ((200, {}, b"{}"), "without a list of songs"),
        ((200, {}, b'{"contents": {"twoColumnBrowseResultsRenderer": {"tabs": []}}}'), "without a list of songs"),
        ((0, {}, b"{"), "can't be reached"),
    ],
)
def test_every_failure_is_one_kind_and_one_sentence(
    service: Service, make: Callable[..., LocalAdapter], answer: shapes.Answer, words: str
) -> None:
    service.playlists[LIST] = [[entry(video(1), "A")]]
    service.bad_days = [answer] * 3
    with pytest.raises(YouTubeError, match=words):
        list(YouTube(adapter=make(retries=2)).pages(LIST))


def test_nobody_there_is_said(make: Callable[..., LocalAdapter]) -> None:
    with pytest.raises(YouTubeError, match="can't be reached"):
        list(YouTube(adapter=LocalAdapter(1, retries=1)).pages(LIST))
    with pytest.raises(YouTubeError, match="not there, or private"):
        list(YouTube(adapter=make()).pages("PLnone"))


def test_an_interrupted_reading_goes_on_where_it_stopped(
    service: Service, make: Callable[..., LocalAdapter], tmp_path: Path
) -> None:
    service.playlists[LIST] = [[entry(video(number), f"S{number}")] for number in range(5)]
    first = []
    with pytest.raises(YouTubeError, match="out of order"):  # noqa: PT012
        for page in YouTube(adapter=make(cache=tmp_path, retries=0)).pages(LIST):
            first.append(page)
            if len(first) == 3:
                service.bad_days = [(500, {}, b"{}")]
    assert len(tracks(first)) == 3
    asked = len(service.asked)
    later = YouTube(adapter=make(cache=tmp_path))
    # the library names the day in every request
    later._api.context["context"]["client"]["clientVersion"] = "1.20990101.01.00"
    again = list(later.pages(LIST))
    assert [track.title for track in tracks(again)] == [f"S{number}" for number in range(5)]
    # pages 4 and 5 only; the failed answer was not kept
    assert [body.get("continuation") for body in service.asked[asked:]] == [f"{LIST}~3", f"{LIST}~4"]
    assert service.visits == 1


def test_old_and_damaged_answers_are_not_used(
    service: Service, make: Callable[..., LocalAdapter], tmp_path: Path
) -> None:
    service.playlists[LIST] = [[entry(video(1), "Old")]]
    list(YouTube(adapter=make(cache=tmp_path)).pages(LIST))
    service.playlists[LIST] = [[entry(video(1), "New")]]
    assert tracks(list(YouTube(adapter=make(cache=tmp_path)).pages(LIST)))[0].title == "Old"
    for file in tmp_path.glob("*.answer"):
        file.write_bytes(b"{dam")
    assert tracks(list(YouTube(adapter=make(cache=tmp_path)).pages(LIST)))[0].title == "New"
    LocalAdapter(1, cache=tmp_path, max_age=-1.0)
    assert list(tmp_path.iterdir()) == []
    # a place that can't be written costs the cache only
    (tmp_path / "file").write_text("")
    assert tracks(list(YouTube(adapter=make(cache=tmp_path / "file" / "x")).pages(LIST)))[0].title == "New"


def test_the_locale_of_the_process_is_left_alone(
    make: Callable[..., LocalAdapter], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = locale.setlocale(locale.LC_ALL)
    locale.setlocale(locale.LC_ALL, "C")
    real, tried = locale.setlocale, []

    def setlocale(category: int, name: str | None = None) -> str:
        if name is not None:
            tried.append(name)
        # a machine that knows the library's locale
        return real(category, "C.UTF-8" if name in ("en", "en_US.UTF-8") else name)

    monkeypatch.setattr(locale, "setlocale", setlocale)
    try:
        YouTube(adapter=make())
        assert tried[0] == "en"
        assert real(locale.LC_ALL) == "C"
    finally:
        real(locale.LC_ALL, before)


def test_search_gives_tracks_and_nothing_for_nothing(service: Service, make: Callable[..., LocalAdapter]) -> None:
    service.found["아이유 밤편지"] = [hit(video(1), "밤편지", "IU", "4:13"), hit("bad", "밤편지", "IU")]
    client = YouTube(adapter=make())
    assert client.search("아이유 밤편지") == [Track(video(1), "밤편지", "IU", 253.0, False)]
    assert client.search("nothing") == []
    broken = hit(video(1), "밤편지", "IU")
    del broken["musicResponsiveListItemRenderer"]["flexColumns"]
    service.found["broken"] = [broken]
    with pytest.raises(UnreadableAnswerError, match="form"):
        client.search("broken")
    service.bad_days = [(200, {}, json.dumps({"contents": {}}).encode())]
    with pytest.raises(YouTubeError):
        client.search("x")
