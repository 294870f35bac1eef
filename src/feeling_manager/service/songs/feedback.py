"""Noting what came of a song: for the journal, for the song's mood, and for the policy that learns."""

import numpy as np
from sqlalchemy.orm import Session

from feeling_manager.labels import BY_NAME, affect
from feeling_manager.music.recommender.bandit import BanditPolicy
from feeling_manager.service.accounts import repository as accounts
from feeling_manager.service.accounts.repository import lock_user
from feeling_manager.service.db import utcnow
from feeling_manager.service.errors import NotFoundError
from feeling_manager.service.journal import repository as journal
from feeling_manager.service.journal import sums
from feeling_manager.service.models import Play, User
from feeling_manager.service.settings import Settings
from feeling_manager.service.songs import repository
from feeling_manager.service.songs.learning import SqlStore
from feeling_manager.service.songs.log import reward_of
from feeling_manager.service.songs.repository import Tally
from feeling_manager.service.songs.schemas import FeedbackIn

MEASURING = ("camera", "measuring")
"""The consents of which one must stand for what a face showed to be kept."""


def feed_back(db: Session, settings: Settings, user: User, number: int, body: FeedbackIn) -> Play:
    """Notes what came of a play. A ban holds from now on. Raises NotFoundError."""
    lock_user(db, user.id)
    # before the play's own row: who trains locks in this order too
    policy = BanditPolicy(SqlStore(db))
    play = journal.find_play(db, user.id, number)
    if play is None:
        raise NotFoundError("There is no such play in your journal.")
    before, counted = reward_of(play, settings.reward), _tally(play)
    measured = () if _may_measure(db, user) else ("valence", "arousal")
    for name in ("played", "skipped", "banned", "valence", "arousal"):
        value = getattr(body, name)
        if value is not None and name not in measured:
            setattr(play, name, value)
    if "liked" in body.model_fields_set:
        play.liked = body.liked
    play.fed_at = utcnow()
    if body.corrected is not None:
        play.corrected = BY_NAME[body.corrected].id
        play.emotion = play.corrected
        db.flush()
        sums.recount_at(db, user, [play.at])
    repository.tally(db, play.song_id, _tally(play).minus(counted))
    if body.banned is not None:
        (repository.ban if body.banned else repository.lift_ban)(db, user.id, play.song_id)
    _learn(db, policy, user, play, before if play.learned else None, reward_of(play, settings.reward))
    return play


def lift_ban(db: Session, settings: Settings, user: User, song_id: str) -> bool:
    """Takes "never again" back, also from the plays that ended in it; False where the song isn't banned."""
    lock_user(db, user.id)
    policy = BanditPolicy(SqlStore(db))
    if not repository.lift_ban(db, user.id, song_id):
        return False
    for play in repository.plays_banned(db, user.id, song_id):
        before = reward_of(play, settings.reward) if play.learned else None
        play.banned, play.fed_at = False, utcnow()
        _learn(db, policy, user, play, before, reward_of(play, settings.reward))
    return True


def _may_measure(db: Session, user: User) -> bool:
    given = accounts.consents(db, user.id)
    return any(row.purpose in MEASURING and row.withdrawn_at is None for row in given)


def _tally(play: Play) -> Tally:
    """What a play counts for its song. A face that was read wrongly before it says nothing about it."""
    found = Tally(plays=1, likes=int(bool(play.liked)))
    if play.valence is None or play.arousal is None or play.probabilities is None or play.corrected is not None:
        return found
    total = sum(play.probabilities)
    valence, arousal = affect(tuple(p / total for p in play.probabilities))
    return found._replace(
        measured=1,
        felt_valence=float(np.clip(valence + play.valence, -1, 1)),
        felt_arousal=float(np.clip(arousal + play.arousal, -1, 1)),
    )


def _learn(
    db: Session, policy: BanditPolicy, user: User, play: Play, before: float | None, after: float | None
) -> None:
    """Teaches the learning policy what a song was worth, in the place of what was known of it before."""
    if play.features is None or after == before:
        return
    features = np.frombuffer(play.features, "<f8")
    policy.learn(str(user.id), user.language, play.song_id, features, after, before)
    play.learned = after is not None
    db.flush()


def forget(db: Session, user: User) -> None:
    """Takes the person's part out of what was learned and counted. Their rows are removed after this."""
    lock_user(db, user.id)
    BanditPolicy(SqlStore(db)).forget(str(user.id))
    gone: dict[str, Tally] = {}
    after = None
    while rows := journal.plays(db, user.id, after=after, limit=500):
        for play in (row.play for row in rows):
            gone[play.song_id] = gone.get(play.song_id, Tally()).plus(_tally(play))
        after = rows[-1].play.id
    # in one order, so that two who leave never wait for each other
    for song in sorted(gone):
        repository.tally(db, song, Tally().minus(gone[song]))
