"""`summary.json`: what a run came to, for programs.

    format            1; grows when a field changes its meaning
    versions          of this program, Python and the libraries that matter, by name
    model, settings   as given to the run: the model files' sha256 among them
    source            name, width, height, fps, duration, frames, audio, live (null: the source could not say)
    begin             seconds of the source's clock at which the films and captions begin
    frames            frames that were read; null where only the table was left
    dropped           frames that were lost or broken; null likewise
    frames_with_faces, readings, most_faces_at_once    numbers
    first, last       seconds of the first and last reading, or null
    seconds           that faces were in view, summed over people
    shares            emotion name to share of `seconds`, by the steady label; with unclear_share they sum to 1
    unclear_share
    persons           those seen longest first, each with id, first, last, seconds, readings, shares, unclear_share,
                      probabilities (mean of the clear readings, or null), valence, arousal (or null), changes, spells
    spells            of a person: start, end, seconds, emotion, probabilities, readings, unclear_share
    min_spell         seconds; shorter spells are taken for flicker, or were too many to keep
    others            {"persons": number, "seconds": ...} of people beyond the longest 50, who are only in the sums

Seconds are rounded to a thousandth, shares and probabilities to four places.
"""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from feeling_manager.labels import NAMES
from feeling_manager.sinks.accumulator import Person, Results
from feeling_manager.spells import Spell

FORMAT = 1
_LIBRARIES = ("feeling-manager", "numpy", "onnxruntime", "opencv-python", "av")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is told of a run beside its readings. Kept in `summary.json.part` while it lasts."""

    versions: Mapping[str, str] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    source: Mapping[str, Any] | None = None
    begin: float = 0.0
    frames: int | None = None
    dropped: int | None = None


def versions() -> dict[str, str]:
    """Of this program, Python and the libraries that readings depend on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def run_to_json(run: Run) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "versions": dict(run.versions),
        "model": dict(run.model),
        "settings": dict(run.settings),
        "source": dict(run.source) if run.source is not None else None,
        "begin": round(run.begin, 3),
        "frames": run.frames,
        "dropped": run.dropped,
    }


def read_run(path: Path) -> Run:
    """What a `summary.json` or its part says of its run; an empty one where there is no such file or it is damaged."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Run(
            versions=dict(document["versions"]),
            model=dict(document["model"]),
            settings=dict(document["settings"]),
            source=document["source"],
            begin=float(document["begin"]),
            frames=document["frames"],
            dropped=document["dropped"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Run()


def to_json(results: Results, run: Run) -> dict[str, Any]:
    """The document as described above."""
    return {
        **run_to_json(run),
        "frames_with_faces": results.frames_with_faces,
        "readings": results.readings,
        "most_faces_at_once": results.most_at_once,
        "first": _seconds(results.first),
        "last": _seconds(results.last),
        "seconds": _seconds(results.seconds),
        "shares": _named(results.emotion_seconds / results.seconds if results.seconds else results.emotion_seconds),
        "unclear_share": round(results.unclear_seconds / results.seconds, 4) if results.seconds else 0.0,
        "persons": [_person(person) for person in results.persons],
        "min_spell": results.min_spell,
        "others": {"persons": results.others, "seconds": _seconds(results.others_seconds)},
    }


def dump(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False, default=str) + "\n").encode()


def _person(person: Person) -> dict[str, Any]:
    valence, arousal = person.affect or (None, None)
    return {
        "id": person.id,
        "first": _seconds(person.first),
        "last": _seconds(person.last),
        "seconds": _seconds(person.seconds),
        "readings": person.readings,
        "shares": _named(person.shares),
        "unclear_share": round(person.unclear_share, 4),
        "probabilities": None if person.probabilities is None else _named(person.probabilities),
        "valence": None if valence is None else round(valence, 4),
        "arousal": None if arousal is None else round(arousal, 4),
        "changes": person.changes,
        "spells": [_spell(spell) for spell in person.spells],
    }


def _spell(spell: Spell) -> dict[str, Any]:
    return {
        "start": _seconds(spell.start),
        "end": _seconds(spell.end),
        "seconds": _seconds(spell.seconds),
        "emotion": spell.emotion.name,
        "probabilities": _named(spell.probabilities),
        "readings": spell.readings,
        "unclear_share": round(spell.unclear_share, 4),
    }


def _named(values: Sequence[float] | Any) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(NAMES, values, strict=True)}


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)
