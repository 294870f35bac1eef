from itertools import pairwise
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeling_manager.labels import BY_NAME, EMOTIONS, HAPPINESS, NEUTRAL, SADNESS, Emotion
from feeling_manager.spells import MAX_LENGTH, MIN_LENGTH, Moment, Spell, SpellMaker
from feeling_manager.types import Floats


def one_hot(emotion: Emotion) -> Floats:
    values = np.zeros(len(EMOTIONS), np.float32)
    values[emotion.index] = 1
    return values


def spells_of(*stretches: tuple[str | None, float, float], step: float = 0.5) -> list[Spell]:
    """Stretches of (emotion, start, end), read every `step` seconds."""
    maker, made = SpellMaker(), []
    for name, start, end in stretches:
        emotion = BY_NAME[name] if name else None
        for time in np.arange(start, end, step):
            moment = Moment(float(time), emotion, one_hot(emotion or NEUTRAL), emotion is None)
            made.append(maker.add(moment))
    made.append(maker.end())
    return [spell for spell in made if spell]


def test_one_spell_a_change() -> None:
    first, second = spells_of(("happiness", 0, 30), ("sadness", 30, 60))
    assert (first.emotion, first.start, first.end) == (HAPPINESS, 0.0, 30.0)
    assert (second.emotion, second.start, second.end) == (SADNESS, 30.0, 59.5)
    assert first.readings == 60
    assert first.probabilities[HAPPINESS.index] == pytest.approx(1.0)
    assert isinstance(first.id, UUID)
    assert first.id != second.id


def test_a_short_change_stays_within_its_spell() -> None:
    (spell,) = spells_of(("happiness", 0, 8), ("surprise", 8, 11), ("happiness", 11, 40))
    assert spell.emotion is HAPPINESS
    assert spell.seconds == 39.5


def test_a_short_change_late_in_a_spell_does_not_cut_it() -> None:
    (spell,) = spells_of(("happiness", 0, 60), ("surprise", 60, 65), ("happiness", 65, 100))
    assert (spell.emotion, spell.start, spell.end) == (HAPPINESS, 0.0, 99.5)


def test_a_lasting_change_cuts_where_it_began() -> None:
    first, second = spells_of(("happiness", 0, 30), ("surprise", 30, 34), ("sadness", 34, 60))
    assert (first.emotion, first.end) == (HAPPINESS, 30.0)
    assert (second.emotion, second.start) == (SADNESS, 30.0)


def test_less_than_the_least_length_is_no_spell() -> None:
    assert spells_of(("happiness", 0, 9)) == []


def test_a_long_spell_is_cut() -> None:
    made = spells_of(("neutral", 0, 1000))
    assert [round(spell.seconds) for spell in made] == [300, 300, 300, 100]
    assert made[0].end == made[1].start


def test_nobody_there_ends_it() -> None:
    first, second = spells_of(("neutral", 0, 20), ("neutral", 60, 80))
    assert (first.end, second.start) == (19.5, 60.0)


def test_unclear_readings_are_counted_and_start_nothing() -> None:
    (spell,) = spells_of((None, 0, 20), ("sadness", 20, 40), (None, 40, 45), ("sadness", 45, 50))
    assert spell.start == 20.0
    assert spell.unclear_share == pytest.approx(10 / 60)
    assert spell.probabilities[SADNESS.index] == pytest.approx(1.0)


def test_a_clock_set_back_is_left_out() -> None:
    maker = SpellMaker()
    for time in (0.0, 6.0, 3.0, 12.0):
        maker.add(Moment(time, NEUTRAL, one_hot(NEUTRAL), False))
    spell = maker.end()
    assert spell is not None
    assert (spell.start, spell.end, spell.readings) == (0.0, 12.0, 3)


@given(
    st.lists(st.tuples(st.floats(0.01, 30), st.sampled_from([None, *EMOTIONS]), st.booleans()), min_size=1, max_size=80)
)
def test_spells_are_in_order_within_their_limits_and_lose_no_reading_twice(
    steps: list[tuple[float, Emotion | None, bool]],
) -> None:
    maker, made, time = SpellMaker(), [], 0.0
    for step, emotion, unclear in steps:
        time += step
        made.append(maker.add(Moment(time, emotion, one_hot(emotion or NEUTRAL), unclear)))
    made.append(maker.end())
    spells = [spell for spell in made if spell]
    assert sum(spell.readings for spell in spells) <= len(steps)
    for spell in spells:
        # a reading up to MAX_GAP later may end it
        assert MIN_LENGTH <= spell.seconds <= MAX_LENGTH + 10
        assert 0 <= spell.unclear_share <= 1
    for before, after in pairwise(spells):
        assert before.end <= after.start
