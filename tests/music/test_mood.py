"""Moods, valence and arousal from tags, words and listeners."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeling_manager.labels import HAPPINESS, SADNESS
from feeling_manager.music.genres import Genre
from feeling_manager.music.mood import COORDINATES, MOODS, Reactions, affect, estimate, mood_prior, mood_vector
from feeling_manager.music.song import Mood, Song


def song(title: str = "Untitled", genre: Genre = Genre.EXTRA, **values: object) -> Song:
    return Song(id="song:1", title=title, genre=genre, **values)  # type: ignore[arg-type]


def test_the_thirteen_moods_share_coordinates_with_the_emotions_of_the_same_source() -> None:
    assert len(MOODS) == len(COORDINATES) == 13
    assert COORDINATES[Mood.JOY] == (HAPPINESS.valence, HAPPINESS.arousal)
    assert COORDINATES[Mood.SADNESS] == (SADNESS.valence, SADNESS.arousal)


@pytest.mark.parametrize("mood", MOODS)
def test_a_tag_is_the_strongest_mood_and_sets_the_direction(mood: Mood) -> None:
    found = estimate(song(moods=(mood,)))
    assert MOODS[int(found.moods.argmax())] is mood
    here = np.array([found.valence, found.arousal])
    there = np.array(COORDINATES[mood])
    assert here @ there > 0.99 * np.linalg.norm(here) * np.linalg.norm(there)


def test_a_tag_outweighs_the_genre_and_the_genre_the_unknown() -> None:
    sad_pop = estimate(song(genre=Genre.POP, moods=(Mood.SADNESS,)))
    assert sad_pop.valence < 0 < estimate(song(genre=Genre.POP)).valence
    assert estimate(song()).valence == estimate(song()).arousal == 0.0
    assert estimate(song(genre=Genre.BALLAD)).arousal < estimate(song(genre=Genre.HIPHOP)).arousal


@pytest.mark.parametrize(
    ("title", "mood"),
    [
        ("Goodbye My Tears", Mood.SADNESS),
        ("이별 택시", Mood.SADNESS),
        ("행복을 주는 사람", Mood.JOY),
        ("We Are the CHAMPIONS", Mood.TRIUMPH),
        ("꿈을 꾸다", Mood.DREAMINESS),
        ("Ｍonster", Mood.SCARINESS),
    ],
)
def test_words_of_the_title_are_a_weak_hint(title: str, mood: Mood) -> None:
    hinted, plain = mood_prior(Genre.EXTRA, title), mood_prior(Genre.EXTRA, "Untitled")
    place = MOODS.index(mood)
    assert plain[place] < hinted[place] < mood_vector(song(moods=(mood,)))[place]


def test_a_word_inside_another_is_no_hint() -> None:
    assert (mood_prior(Genre.EXTRA, "Crystal Sadler Kissimmee") == mood_prior(Genre.EXTRA, "Untitled")).all()


def test_listeners_prevail_in_the_end_and_count_as_so_many() -> None:
    tagged = song(moods=(Mood.JOY,))
    place = MOODS.index(Mood.SADNESS)
    felt, asked = np.zeros(13), np.zeros(13)
    felt[place] = asked[place] = 1
    one = Reactions(felt, asked, valence=-0.9, arousal=-0.3, measured=1)
    hundred = sum((one for _ in range(100)), start=Reactions())
    before, little, much = estimate(tagged), estimate(tagged, one), estimate(tagged, hundred)
    assert before.moods[place] < little.moods[place] < much.moods[place]
    assert much.moods[place] > 0.9
    assert before.valence > little.valence > 0.0 > much.valence
    assert much.valence == pytest.approx(-0.9, abs=0.2)
    assert much.weight > little.weight > before.weight


def test_a_stated_valence_is_taken_as_it_is() -> None:
    found = estimate(song(moods=(Mood.JOY,), valence=-0.5, arousal=0.25))
    assert (found.valence, found.arousal) == (-0.5, 0.25)
    only = estimate(song(moods=(Mood.JOY,), arousal=-1.0))
    assert only.arousal == -1.0
    assert only.valence > 0.5


@given(st.lists(st.floats(0, 1), min_size=13, max_size=13))
def test_affect_stays_in_its_square(moods: list[float]) -> None:
    valence, arousal = affect(moods)
    assert -1 <= valence <= 1
    assert -1 <= arousal <= 1


@given(
    st.text(min_size=1).filter(str.strip),
    st.sampled_from(Genre),
    st.lists(st.sampled_from(Mood), max_size=4),
    st.integers(0, 50),
)
def test_every_estimate_is_a_share(title: str, genre: Genre, moods: list[Mood], asked: int) -> None:
    heard = Reactions(np.full(13, asked / 2), np.full(13, float(asked)), -float(asked), float(asked), float(asked))
    found = estimate(song(title, genre, moods=tuple(moods)), heard)
    assert found.moods.shape == (13,)
    assert ((found.moods >= 0) & (found.moods <= 1)).all()
    assert -1 <= found.valence <= 1
    assert -1 <= found.arousal <= 1
