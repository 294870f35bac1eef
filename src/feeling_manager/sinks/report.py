"""`report.html`: one page that needs nothing else, for reading, printing and passing on."""

from typing import Any

import numpy as np

from feeling_manager.labels import EMOTIONS, Emotion
from feeling_manager.sinks import svg
from feeling_manager.sinks.accumulator import Person, Results
from feeling_manager.sinks.page import environment, percent
from feeling_manager.sinks.panels import clock
from feeling_manager.sinks.series import Doubles
from feeling_manager.sinks.summary import Run
from feeling_manager.sinks.words import Words
from feeling_manager.spells import Spell

TEMPLATE = "report.html.jinja"
DETAILED = 8
"""Persons with a section of their own; the others are in the table."""
LONGEST_SPELLS = 5
MOST_STRIPES = 300


def make_report(results: Results, run: Run, lang: str = "en") -> str:
    """The page as HTML."""
    words = Words(lang)
    templates = environment()
    precise = (results.last or 0.0) - (results.first or 0.0) < 120
    templates.filters.update(
        clock=lambda time: moment(time - run.begin, precise), span=lambda seconds: span(seconds, words)
    )
    source = (run.source or {}).get("name") or words.readings_source
    reach = svg.span_of(results)
    names = {emotion.name: words.emotion(emotion) for emotion in EMOTIONS}
    lines, limit = svg.growth(results, reach, names)
    page = templates.get_template(TEMPLATE).render(
        t=words,
        emotions=EMOTIONS,
        title=words.report_title.format(source=source),
        results=results,
        summary=_summary(results, words),
        facts=_facts(results, run, words),
        charts=[_chart(person, reach, names, words) for person in results.persons[:DETAILED]],
        growth=lines,
        limit=span(limit, words),
        totals=_totals(results, words),
        cumulative_alt=words.cumulative_alt.format(text=_sums_in_words(results, words)),
        strips=[_strip(person, results, words) for person in results.persons],
        people=[_person(person, words) for person in results.persons],
        detailed=DETAILED,
        made=[*_items(run.versions), *_items(run.model), *_items(run.settings)],
    )
    return page.strip() + "\n"


def moment(seconds: float, precise: bool) -> str:
    """A point in time as 1:05, or 1:05.2 where that matters."""
    tenths = max(round(10 * seconds), 0)
    return f"{clock(tenths // 10)}.{tenths % 10}" if precise else clock(round(seconds))


def span(seconds: float, words: Words) -> str:
    """A length of time as people write it: 4.2 s, or 3:05 from a minute on."""
    return clock(seconds) if seconds >= 60 else f"{seconds:.1f} {'초' if words.lang == 'ko' else 's'}"


def _chart(person: Person, reach: svg.Span, names: dict[str, str], words: Words) -> dict[str, Any]:
    """What a person showed over time."""
    return {
        "areas": svg.areas(person.points, reach, names),
        "valence": svg.valence_line(person.points, reach),
        "alt": words.timeline_alt.format(text=_in_words(person, words)),
    }


def _totals(results: Results, words: Words) -> list[tuple[Emotion, str]]:
    """The seconds of each expression, the largest first."""
    sums = results.cumulative()
    return [(EMOTIONS[index], span(float(sums[index]), words)) for index in np.argsort(sums)[::-1] if sums[index] > 0]


def _top(shares: Doubles) -> Emotion | None:
    return EMOTIONS[int(shares.argmax())] if shares.max() > 0 else None


def _summary(results: Results, words: Words) -> list[str]:
    if not results.persons:
        return [words.nobody]
    number = len(results.persons) + results.others
    one = number == 1
    sentences = [words.seen_one if one else words.seen.format(n=number, most=results.most_at_once)]
    if emotion := _top(results.emotion_seconds):
        share = results.emotion_seconds[emotion.index] / results.seconds
        sentences.append(
            (words.mostly_one if one else words.mostly).format(
                emotion=words.emotion(emotion), share=percent(share), seconds=span(results.seconds, words)
            )
        )
    else:
        sentences.append(words.nothing_clear)
    return sentences if one else [*sentences, words.people_hint]


