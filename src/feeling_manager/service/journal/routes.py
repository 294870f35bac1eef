"""The journal over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from feeling_manager.service.context import Signed, SignedIn
from feeling_manager.service.db import utcnow
from feeling_manager.service.errors import problems
from feeling_manager.service.journal import repository, schemas, service, sums
from feeling_manager.service.journal.answers import entry_answer, play_answer, spell_answer
from feeling_manager.service.models import Entry
from feeling_manager.service.schemas import IDS, Day, EmotionName, Id, Moment, Word

router = APIRouter(tags=["journal"])

From = Annotated[Moment | None, Query(alias="from", description="not before")]
Until = Annotated[Moment | None, Query(description="before")]
After = Annotated[int | None, Query(ge=1, le=2**53, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=500)]
EmotionFilter = Annotated[EmotionName | None, Query()]
Key = Annotated[Id, Path()]


@router.post("/journal/spells", responses=problems(401, 403, 413, 422))
def add_spells(body: schemas.Spells, me: SignedIn) -> schemas.SpellsKept:
    """Keep a batch of spells. Safe to send again: each is kept once, by its id."""
    return service.add_spells(me.db, me.user, body.spells)


@router.get("/journal/spells", responses=problems(401, 422))
def list_spells(
    me: SignedIn,
    start: From = None,
    until: Until = None,
    emotion: EmotionFilter = None,
    after: After = None,
    limit: Limit = 100,
) -> schemas.SpellPage:
    """Spells, oldest first."""
    number = None if emotion is None else IDS[emotion]
    rows = repository.spells(me.db, me.user.id, start, until, emotion=number, after=after, limit=limit)
    return schemas.SpellPage(
        spells=[spell_answer(row) for row in rows], next=rows[-1].id if len(rows) == limit else None
    )


@router.patch("/journal/spells/{key}", responses=problems(401, 403, 404, 422))
def correct_spell(key: Key, body: schemas.SpellChange, me: SignedIn) -> schemas.SpellAnswer:
    """Say which emotion it was."""
    return spell_answer(service.correct_spell(me.db, me.user, key, body.emotion))


@router.delete("/journal/spells/{key}", status_code=204, responses=problems(401, 403, 404, 422))
def delete_spell(key: Key, me: SignedIn) -> None:
    """Take a spell out of the journal and its sums."""
    service.delete_spell(me.db, me.user, key)


@router.get("/journal/entries", responses=problems(401, 422))
def list_entries(
    me: SignedIn,
    start: From = None,
    until: Until = None,
    emotion: EmotionFilter = None,
    tag: Annotated[Word | None, Query(description="only entries with this word")] = None,
    after: After = None,
    limit: Limit = 100,
) -> schemas.EntryPage:
    """What was written down, oldest first."""
    number = None if emotion is None else IDS[emotion]
    rows = repository.entries(me.db, me.user.id, start, until, emotion=number, tag=tag, after=after, limit=limit)
    tags = repository.tags_of(me.db, [row.id for row in rows])
    return schemas.EntryPage(
        entries=[entry_answer(row, tags.get(row.id, {})) for row in rows],
        next=rows[-1].id if len(rows) == limit else None,
    )


@router.get("/journal/entries/{key}", responses=problems(401, 404, 422))
def read_entry(key: Key, me: SignedIn) -> schemas.EntryAnswer:
    """One entry."""
    return _described(me, service.entry(me.db, me.user, key))


@router.put(
    "/journal/entries/{key}",
    responses=problems(401, 403, 413, 422) | {201: {"model": schemas.EntryAnswer, "description": "It is new"}},
)
def put_entry(key: Key, body: schemas.EntryIn, response: Response, me: SignedIn) -> schemas.EntryAnswer:
    """Write an entry under an id of the client's, or replace it; the time may be any that has been."""
    row, new = service.put_entry(me.db, me.user, key, body)
    response.status_code = 201 if new else 200
    return _described(me, row)


@router.delete("/journal/entries/{key}", status_code=204, responses=problems(401, 403, 404, 422))
def delete_entry(key: Key, me: SignedIn) -> None:
    """Delete an entry."""
    service.delete_entry(me.db, me.user, key)


@router.get("/journal/plays", responses=problems(401, 422))
def list_plays(
    me: SignedIn,
    start: From = None,
    until: Until = None,
    emotion: EmotionFilter = None,
    after: After = None,
    limit: Limit = 100,
) -> schemas.PlayPage:
    """The songs that were given, oldest first."""
    emotions = None if emotion is None else [IDS[emotion]]
    rows = repository.plays(me.db, me.user.id, start, until, emotions=emotions, after=after, limit=limit)
    after = rows[-1].play.id if len(rows) == limit else None
    return schemas.PlayPage(plays=[play_answer(row) for row in rows], next=after)


@router.get("/statistics/{period}", responses=problems(401, 422))
def read_period(
    period: Literal["day", "week", "month", "year"],
    me: SignedIn,
    day: Annotated[Day | None, Query(description="any day in it; today unless given")] = None,
) -> schemas.Statistics:
    """What a day, a week from Monday, a month or a year adds up to, in the account's time zone."""
    around = day or sums.day_of(utcnow(), me.user.zone)
    return service.statistics(me.db, me.user, *service.period_days(period, around))


@router.get("/statistics", responses=problems(401, 422))
def read_range(me: SignedIn, first: Annotated[Day, Query()], last: Annotated[Day, Query()]) -> schemas.Statistics:
    """What the days from `first` to `last` add up to."""
    return service.statistics(me.db, me.user, first, last)


@router.get("/mood", responses=problems(401, 422))
def read_mood(me: SignedIn, first: Annotated[Day, Query()], last: Annotated[Day, Query()]) -> schemas.Mood:
    """Valence and arousal over time, and where they changed."""
    return service.mood(me.db, me.user, first, last)


def _described(me: Signed, row: Entry) -> schemas.EntryAnswer:
    return entry_answer(row, repository.tags_of(me.db, [row.id]).get(row.id, {}))
