"""Golden cases of what a day, a correction, a song's target, a choice and a conflict mean, and the shared words."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from feeling_manager.labels import BY_NAME, EMOTIONS, NAMES
from feeling_manager.music.genres import KOREAN, Genre
from feeling_manager.music.mood import COORDINATES, place_of
from feeling_manager.music.recommender import reasons
from feeling_manager.music.recommender.goals import STEPS, TARGETS, target
from feeling_manager.music.recommender.simple import mood_policy
from feeling_manager.music.recommender.types import Candidate, Context, Goal, picked
from feeling_manager.music.recommender.types import Path as Way
from feeling_manager.music.song import Mood
from feeling_manager.service.db import Database
from feeling_manager.service.journal import repository, schemas, service
from feeling_manager.service.migrate import migrate
from feeling_manager.service.models import Consent, User
from feeling_manager.service.settings import Settings
from feeling_manager.service.sync.repository import Edit
from feeling_manager.service.sync.service import verdict

Case = tuple[Any, dict[str, Any]]


def music() -> Case:
    """Genres, moods, goals and the words of reasons, as `contracts/music.json`."""
    usual = Settings.model_fields["goals"].default
    return {
        "genres": [{"id": int(genre), "name": genre.text(), "ko": KOREAN[genre]} for genre in Genre],
        "moods": {str(mood): list(place) for mood, place in COORDINATES.items()},
        "targets": {str(goal): list(place) for goal, place in TARGETS.items()},
        "steps": STEPS,
        "goals": {name: str(usual.get(name, Goal.MATCH)) for name in NAMES},
        "reasons": {
            lang: {
                "sentence": "{goal}, {motive}.",
                "goals": {str(goal): words for goal, words in goals.items()},
                "motives": {str(motive): words for motive, words in motives.items()},
            }
            for lang, goals, motives in (
                ("en", reasons.GOALS_ENGLISH, reasons.ENGLISH),
                ("ko", reasons.GOALS_KOREAN, reasons.KOREAN),
            )
        },
    }, {}


def days() -> Case:
    """Spells and entries in a zone → the sums of days, of every emotion that has any."""
    midnight = datetime(2025, 11, 20, tzinfo=UTC)
    scripts: dict[str, tuple[str, list[tuple[str, float, float, str]], list[tuple[float, str]]]] = {
        "over midnight": ("UTC", [("happiness", -120, 120, "")], []),
        "over midnight in Seoul": ("Asia/Seoul", [("sadness", -9 * 3600 - 90, -9 * 3600 + 30, "")], []),
        "to midnight": ("UTC", [("anger", -60, 0, "")], []),
        "from midnight": ("UTC", [("anger", 0, 60, "")], []),
        "corrected over midnight": ("UTC", [("sadness", -30, 90, "happiness")], []),
        "when clocks change": ("Europe/London", [("fear", -234 * 86400 - 3660, -234 * 86400 - 3540, "")], []),
        "picked by hand": ("UTC", [("neutral", 0, 60, "")], [(600, "fear"), (700, "fear"), (-5, "happiness")]),
    }
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, (zone, spells, entries)) in enumerate(scripts.items()):
            database = Database(f"sqlite:///{Path(folder) / f'{number}.db'}")
            migrate(database)
            cases.append({"name": name, "zone": zone} | _days(database, midnight, zone, spells, entries))
            database.close()
    return cases, {}


def _days(
    database: Database,
    midnight: datetime,
    zone: str,
    spells: list[tuple[str, float, float, str]],
    entries: list[tuple[float, str]],
) -> dict[str, Any]:
    given: list[dict[str, Any]] = []
    with database.begin() as db:
        user = User(
            username="u", username_key="u", name="u", password_hash="x", zone=zone, language="en",
            retention_days=36500, created_at=midnight,
        )  # fmt: skip
        db.add(user)
        db.flush()
        db.add(Consent(user_id=user.id, purpose="journal", version="1", given_at=midnight))
        db.flush()
        for number, (read, start, end, said) in enumerate(spells):
            shares = [0.86 if emotion == read else 0.02 for emotion in NAMES]
            body = schemas.SpellIn(
                id=UUID(int=number), start=midnight + timedelta(seconds=start), end=midnight + timedelta(seconds=end),
                emotion=read, probabilities=shares, readings=100, unclear_share=0.25,
            )  # fmt: skip
            service.add_spells(db, user, [body])
            if said:
                service.correct_spell(db, user, body.id, said)
            row = service.spell(db, user, body.id)
            given.append(
                {"start": body.start.isoformat(), "end": body.end.isoformat(), "emotion": said or read}
                | {"valence": round(row.valence, 6), "arousal": round(row.arousal, 6), "unclear_share": 0.25}
            )
        moments = [{"at": (midnight + timedelta(seconds=at)).isoformat(), "emotion": said} for at, said in entries]
        for number, (at, said) in enumerate(entries):
            entry = schemas.EntryIn(at=midnight + timedelta(seconds=at), emotion=said)
            service.put_entry(db, user, UUID(int=100 + number), entry)
        rows = repository.day_sums(db, user.id, date(2020, 1, 1), date(2030, 1, 1))
    sums = [
        {
            "day": row.day.isoformat(),
            "emotion": next(e.name for e in EMOTIONS if e.id == row.emotion),
            "seconds": row.millis / 1000,
            "spells": row.spells,
            "moments": row.entries,
            "valence": round(row.valence / row.millis, 6) if row.millis else None,
            "arousal": round(row.arousal / row.millis, 6) if row.millis else None,
        }
        for row in rows
    ]
    return {"spells": given, "entries": moments, "sums": sums}


def corrections() -> Case:
    """A spell and what the person says it was, one after the other → what counts and what is kept beside it."""
    cases = []
    for read, *said in (("sadness", "happiness"), ("sadness", "happiness", "sadness"), ("neutral", "fear", "anger")):
        measured = (-0.41, -0.12)
        spell: dict[str, Any] = {"emotion": BY_NAME[read].id, "valence": measured[0], "arousal": measured[1]}
        spell |= {"read_emotion": None, "read_valence": None, "read_arousal": None}
        steps = []
        for name in said:
            spell |= service.corrected(spell, BY_NAME[name].id)
            names: dict[str, Any] = {key: _emotion_name(spell[key]) for key in ("emotion", "read_emotion")}
            steps.append({"said": name, "spell": spell | names})
        first = {"emotion": read, "valence": measured[0], "arousal": measured[1]}
        cases.append({"spell": first, "steps": steps})
    return cases, {}


def _emotion_name(number: int | None) -> str | None:
    return next((emotion.name for emotion in EMOTIONS if emotion.id == number), None)


def targets() -> Case:
    """An emotion and a goal → valence and arousal of the song, at once and by steps; moods → a song's place."""
    aims = []
    for emotion in EMOTIONS:
        for goal in Goal:
            context = Context(person="", emotion=picked(emotion), goal=goal)
            at_once = [round(x, 6) for x in target(context, Way.DIRECT)]
            steps = [
                [round(x, 6) for x in target(Context(person="", emotion=picked(emotion), goal=goal, step=n), Way.STEPS)]
                for n in range(STEPS)
            ]
            aims.append({"emotion": emotion.name, "goal": str(goal), "target": at_once, "steps": steps})
    places = [
        {"moods": [str(mood) for mood in moods], "place": None if (p := place_of(moods)) is None else list(p)}
        for moods in ([], [Mood.JOY], [Mood.RELAXATION, Mood.DREAMINESS], [Mood.SADNESS, Mood.JOY, Mood.DEFIANCE])
    ]
    return {"targets": aims, "places": places}, {}


