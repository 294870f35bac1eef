"""Captions of what the faces show, for people who cannot see or judge them: WebVTT.

The text says at each moment what everybody in view shows, and changes when somebody's expression does.
"""

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from feeling_manager.labels import Emotion
from feeling_manager.sinks.accumulator import Results
from feeling_manager.sinks.words import Words

SHORTEST = 0.3
"""Seconds: a caption that would be gone sooner is left out, and the one before it stays."""
MOST_LINES = 4

Shown = tuple[tuple[int, Emotion], ...]
"""Person's id and emotion, of everybody, by id."""


class Cue(NamedTuple):
    """start, end: seconds."""

    start: float
    end: float
    shown: Shown


def make_vtt(results: Results, lang: str = "en", begin: float = 0.0) -> str:
    """The captions of a film that begins at `begin` seconds of the readings' clock."""
    words = Words(lang)
    blocks = [f"WEBVTT {words.captions_title}", f"NOTE\n{escape(words.not_feelings, quote=False)}"]
    for cue in cues(results):
        start, end = _milliseconds(cue.start - begin), _milliseconds(cue.end - begin)
        if start < end:
            blocks.append(f"{_timestamp(start)} --> {_timestamp(end)}\n{_text(cue.shown, words)}")
    return "\n\n".join(blocks) + "\n"


def cues(results: Results) -> list[Cue]:
    """One after another, never two at once, each different from the one before it or after a pause."""
    made: list[Cue] = []
    for cue in _intervals(results):
        if cue.end - cue.start >= SHORTEST:
            made.append(cue)
        elif made and made[-1].end == cue.start:
            made[-1] = made[-1]._replace(end=cue.end)
    return made


def _intervals(results: Results) -> Iterator[Cue]:
    """The stretches between any two changes in which somebody shows something."""
    changes = [
        (time, begins, person.id, spell.emotion)
        for person in results.persons
        for spell in person.spells
        for time, begins in ((spell.start, True), (spell.end, False))
    ]
    # a stable sort: of one person's changes at the same time the end still comes before the next beginning
    changes.sort(key=lambda change: change[0])
    shown: dict[int, Emotion] = {}
    since = 0.0
    for time, begins, person, emotion in changes:
        if shown and time > since:
            yield Cue(since, time, tuple(sorted(shown.items(), key=lambda item: item[0])))
        if begins:
            shown[person] = emotion
        else:
            shown.pop(person, None)
        since = time


def _text(shown: Shown, words: Words) -> str:
    lines = [f"{words.person_name(person)}: {words.emotion(emotion)}" for person, emotion in shown]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], words.and_more.format(n=len(lines) - MOST_LINES + 1)]
    return escape("\n".join(lines), quote=False)


def _milliseconds(seconds: float) -> int:
    return max(round(1000 * seconds), 0)


def _timestamp(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
