"""What can go wrong with music, each with a sentence that says what to do."""

from feeling_manager.errors import FeelingError


class CatalogueError(FeelingError):
    """A song or a file of songs can't be read, written or found."""

    code = "catalogue"
    exit_status = 9


class YouTubeError(FeelingError):
    """YouTube Music can't be reached, refuses, or answers with something that can't be read."""

    code = "youtube"
    exit_status = 10
