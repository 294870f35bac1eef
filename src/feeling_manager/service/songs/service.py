"""Giving a song for a feeling, and noting what came of it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from feeling_manager.labels import EMOTIONS, Emotion
from feeling_manager.music.recommender.bandit import BanditPolicy, BanditSettings
from feeling_manager.music.recommender.errors import NoSongError
from feeling_manager.music.recommender.features import describe
from feeling_manager.music.recommender.retrieval import retrieve
from feeling_manager.music.recommender.simple import genre_policy, mood_policy, popular_policy, random_policy
from feeling_manager.music.recommender.types import Candidate, Context, Goal, Policy, Recommendation, picked
from feeling_manager.service.accounts import repository as accounts
from feeling_manager.service.accounts.repository import lock_user
from feeling_manager.service.db import utcnow
from feeling_manager.service.errors import ConfigurationError, NotFoundError
from feeling_manager.service.journal import repository as journal
from feeling_manager.service.journal import sums
from feeling_manager.service.models import Play, User
from feeling_manager.service.settings import Settings
from feeling_manager.service.songs import log, repository
from feeling_manager.service.songs.learning import SqlStore

WINDOW = 100
"""Songs among which the old contract's random choice is made."""
REMEMBERED = timedelta(days=28)
"""How far back it is looked when a song was last played."""
LASTS = timedelta(minutes=30)
"""A pause longer than this ends a way to a goal."""
LEARNING = frozenset({"auto", "bandit"})
_OTHERS = {"genre": genre_policy, "mood": mood_policy, "random": random_policy, "popular": popular_policy}


class NoSongNowError(NotFoundError):
    code = "no_song"


def check_policy(name: str) -> None:
    """Raises ConfigurationError for a name that is none."""
    if name not in LEARNING | _OTHERS.keys():
        known = ", ".join((*sorted(LEARNING), *_OTHERS))
        raise ConfigurationError(f"FEELING_POLICY: {name!r} is no policy; use one of {known}.")


def policy_of(db: Session, settings: Settings) -> Policy:
    """The policy that is set; what the learning one knows is read within the transaction."""
    if settings.policy in LEARNING:
        return BanditPolicy(SqlStore(db), BanditSettings(explore=settings.explore, repeat_after=settings.repeat_after))
    return _OTHERS[settings.policy](settings.repeat_after)


@dataclass(frozen=True)
class Given:
    """A song that was given: the play as it was kept, and the choice."""

    play: Play
    choice: Recommendation
    policy: str


def recommend(
    db: Session,
    settings: Settings,
    user: User,
    probabilities: tuple[float, ...],
    *,
    goal: Goal | None = None,
    step: int | None = None,
    videos_only: bool = False,
) -> Given:
    """A song for these eight probabilities; kept as a play with all a policy needs to learn. Raises NoSongNowError.

    goal: the person's own for the emotion unless given. step: of the way to it, counted from the journal unless given.
    """
    lock_user(db, user.id)
    now = utcnow()
    policy = policy_of(db, settings)
    emotion = EMOTIONS[int(np.argmax(probabilities))]
    if goal is None:
        chosen = accounts.goals(db, user.id).get(emotion.id)
        goal = Goal(chosen or settings.goals.get(emotion.name, Goal.MATCH))
    if step is None:
        step = repository.steps(db, user.id, goal, now, LASTS)
    since = now - max(timedelta(seconds=settings.repeat_after), REMEMBERED)
    context = Context(
        person=str(user.id),
        group=user.language,
        emotion=tuple(p / sum(probabilities) for p in probabilities),
        goal=goal,
        preferences=accounts.preferences(db, user.id).get(emotion.id, frozenset()),
        hour=_hour(now, user.zone),
        recent={r.song: (now - r.at).total_seconds() for r in repository.recent(db, user.id, since)},
        banned=frozenset(journal.bans(db, user.id)),
        step=step,
    )
    seed = secrets.randbits(53)
    rng = np.random.default_rng(seed)
    ids = retrieve(context, repository.SqlIndex(db, videos=videos_only), rng)
    candidates = repository.candidates(db, ids)
    try:
        choice = policy.choose(context, candidates, rng)
    except NoSongError as error:
        raise NoSongNowError(str(error)) from error
    play = _play(user, choice.song, emotion, now)
    play.probabilities, play.step, play.seed = context.emotion, step, seed
    play.policy, play.probability, play.error = policy.name, choice.probability, choice.error
    play.motive, play.goal, play.path = choice.reason.motive, choice.reason.goal, choice.reason.path
    # also of a policy that doesn't learn: the one that does may learn from what it gave
    song = next(candidate for candidate in candidates if candidate.song == choice.song)
    features = choice.features if choice.features.size else describe(context, [song], choice.reason.path)[0]
    play.features = features.astype("<f8").tobytes()
    _keep(db, user, play)
    log.keep(db, play, context, candidates, settings.repeat_after)
    return Given(play, choice, policy.name)


