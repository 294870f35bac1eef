"""Videos are found for songs, and never the wrong ones."""

import pytest

from feeling_manager.music.errors import YouTubeError
from feeling_manager.music.genres import Genre
from feeling_manager.music.resolve import Resolved, best_match, resolve_songs
from feeling_manager.music.song import Song, song_id
from feeling_manager.music.youtube import Track, YouTube
from tests.music.memory import MemoryStore
from tests.music.youtube_server import Service, hit, serving


def song(title: str, artist: str, *, genre: Genre = Genre.POP, duration: float | None = None) -> Song:
    return Song(id=song_id(title=title, artist=artist), title=title, artist=artist, genre=genre, duration=duration)


def track(title: str, artist: str, duration: float | None = 200.0) -> Track:
    return Track("aaaaaaaaaaa", title, artist, duration, None)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (("좋은 날", "아이유 (IU)"), ("좋은 날", "IU")),
        (("좋은 날", "아이유 (IU)"), ("Good Day (좋은 날)", "아이유")),
        (("강남스타일 (Gangnam Style)", "싸이 (PSY)"), ("Gangnam Style (강남스타일)", "PSY")),
        (("Halo", "Beyoncé"), ("HALO", "Beyonce")),
        (("Bohemian Rhapsody", "Queen"), ("Bohemian Rhapsody (Remastered 2011)", "Queen")),
        (("우산 (feat. 윤하)", "에픽하이 (EPIK HIGH)"), ("우산", "EPIK HIGH, YOUNHA")),
        (("Uptown Funk", "Mark Ronson & Bruno Mars"), ("Uptown Funk (feat. Bruno Mars)", "Mark Ronson")),
        (("Live & Learn", "Crush 40"), ("Live and Learn", "Crush 40")),
        (("÷", "Ed Sheeran"), ("÷", "Ed Sheeran")),
        (("With or Without You", "U2"), ("With or Without You", "U2")),
    ],
)
def test_the_same_song_in_other_words(ours: tuple[str, str], theirs: tuple[str, str]) -> None:
    assert best_match(song(*ours), [track(*theirs)]) is not None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (("Hello", "Adele"), ("Hello", "Lionel Richie")),
        (("Hello", "Adele"), ("Yellow", "Adele")),
        (("Hello", "Adele"), ("Hello (Karaoke Version)", "Adele")),
        (("Hello", "Adele"), ("Hello (Live at the BBC)", "Adele")),
        (("좋은 날", "아이유 (IU)"), ("좋은 날 (커버)", "아이유")),
        (("좋은 날", "아이유 (IU)"), ("좋은 날 MR 노래방", "아이유")),
        (("I", "Someone"), ("You", "Someone")),
        (("Hello", "Adele"), ("Hello", "")),
    ],
)
def test_another_song_or_version_is_not_taken(ours: tuple[str, str], theirs: tuple[str, str]) -> None:
    assert best_match(song(*ours), [track(*theirs)]) is None


def test_the_length_must_be_plausible() -> None:
    plain = song("A song", "B")
    assert best_match(plain, [track("A song", "B", 12.0), track("A song", "B", 3600.0)]) is None
    assert best_match(plain, [track("A song", "B", None)]) is not None
    assert best_match(song("A song", "B", genre=Genre.CLASSIC), [track("A song", "B", 3600.0)]) is not None
    known = song("A song", "B", duration=200.0)
    assert best_match(known, [track("A song", "B", 219.0)]) is not None
    assert best_match(known, [track("A song", "B", 240.0)]) is None


def test_the_best_result_that_fits_is_taken() -> None:
    wrong, right, late = track("Hello (Cover)", "Adele"), track("Hello", "Adele"), track("Hello", "Adele", 210.0)
    assert best_match(song("Hello", "Adele"), [wrong, right, late]) is right


def test_what_is_found_is_kept_and_the_rest_is_noted() -> None:
    service, store = Service(), MemoryStore()
    songs = [song("Hello", "Adele"), song("Nowhere", "Nobody"), song("Hello", "Adele (아델)"), song("Broken", "X")]
    store.add_many(songs)
    service.found = {
        "Adele Hello": [hit("aaaaaaaaaaa", "Hello", "Adele")],
        "Adele (아델) Hello": [hit("aaaaaaaaaaa", "Hello", "Adele")],
        "X Broken": [{"musicResponsiveListItemRenderer": {}}],
    }
    with serving(service) as make:
        totals = resolve_songs(store, YouTube(adapter=make()), store.without_video_id())
        assert totals == Resolved(found=1, missing=2, failed=1)
        assert store.songs[songs[0].id].video_id == "aaaaaaaaaaa"
        assert [each.id for each in store.without_video_id()] == [each.id for each in songs[1:]]
        service.bad_days = [(503, {}, b"")]
        with pytest.raises(YouTubeError, match="out of order"):
            resolve_songs(store, YouTube(adapter=make(retries=0)), store.without_video_id())
