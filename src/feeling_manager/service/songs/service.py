"""Giving a song for a feeling, and noting what came of it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from feeling_manager.labels import BY_ID, BY_NAME, EMOTIONS, Emotion
from feeling_manager.music.recommender.bandit import BanditPolicy, BanditSettings
from feeling_manager.music.recommender.errors import NoSongError
from feeling_manager.music.recommender.feedback import reward
from feeling_manager.music.recommender.retrieval import retrieve
from feeling_manager.music.recommender.simple import genre_policy, popular_policy, random_policy
from feeling_manager.music.recommender.types import Candidate, Context, Feedback, Goal, Policy, Recommendation, picked
from feeling_manager.service.accounts import repository as accounts
from feeling_manager.service.accounts.repository import lock_user
from feeling_manager.service.db import utcnow
from feeling_manager.service.errors import ConfigurationError, NotFoundError
from feeling_manager.service.journal import repository as journal
from feeling_manager.service.journal import sums
from feeling_manager.service.models import Play, User
from feeling_manager.service.settings import Settings
from feeling_manager.service.songs import repository
from feeling_manager.service.songs.learning import SqlStore
from feeling_manager.service.songs.schemas import FeedbackIn

WINDOW = 100
"""Songs among which the old contract's random choice is made."""
_POLICIES = {"auto": genre_policy, "genre": genre_policy, "random": random_policy, "popular": popular_policy}


class NoSongNowError(NotFoundError):
    code = "no_song"


LEARNING = "bandit"


def check_policy(name: str) -> None:
    """Raises ConfigurationError for a name that is none."""
    if name not in (*_POLICIES, LEARNING):
        known = ", ".join((*_POLICIES, LEARNING))
        raise ConfigurationError(f"FEELING_POLICY: {name!r} is no policy; use one of {known}.")


def policy_of(db: Session, name: str, repeat_after: float) -> Policy:
    """The policy of that name; what the learning one knows is read within the transaction."""
    if name == LEARNING:
        return BanditPolicy(SqlStore(db), BanditSettings(repeat_after=repeat_after))
    return _POLICIES[name](repeat_after)


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
    goal: Goal = Goal.MATCH,
    step: int = 0,
    videos_only: bool = False,
) -> Given:
    """A song for these eight probabilities; kept as a play with all a policy needs to learn. Raises NoSongNowError."""
    lock_user(db, user.id)
    now = utcnow()
    policy = policy_of(db, settings.policy, settings.repeat_after)
    emotion = EMOTIONS[int(np.argmax(probabilities))]
    since = now - timedelta(seconds=settings.repeat_after)
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
    try:
        choice = policy.choose(context, repository.candidates(db, ids), rng)
    except NoSongError as error:
        raise NoSongNowError(str(error)) from error
    play = _play(user, choice.song, emotion, now)
    play.probabilities, play.step, play.seed = context.emotion, step, seed
    play.policy, play.probability, play.error = policy.name, choice.probability, choice.error
    play.motive, play.goal, play.path = choice.reason.motive, choice.reason.goal, choice.reason.path
    play.features = choice.features.astype("<f8").tobytes() if choice.features.size else None
    return Given(_keep(db, user, play), choice, policy.name)


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


def _keep(db: Session, user: User, play: Play) -> Play:
    journal.add_play(db, play, sums.day_of(play.at, user.zone))
    repository.count_play(db, play.song_id)
    return play


def feed_back(db: Session, user: User, number: int, body: FeedbackIn) -> Play:
    """Notes what came of a play. A ban holds from now on. Raises NotFoundError."""
    lock_user(db, user.id)
    play = journal.find_play(db, user.id, number)
    if play is None:
        raise NotFoundError("There is no such play in your journal.")
    liked = play.liked
    for name in ("played", "skipped", "liked", "valence", "arousal"):
        value = getattr(body, name)
        if value is not None:
            setattr(play, name, value)
    repository.count_likes(db, play.song_id, int(play.liked or 0) - int(liked or 0))
    if body.banned is not None:
        (repository.ban if body.banned else repository.lift_ban)(db, user.id, play.song_id)
    if body.corrected is not None:
        play.corrected = BY_NAME[body.corrected].id
        play.emotion = play.corrected
        db.flush()
        sums.recount_at(db, user, [play.at])
    db.flush()
    _learn(db, user, play, banned=bool(body.banned))
    return play


def _learn(db: Session, user: User, play: Play, *, banned: bool) -> None:
    """Teaches the learning policy what a song was worth: once a play, when something is known of it."""
    if play.features is None or play.learned or play.goal is None:
        return
    feedback = Feedback(
        played=play.played,
        skipped=play.skipped,
        liked=play.liked,
        banned=banned,
        corrected=None if play.corrected is None else BY_ID[play.corrected],
        valence=play.valence,
        arousal=play.arousal,
    )
    worth = reward(feedback, Goal(play.goal))
    if worth is None:
        return
    policy = BanditPolicy(SqlStore(db))
    policy.learn(str(user.id), user.language, play.song_id, np.frombuffer(play.features, "<f8"), worth)
    play.learned = True
    db.flush()


def forget(db: Session, user: User) -> None:
    """Takes the person's part out of what was learned."""
    lock_user(db, user.id)
    BanditPolicy(SqlStore(db)).forget(str(user.id))


def as_probabilities(name: str) -> tuple[float, ...]:
    return picked(BY_NAME[name])
