"""The starter catalogue is whole, varied and valid."""

from collections import Counter
from pathlib import Path

from feeling_manager.music.genres import Genre
from feeling_manager.music.song import Mood, clean_text, normalised
from feeling_manager.music.starter import starter_songs

SONGS = starter_songs()


def test_every_line_of_the_file_is_a_song_of_its_own() -> None:
    assert len(SONGS) >= 360
    assert len({song.id for song in SONGS}) == len(SONGS)
    assert len({(normalised(song.artist), normalised(song.title)) for song in SONGS}) == len(SONGS)
    assert all(song.title == clean_text(song.title) and song.artist for song in SONGS)


def test_every_genre_and_every_mood_is_there() -> None:
    genres = Counter(song.genre for song in SONGS)
    moods = Counter(mood for song in SONGS for mood in song.moods)
    assert min(genres[genre] for genre in Genre) >= 25
    assert min(moods[mood] for mood in Mood) >= 10
    assert all(1 <= len(song.moods) <= 3 for song in SONGS)


def test_at_least_a_third_is_korean() -> None:
    assert sum(song.language == "ko" for song in SONGS) * 3 >= len(SONGS)
    assert all(song.language == "ko" for song in SONGS if song.genre is Genre.TROT)
    assert {len(song.language or "") for song in SONGS} == {2, 3}


def test_years_are_plausible_and_no_video_is_invented() -> None:
    years = [song.year for song in SONGS if song.year is not None]
    assert min(years) > 1700
    assert max(years) <= 2025
    assert len(years) > 0.9 * len(SONGS)
    assert all(song.year >= 1900 for song in SONGS if song.year and song.genre is not Genre.CLASSIC)
    assert all(song.video_id is None and song.path is None and song.source == "starter" for song in SONGS)


def test_the_guide_counts_them_right() -> None:
    guide = (Path(__file__).parents[2] / "docs/how-to/catalogue.md").read_text(encoding="utf-8")
    korean = sum(song.language == "ko" for song in SONGS)
    assert f"{len(SONGS)} well-known songs\nover the ten genres, {korean} of them Korean" in guide


def test_a_song_is_a_search_until_its_video_is_known() -> None:
    song = next(song for song in SONGS if song.title == "밤편지")
    assert song.watch_url.startswith("https://www.youtube.com/results?search_query=%EC%95%84")
    assert song.embed_url is None
