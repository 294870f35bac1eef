"""Rows of the journal as the API, the changes and the export give them."""

from typing import Any

from feeling_manager.service.journal import schemas
from feeling_manager.service.journal.repository import Played
from feeling_manager.service.journal.sums import written
from feeling_manager.service.models import Entry, SpellRow
from feeling_manager.service.schemas import emotion_name


def spell_answer(row: SpellRow) -> schemas.SpellAnswer:
    """read_valence, read_arousal: always what was measured."""
    return schemas.SpellAnswer(
        id=row.uuid,
        start=row.start,
        end=row.end,
        emotion=emotion_name(row.emotion),
        read_emotion=None if row.read_emotion is None else emotion_name(row.read_emotion),
        probabilities=[round(p, 4) for p in row.probabilities],
        valence=row.valence,
        arousal=row.arousal,
        read_valence=row.valence if row.read_valence is None else row.read_valence,
        read_arousal=row.arousal if row.read_arousal is None else row.read_arousal,
        readings=row.readings,
        unclear_share=row.unclear_share,
    )


def entry_answer(row: Entry, tags: dict[str, list[str]]) -> schemas.EntryAnswer:
    return schemas.EntryAnswer(
        id=row.uuid,
        at=row.at,
        emotion=None if row.emotion is None else emotion_name(row.emotion),
        note=row.note,
        tags=tags,
    )


def skipped_of(row: Played) -> bool | None:
    """False only where it is known that it was not."""
    play = row.play
    known = play.skipped or play.ended is not None or play.seconds is not None or play.played is not None
    return play.skipped if known else None


def play_answer(row: Played) -> schemas.PlayAnswer:
    play = row.play
    return schemas.PlayAnswer(
        id=play.id,
        uuid=play.uuid,
        at=play.at,
        emotion=emotion_name(play.emotion),
        song=play.song_id,
        title=row.title,
        artist=row.artist,
        video_id=row.video_id,
        goal=play.goal,
        liked=play.liked,
        skipped=bool(play.skipped),
        played=play.played,
        opened_at=play.opened_at,
        source=play.source,
        seconds=play.seconds,
        duration=play.duration,
        ended=play.ended,
        banned=play.banned,
    )


def play_value(row: Played) -> dict[str, Any]:
    """As the changes and the export give it: null is unknown."""
    play = row.play
    return {
        "id": str(play.uuid),
        "number": play.id,
        "at": written(play.at),
        "emotion": emotion_name(play.emotion),
        "song_id": play.song_id,
        "title": row.title,
        "artist": row.artist,
        "video_id": row.video_id,
        "goal": play.goal,
        "source": play.source,
        # who chose it by hand was offered nothing
        "offered_at": None if play.source == "hand" else written(play.at),
        "opened_at": None if play.opened_at is None else written(play.opened_at),
        "seconds": play.seconds,
        "duration": play.duration,
        "ended": play.ended,
        "skipped": skipped_of(row),
        "liked": play.liked,
        "banned": play.banned,
        "valence": play.valence,
        "arousal": play.arousal,
    }
