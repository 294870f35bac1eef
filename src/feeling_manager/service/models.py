"""All tables, in one place for who asks for several: a foreign key finds its table only where both are imported."""

from feeling_manager.service.accounts.tables import Consent, GenrePreference, GoalPreference, RecoveryCode, SignIn, User
from feeling_manager.service.journal.tables import DaySum, Entry, EntryTag, SpellRow
from feeling_manager.service.songs.tables import (
    LONGEST_WORD,
    Ban,
    Choice,
    LearnedFactors,
    LearnedModel,
    LearnedStatistics,
    Play,
    SongRow,
    SongWord,
)
from feeling_manager.service.sync.tables import Change, DatabaseIdentity, EndedSession
from feeling_manager.service.tables import Base, Probabilities

__all__ = [
    "LONGEST_WORD",
    "Ban",
    "Base",
    "Change",
    "Choice",
    "Consent",
    "DatabaseIdentity",
    "DaySum",
    "EndedSession",
    "Entry",
    "EntryTag",
    "GenrePreference",
    "GoalPreference",
    "LearnedFactors",
    "LearnedModel",
    "LearnedStatistics",
    "Play",
    "Probabilities",
    "RecoveryCode",
    "SignIn",
    "SongRow",
    "SongWord",
    "SpellRow",
    "User",
]