def _facts(results: Results, run: Run, words: Words) -> list[tuple[str, str]]:
    """What is known, as (name, text)."""
    source = run.source or {}
    facts: list[tuple[str, str]] = []
    if source.get("duration"):
        facts.append((words.length, span(float(source["duration"]), words)))
    if source.get("width"):
        facts.append((words.size, f"{source['width']} × {source['height']}"))
    if run.frames is not None:
        facts.append((words.frames, f"{run.frames:,}"))
    if run.dropped:
        facts.append((words.dropped, f"{run.dropped:,}"))
    facts.append((words.frames_with_faces, f"{results.frames_with_faces:,}"))
    facts.append((words.readings, f"{results.readings:,}"))
    return facts


def _in_words(person: Person, words: Words) -> str:
    emotion = _top(person.shares)
    share = person.unclear_share if emotion is None else float(person.shares[emotion.index])
    return f"{words.person_name(person.id)}: {words.emotion(emotion)} {percent(share)}"


def _sums_in_words(results: Results, words: Words) -> str:
    sums = results.cumulative()
    ordered = sorted(EMOTIONS, key=lambda emotion: -sums[emotion.index])
    return ", ".join(f"{words.emotion(emotion)} {span(float(sums[emotion.index]), words)}" for emotion in ordered)


def _strip(person: Person, results: Results, words: Words) -> dict[str, Any]:
    """A band of coloured stretches, in thousandths of the time from the first to the last reading."""
    first, last = results.first or 0.0, results.last or 0.0
    scale = 1000 / max(last - first, 1e-6)
    spells = sorted(_longest(person, MOST_STRIPES), key=lambda spell: spell.start)
    text = ", ".join(
        f"{words.emotion(spell.emotion)} {spell.start - first:.0f}-{spell.end - first:.0f} {words.seconds}"
        for spell in spells[:20]
    )
    return {
        "name": words.person_name(person.id),
        "alt": words.strip_alt.format(person=words.person_name(person.id), text=text or words.strip_empty),
        "stripes": [
            {
                "x": f"{(spell.start - first) * scale:.1f}",
                "width": f"{max(spell.seconds * scale, 1):.1f}",
                "colour": spell.emotion.colour,
                "title": f"{words.emotion(spell.emotion)}, {span(spell.seconds, words)}",
            }
            for spell in spells
        ],
    }


def _longest(person: Person, number: int) -> list[Spell]:
    return sorted(person.spells, key=lambda spell: -spell.seconds)[:number]


def _person(person: Person, words: Words) -> dict[str, Any]:
    shares = [(emotion, float(person.shares[emotion.index])) for emotion in EMOTIONS]
    top = _top(person.shares)
    affect = person.affect
    return {
        "name": words.person_name(person.id),
        "record": person,
        "top": words.emotion(top),
        "top_share": person.unclear_share if top is None else float(person.shares[top.index]),
        "shares": [
            {
                "name": words.emotion(emotion),
                "colour": emotion.colour,
                "share": share,
                "seconds": share * person.seconds,
            }
            for emotion, share in sorted(shares, key=lambda item: -item[1])
            if share > 0
        ],
        "valence": None if affect is None else _signed(affect[0]),
        "arousal": None if affect is None else _signed(affect[1]),
        "spells": [
            {
                "name": words.emotion(spell.emotion),
                "colour": spell.emotion.colour,
                "spell": spell,
                "probability": float(spell.probabilities[spell.emotion.index]),
            }
            for spell in _longest(person, LONGEST_SPELLS)
        ],
    }


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _items(values: Any) -> list[tuple[str, str]]:
    """Names and texts of what was given, nested names joined by a point; what was not set is left out."""
    items: list[tuple[str, str]] = []
    for name, value in values.items():
        if hasattr(value, "items"):
            items += [(f"{name}.{inner}", text) for inner, text in _items(value)]
        elif value is not None:
            items.append((str(name), str(value)))
    return items
