"""Noting what came of a song: for the journal, for the song's mood, and for the policy that learns."""

from collections.abc import Mapping
from typing import Any

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
from feeling_manager.service.sync import repository as changes
from feeling_manager.service.sync.repository import Edit

MEASURING = ("camera", "measuring")
"""The consents of which one must stand for what a face showed to be kept."""
UNMEASURED = (0.0, 1.0)
"""Shares that clients of version 0.1 sent where no player measured: they say nothing."""


def feed_back(db: Session, settings: Settings, user: User, number: int, body: FeedbackIn) -> Play:
    """Notes what came of a play. A ban holds from now on. Raises NotFoundError."""
    lock_user(db, user.id)
    # before the play's own row: who trains locks in this order too
    policy = BanditPolicy(SqlStore(db))
    play = journal.find_play(db, user.id, number)
    if play is None:
        raise NotFoundError("There is no such play in your journal.")
    said = body.model_dump(exclude_none=True)
    if "liked" in body.model_fields_set:
        said["liked"] = body.liked
    if said.get("played") in UNMEASURED:
        del said["played"]
    heard = share(said.get("seconds", play.seconds), said.get("duration", play.duration))
    note(db, settings, policy, user, play, said if heard is None else said | {"played": heard})
    if "corrected" in said:
        sums.recount_at(db, user, [play.at])
    changes.record(db, user.id, [Edit("play", str(play.uuid))])
    return play


def share(seconds: float | None, duration: float | None) -> float | None:
    """How much of a song was heard, 0 to 1, by what a player measured; None is unknown."""
    return None if seconds is None or not duration else min(seconds / duration, 1.0)


def note(
    db: Session, settings: Settings, policy: BanditPolicy, user: User, play: Play, said: Mapping[str, Any]
) -> None:
    """Sets what is said of a play, and brings up to date what its song counts and what was learned from it.

    said: columns of `Play`; `corrected` as the name of an emotion. What a face showed is kept only with a consent.
    """
    before, counted = reward_of(play, settings.reward), _tally(play)
    may_measure = accounts.stands(db, user.id, *MEASURING)
    for name, value in said.items():
        if name == "corrected":
            play.corrected = BY_NAME[value].id
            play.emotion = play.corrected
        elif name not in ("valence", "arousal") or may_measure or value is None:
            setattr(play, name, value)
    play.fed_at = utcnow()
    repository.tally(db, play.song_id, _tally(play).minus(counted))
    if "banned" in said:
        (repository.ban if said["banned"] else repository.lift_ban)(db, user.id, play.song_id)
    db.flush()
    _learn(db, policy, user, play, before if play.learned else None, reward_of(play, settings.reward))


def take_out(db: Session, settings: Settings, policy: BanditPolicy, user: User, play: Play) -> None:
    """Deletes a play, and takes it out of what its song counts and what was learned."""
    if play.learned:
        _learn(db, policy, user, play, reward_of(play, settings.reward), None)
    repository.tally(db, play.song_id, Tally().minus(_tally(play)))
    db.delete(play)
    db.flush()


def forget_measured(db: Session, settings: Settings, user: User) -> int:
    """Takes what the face showed after songs away, also from what was learned; of how many plays."""
    lock_user(db, user.id)
    policy = BanditPolicy(SqlStore(db))
    plays = repository.plays_measured(db, user.id)
    for play in plays:
        note(db, settings, policy, user, play, {"valence": None, "arousal": None})
    changes.record(db, user.id, [Edit("play", str(play.uuid)) for play in plays])
    return len(plays)


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
        changes.record(db, user.id, [Edit("play", str(play.uuid))])
    return True


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
