"""Songs over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse, Response

from feeling_manager.labels import BY_NAME
from feeling_manager.music.errors import CatalogueError
from feeling_manager.music.genres import Genre
from feeling_manager.music.library import local_file
from feeling_manager.music.recommender.reasons import sentence
from feeling_manager.music.recommender.types import Goal, picked
from feeling_manager.service.context import SignedIn
from feeling_manager.service.errors import NotFoundError, problems
from feeling_manager.service.models import SongRow
from feeling_manager.service.schemas import Text
from feeling_manager.service.songs import feedback, foreign, repository, schemas, service
from feeling_manager.service.songs.search import search as find_songs

router = APIRouter(tags=["songs"])
SongId = Annotated[Text, Path(min_length=1, max_length=64)]


@router.post("/recommendations", status_code=201, responses=problems(401, 403, 404, 422))
def recommend(body: schemas.RecommendationIn, me: SignedIn) -> schemas.RecommendationAnswer:
    """A song for a feeling, with the reason; it is kept in the journal as a play."""
    given = service.recommend(
        me.db,
        me.service.settings,
        me.user,
        tuple(body.probabilities) if body.probabilities else picked(BY_NAME[body.emotion or "neutral"]),
        goal=None if body.goal is None else Goal(body.goal),
        step=body.step,
        videos_only=body.videos_only,
    )
    chosen = _found(me, given.choice.song)
    if me.service.videos is not None:
        me.service.videos.want(chosen)
    others = [(repository.song(me.db, other.song), other.probability) for other in given.choice.alternatives]
    return schemas.RecommendationAnswer(
        play=given.play.id,
        uuid=given.play.uuid,
        song=_song(chosen),
        reason=sentence(given.choice.reason, me.user.language),
        motive=given.choice.reason.motive,
        probability=given.choice.probability,
        policy=given.policy,
        alternatives=[schemas.AlternativeAnswer(song=_song(row), probability=p) for row, p in others if row],
    )


@router.post("/journal/plays", responses=problems(401, 403, 413, 422))
def add_plays(body: schemas.PlaysIn, me: SignedIn) -> schemas.PlaysKept:
    """Keep songs that a device gave without this service. Safe to send again: one song at one time is one play."""
    return foreign.add_plays(me.db, me.user, body.plays)


@router.put("/journal/plays/{number}/feedback", status_code=204, responses=problems(401, 403, 404, 422))
def feed_back(number: Annotated[int, Path(ge=1, le=2**53)], body: schemas.FeedbackIn, me: SignedIn) -> None:
    """Note what came of a song: heard, skipped, liked, never again, the emotion corrected."""
    feedback.feed_back(me.db, me.service.settings, me.user, number, body)


@router.get("/songs", responses=problems(401, 422))
def search(
    me: SignedIn,
    q: Annotated[Text, Query(max_length=200, description="words of the title or the artist")] = "",
    genre: Annotated[int | None, Query(ge=1, le=10)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> schemas.SongList:
    """Songs of the catalogue that hold, for every word, one that begins so; of Hangul and the like any part."""
    kind = None if genre is None else Genre(genre)
    rows = find_songs(me.db, q, genre=kind, limit=limit, offset=offset)
    return schemas.SongList(songs=[_song(row) for row in rows])


@router.get("/songs/{song_id}", responses=problems(401, 404, 422))
def read_song(song_id: SongId, me: SignedIn) -> schemas.SongAnswer:
    """One song."""
    return _song(_found(me, song_id))


@router.get(
    "/songs/{song_id}/audio",
    response_class=FileResponse,
    responses=problems(401, 404, 422)
    | {
        200: {"content": {"audio/*": {}}, "description": "The file"},
        206: {"content": {"audio/*": {}}, "description": "A part of it"},
        416: {"content": {"text/plain": {}}, "description": "No such part"},
    },
)
def stream_song(song_id: SongId, me: SignedIn) -> Response:
    """The local file of a song, by parts where asked (Range)."""
    row = _found(me, song_id)
    song, settings = repository.to_song(row), me.service.settings
    roots = settings.music_folders
    if not roots and settings.environment == "local" and song.path is not None:
        roots = (song.path.parent,)
    try:
        return FileResponse(local_file(song, roots))
    except CatalogueError as error:
        raise NotFoundError(str(error)) from error


@router.get("/bans", responses=problems(401))
def list_bans(me: SignedIn) -> schemas.SongList:
    """Songs that are never given to you again, by title."""
    return schemas.SongList(songs=[_song(row) for row in repository.banned_songs(me.db, me.user.id)])


@router.put("/bans/{song_id}", status_code=204, responses=problems(401, 403, 404, 422))
def ban(song_id: SongId, me: SignedIn) -> None:
    """Never again this song."""
    repository.ban(me.db, me.user.id, _found(me, song_id).id)


@router.delete("/bans/{song_id}", status_code=204, responses=problems(401, 403, 404, 422))
def lift_ban(song_id: SongId, me: SignedIn) -> None:
    """Allow it again: the word is taken back as if it had never been said, also from what was learned."""
    if not feedback.lift_ban(me.db, me.service.settings, me.user, song_id):
        raise NotFoundError("This song is not banned.")


def _found(me: SignedIn, song_id: str) -> SongRow:
    row = repository.song(me.db, song_id)
    if row is None:
        raise NotFoundError("There is no such song in the catalogue.")
    return row


def _song(row: SongRow) -> schemas.SongAnswer:
    song = repository.to_song(row)
    return schemas.SongAnswer(
        id=song.id,
        title=song.title,
        artist=song.artist,
        genre=int(song.genre),
        video_id=song.video_id,
        language=song.language,
        moods=list(song.moods),
        duration=song.duration,
        watch_url=song.watch_url,
        embed_url=song.embed_url,
        audio_url=None if song.path is None else f"/api/v1/songs/{song.id}/audio",
    )
