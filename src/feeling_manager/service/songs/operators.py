"""For those who run the service: how songs are chosen, and why one person gets what they get."""

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feeling_manager.labels import BY_ID
from feeling_manager.music.genres import Genre
from feeling_manager.music.recommender.bandit import BanditPolicy
from feeling_manager.music.recommender.comparison import compare, overview
from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.explain import Belief, beliefs
from feeling_manager.music.recommender.feedback import RewardWeights
from feeling_manager.music.recommender.reasons import sentence
from feeling_manager.music.recommender.report import page
from feeling_manager.music.recommender.types import Goal, Motive, Path, Reason
from feeling_manager.service.accounts import repository as accounts
from feeling_manager.service.db import Database
from feeling_manager.service.journal import repository as journal
from feeling_manager.service.models import Play, SongRow, User
from feeling_manager.service.songs import log
from feeling_manager.service.songs.learning import SqlStore

NEWEST = 1000
"""Choices that the served page looks at; the command looks at more."""
_FRESH = 3600.0


def report(database: Database, weights: RewardWeights, lang: str, newest: int = NEWEST, *, link: bool = False) -> str:
    """The operators' page on the newest choices that have feedback."""
    with database.begin(write=False) as db:
        records = log.records(db, weights, newest)
    try:
        return page(overview(records), compare(records), lang, link=link)
    except RecommenderError as error:
        return page(overview(records), str(error), lang, link=link)


@dataclass
class Pages:
    """The page as it is served: made once an hour at most, and by one request at a time."""

    _made: dict[str, tuple[float, str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, database: Database, weights: RewardWeights, lang: str) -> str:
        with self._lock:
            at, found = self._made.get(lang, (float("-inf"), ""))
            if time.monotonic() - at > _FRESH:
                found = report(database, weights, lang, link=True)
                self._made[lang] = time.monotonic(), found
            return found


class GivenSong(NamedTuple):
    title: str
    artist: str
    reason: str
    probability: float | None
    reward: float | None


class Explanation(NamedTuple):
    """What is known of a person. plays, fed: songs given, and how many of them have feedback. genres, goals: as the
    person chose them, by emotion. beliefs: strongest first. given: the newest songs, newest first."""

    plays: int
    fed: int
    bans: int
    genres: dict[str, list[str]]
    goals: dict[str, str]
    group: str
    rewards: int
    beliefs: list[Belief]
    given: list[GivenSong]


def explain(db: Session, weights: RewardWeights, username: str, lang: str, most: int) -> Explanation:
    """Raises RecommenderError for a name that nobody has."""
    user = accounts.find_user(db, username)
    if user is None:
        raise RecommenderError(f"Nobody has the id {username}; see `feeling user list`.")
    store = SqlStore(db)
    own = store.person(str(user.id))
    chosen = accounts.preferences(db, user.id)
    return Explanation(
        plays=_count(db, user, fed=False),
        fed=_count(db, user, fed=True),
        bans=len(journal.bans(db, user.id)),
        genres={BY_ID[e].text(lang): [Genre(g).text(lang) for g in sorted(some)] for e, some in sorted(chosen.items())},
        goals={BY_ID[e].text(lang): goal for e, goal in sorted(accounts.goals(db, user.id).items())},
        group=user.language,
        rewards=0 if own is None else own.count,
        beliefs=[] if own is None else beliefs(BanditPolicy(store), str(user.id), user.language)[:most],
        given=_given(db, weights, user, lang, most),
    )


def _count(db: Session, user: User, *, fed: bool) -> int:
    query = select(func.count()).select_from(Play).where(Play.user_id == user.id)
    return db.scalar(query.where(Play.fed_at.is_not(None)) if fed else query) or 0


def _given(db: Session, weights: RewardWeights, user: User, lang: str, most: int) -> list[GivenSong]:
    query = select(Play, SongRow).join(SongRow, SongRow.id == Play.song_id).where(Play.user_id == user.id)
    found = []
    for play, song in db.execute(query.order_by(Play.at.desc(), Play.id.desc()).limit(most)):
        reason = Reason(
            Motive(play.motive or Motive.ANY),
            Goal(play.goal or Goal.MATCH),
            Path(play.path or Path.DIRECT),
            BY_ID[play.emotion].name,
            song.genre,
        )
        reward = log.reward_of(play, weights) if play.fed_at else None
        found.append(GivenSong(song.title, song.artist, sentence(reason, lang), play.probability, reward))
    return found
