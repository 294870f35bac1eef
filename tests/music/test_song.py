"""What a song is, how it is named and found again."""

import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeling_manager.music.errors import CatalogueError
from feeling_manager.music.genres import Genre, guess_genre, parse_genre
from feeling_manager.music.song import Mood, Song, clean_text, normalised, parse_video_id, song_id

VIDEO = "aB3-_678901"


@pytest.mark.parametrize(
    "text",
    [
        VIDEO,
        f" {VIDEO} ",
        f"https://www.youtube.com/watch?v={VIDEO}",
        f"https://music.youtube.com/watch?list=PL1&v={VIDEO}&t=3",
        f"http://m.youtube.com/watch?v={VIDEO}#a",
        f"youtu.be/{VIDEO}?si=x",
        f"https://www.youtube.com/embed/{VIDEO}?autoplay=1",
        f"https://www.youtube-nocookie.com/embed/{VIDEO}",
        f"https://youtube.com/shorts/{VIDEO}",
    ],
)
def test_a_video_is_known_by_its_id_and_by_every_address(text: str) -> None:
    assert parse_video_id(text) == VIDEO


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        VIDEO + "x",
        f"https://example.com/watch?v={VIDEO}",
        "https://youtu.be/",
        "http://[",
        "aB3-_67890é",
        f"https://youtube.com.evil.example/watch?v={VIDEO}",
        "https://www.youtube.com/watch?v=x",
        f"{VIDEO}\n{VIDEO}",
    ],
)
def test_what_is_no_video_is_none(text: str) -> None:
    assert parse_video_id(text) is None


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_addresses_or_the_cleaning(text: str) -> None:
    found = parse_video_id(text)
    assert found is None or len(found) == 11
    assert clean_text(clean_text(text)) == clean_text(text)
    assert normalised(normalised(text)) == normalised(text)


def test_ids_are_stable_whatever_the_spelling() -> None:
    assert song_id(title="좋은 날", artist="아이유 (IU)") == song_id(title="좋은 날", artist="아이유  (iu)")
    # decomposed Hangul, as macOS writes it
    assert song_id(title=unicodedata.normalize("NFD", "좋은 날"), artist="IU") == song_id(title="좋은 날", artist="IU")
    assert song_id(title="Halo", artist="Beyoncé") == song_id(title="HALO", artist="Beyonce")
    assert song_id(title="÷") != song_id(title="+")
    assert song_id(title="a", artist="b c") != song_id(title="c a", artist="b")
    assert song_id(title="x", video_id=VIDEO) == f"yt:{VIDEO}"
    assert song_id(title="x", path=Path("a/b.mp3")) == song_id(title="y", path=Path("a/b.mp3"))
    assert len(song_id(title="x" * 5000)) <= 24


def test_links_say_artist_and_title() -> None:
    song = Song(id="1", title='50% "off" & more', artist="아이유")
    query = parse_qs(urlsplit(song.watch_url).query)
    assert query == {"search_query": ['아이유 50% "off" & more']}
    assert song.embed_url is None
    found = Song(id="1", title="t", video_id=VIDEO)
    assert found.watch_url == f"https://music.youtube.com/watch?v={VIDEO}"
    assert found.embed_url == f"https://www.youtube-nocookie.com/embed/{VIDEO}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "x" * 65},
        {"title": "  "},
        {"genre": 11},
        {"genre": 0},
        {"video_id": "short"},
        {"video_id": "javascript:"},
        {"year": 0},
        {"valence": 1.01},
        {"arousal": float("nan")},
        {"duration": float("inf")},
        {"duration": -1.0},
        {"language": "한국어"},
        {"source": ""},
    ],
)
def test_a_song_refuses_what_can_not_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(CatalogueError):
        Song(**({"id": "1", "title": "t"} | wrong))


def test_moods_have_one_order() -> None:
    moods = Song(id="1", title="t", moods=(Mood.SADNESS, Mood.JOY, Mood.SADNESS)).moods
    assert moods == (Mood.JOY, Mood.SADNESS)


@pytest.mark.parametrize(
    ("text", "genre"),
    [
        ("3", Genre.POP),
        ("10", Genre.EXTRA),
        ("3.0", Genre.POP),
        ("발라드", Genre.BALLAD),
        ("HipHop", Genre.HIPHOP),
        ("11", None),
        ("0", None),
        ("", None),
        ("3.5", None),
        ("nonsense", None),
    ],
)
def test_genres_by_number_and_name(text: str, genre: Genre | None) -> None:
    assert parse_genre(text) is genre


@pytest.mark.parametrize(
    ("text", "genre"),
    [
        ("K-Pop", Genre.IDOL),
        ("Korean Ballads", Genre.BALLAD),
        ("성인가요", Genre.TROT),
        ("Hip-Hop/Rap", Genre.HIPHOP),
        ("R&B/Soul", Genre.EXTRA),
        ("Video Game Soundtrack", Genre.GAME),
        ("게임 음악 모음", Genre.GAME),
        ("Smooth Jazz", Genre.JAZZ),
        ("Alternative Metal", Genre.ROCK),
        ("Classical", Genre.CLASSIC),
        ("클래식 명곡 100", Genre.CLASSIC),
        ("Dance Pop", Genre.POP),
        ("(17)", Genre.ROCK),
        ("116", Genre.BALLAD),
        ("Trapped in poplar", None),
        ("", None),
        ("My favourites", None),
    ],
)
def test_genres_are_guessed_from_tags_and_titles(text: str, genre: Genre | None) -> None:
    assert guess_genre(text) is genre
