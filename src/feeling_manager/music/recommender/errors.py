"""What can go wrong when songs are chosen, each with a sentence that says what to do."""

from feeling_manager.errors import FeelingError


class RecommenderError(FeelingError):
    """What the recommender was given can't be used."""

    code = "recommender"
    exit_status = 11


class NoSongError(RecommenderError):
    """No candidate may be given: there is none, or all are banned or were played just now."""

    code = "no_song"