def choices() -> Case:
    """Songs, a feeling, ticked genres and what is banned → the chance of each song without a service."""
    songs = [
        ("happy pop", 3, [Mood.JOY]),
        ("quiet classic", 1, [Mood.RELAXATION, Mood.BEAUTY]),
        ("sad ballad", 7, [Mood.SADNESS]),
        ("angry rock", 6, [Mood.DEFIANCE, Mood.ANNOYANCE]),
        ("unknown", 3, []),
    ]
    candidates = []
    for name, genre, moods in songs:
        place = place_of(moods) or (None, None)
        candidates.append(Candidate(song=name, genre=genre, valence=place[0], arousal=place[1]))
    cases = []
    for emotion, goal, ticked, banned in (
        ("happiness", Goal.MATCH, (), ()),
        ("sadness", Goal.LIFT, (), ()),
        ("anger", Goal.CALM, (), ("quiet classic",)),
        ("anger", Goal.CALM, (3, 6), ()),
        ("fear", Goal.CALM, (9,), ()),
        ("sadness", Goal.LIFT, (3,), ("happy pop",)),
    ):
        context = Context(
            person="", emotion=picked(BY_NAME[emotion]), goal=goal, preferences=frozenset(ticked),
            banned=frozenset(banned),
        )  # fmt: skip
        chances = mood_policy().probabilities(context, candidates, np.random.default_rng(0))
        cases.append(
            {"emotion": emotion, "goal": str(goal), "genres": list(ticked), "banned": list(banned)}
            | {"chances": [round(float(p), 6) for p in chances]}
        )
    given = [{"id": name, "genre": genre, "moods": [str(m) for m in moods]} for name, genre, moods in songs]
    return {"songs": given, "cases": cases}, {}


def conflicts() -> Case:
    """What is known of a thing and an operation on it → applied, duplicate or superseded."""
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    low, high = UUID(int=1), UUID(int=2)
    pairs = ((-1, low, high), (0, low, high), (0, high, low), (1, high, low), (0, low, low))
    cases: list[dict[str, Any]] = []
    for kind, key in (("entry", str(UUID(int=9))), ("ban", "song:1")):
        for deleted_before in (False, True):
            for deleted in (False, True):
                for later, before, operation in pairs:
                    known = Edit(kind, key, deleted_before, noon, before)
                    edit = Edit(kind, key, deleted, noon + timedelta(seconds=later), operation)
                    cases.append(
                        {"kind": kind, "known": _edit(known), "operation": _edit(edit), "status": verdict(known, edit)}
                    )
    first = Edit("entry", str(UUID(int=9)), False, noon, low)
    cases.append({"kind": "entry", "known": None} | {"operation": _edit(first), "status": verdict(None, first)})
    return cases, {}


def _edit(edit: Edit) -> dict[str, Any]:
    at = edit.edited_at.isoformat() if edit.edited_at else None
    return {"id": str(edit.operation), "deleted": edit.deleted, "edited_at": at}


FILES = {
    "music.json": music,
    "golden/days.json": days,
    "golden/corrections.json": corrections,
    "golden/targets.json": targets,
    "golden/choices.json": choices,
    "golden/conflicts.json": conflicts,
}