def recommend_by_genre(db: Session, user: User, emotion: Emotion) -> str:
    """The old contract's: the video of a random song among the genres ticked for the emotion. Raises NoSongNowError."""
    lock_user(db, user.id)
    banned = frozenset(journal.bans(db, user.id))
    ticked = accounts.preferences(db, user.id).get(emotion.id, frozenset())
    seed = secrets.randbits(53)
    rng = np.random.default_rng(seed)
    context = Context(person=str(user.id), emotion=picked(emotion), preferences=ticked, banned=banned)
    policy = genre_policy(0.0)
    found = _window(db, rng, ticked, len(banned)) or _window(db, rng, frozenset(), len(banned))
    try:
        choice = policy.choose(context, found, rng)
    except NoSongError as error:
        raise NoSongNowError(str(error)) from error
    play = _play(user, choice.song, emotion, utcnow())
    play.probabilities, play.seed = context.emotion, seed
    play.policy, play.probability, play.error = policy.name, choice.probability, 0.0
    play.motive, play.goal, play.path = choice.reason.motive, choice.reason.goal, choice.reason.path
    _keep(db, user, play)
    song = repository.song(db, choice.song)
    assert song is not None  # noqa: S101 (chosen in this transaction)
    assert song.video_id is not None  # noqa: S101 (the index holds only those with one)
    return song.video_id


def random_video(db: Session) -> str:
    """The video of any song. Raises NoSongNowError where none has one."""
    rng = np.random.default_rng()
    ids = repository.SqlIndex(db, videos=True).scan(rng.random(), WINDOW)
    if not ids:
        raise NoSongNowError("No song of the catalogue has a video yet; fill it with `feeling catalog`.")
    song = repository.song(db, ids[int(rng.integers(len(ids)))])
    assert song is not None  # noqa: S101
    assert song.video_id is not None  # noqa: S101
    return song.video_id


def _window(db: Session, rng: np.random.Generator, genres: frozenset[int], banned: int) -> list[Candidate]:
    index = repository.SqlIndex(db, videos=True)
    each = min(WINDOW + banned, 200) // max(len(genres), 1)
    if not genres:
        return repository.genres_of(db, index.scan(rng.random(), each))
    ids = [song for genre in sorted(genres) for song in index.scan_genre(genre, rng.random(), each)]
    return repository.genres_of(db, ids)


def _hour(now: datetime, zone: str) -> float:
    local = now.astimezone(ZoneInfo(zone))
    return local.hour + local.minute / 60


def _play(user: User, song: str, emotion: Emotion, at: datetime) -> Play:
    return Play(user_id=user.id, song_id=song, at=at, emotion=emotion.id, step=0, skipped=False, learned=False)


def _keep(db: Session, user: User, play: Play) -> None:
    # the song first: a play locks its song shared, and two that then want it alone get stuck (MySQL)
    repository.tally(db, play.song_id, repository.Tally(plays=1))
    journal.add_play(db, play, sums.day_of(play.at, user.zone))
