"""Words for figures: no more is claimed than a face can say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeling_manager.labels import EMOTIONS, FEAR, HAPPINESS, NEUTRAL
from feeling_manager.phrases import WORDS, Level, Phrase, phrase


def of(**probabilities: float) -> Phrase:
    rest = (1 - sum(probabilities.values())) / (8 - len(probabilities))
    return phrase([probabilities.get(emotion.name, rest) for emotion in EMOTIONS])


def test_what_people_read() -> None:
    assert of(happiness=1.0).sentence() == "looks happy"
    assert of(happiness=0.7).sentence() == "mostly looks happy"
    assert of(happiness=0.5, neutral=0.45).sentence() == "looks about half happy, half neutral"
    assert of(happiness=0.5, neutral=0.45).sentence("ko") == "행복 반, 무표정 반 정도로 보여요"
    assert of(fear=0.9).sentence("ko") == "두려워 보여요"
    found = phrase(np.array([0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.15, 0.05], np.float32), unsure=True)
    assert (found.one, found.two) == (NEUTRAL, FEAR)
    assert found.sentence() == "could be neutral or afraid"
    assert found.short("ko") == "무표정/두려움?"


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_no_word_is_a_figure_and_none_is_missing(lang: str) -> None:
    for level in Level:
        for one in EMOTIONS:
            found = Phrase(level, one, HAPPINESS if level in (Level.HALF, Level.UNSURE) else None)
            for text in (found.short(lang), found.sentence(lang)):
                assert text
                assert "{" not in text
                assert not any(letter.isdigit() or letter == "%" for letter in text)
    assert set(WORDS[lang]) == set(WORDS["en"])


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8))
def test_any_probabilities_have_words(values: list[float]) -> None:
    total = sum(values) or 1.0
    found = phrase([value / total for value in values])
    assert (found.two is not None) == (found.level in (Level.HALF, Level.UNSURE))
