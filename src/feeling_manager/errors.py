"""The one tree of errors: each has a stable code, a sentence that says what to do, and an exit status."""

from typing import ClassVar


class FeelingError(Exception):
    """Base of every error that a user can act on. `str(error)` is a whole sentence."""

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 1


class UsageError(FeelingError):
    """An option or argument does not fit."""

    code = "usage"
    exit_status = 2


class SourceError(FeelingError):
    """A camera, file, stream, screen or picture can't be opened or read."""

    code = "source"
    exit_status = 3


class InvalidImageError(SourceError):
    """What was given is not a picture that can be read."""

    code = "invalid_image"


class SourceLostError(SourceError):
    """A source that worked has gone away (unplugged camera, ended stream)."""

    code = "source_lost"


class OutputError(FeelingError):
    """A result can't be written (full disk, missing permission)."""

    code = "output"
    exit_status = 4


class OccupiedError(OutputError):
    """The folder holds another run's results."""

    code = "occupied"


class BusyError(OutputError):
    """Another run is writing into the folder."""

    code = "busy"


class ModelError(FeelingError):
    """A model file is missing, damaged or does not fit its manifest."""

    code = "model"
    exit_status = 5


class ProviderError(ModelError):
    """The asked-for execution provider is not there."""

    code = "provider"


class MissingDependencyError(FeelingError):
    """An optional part is not installed."""

    code = "missing_dependency"
    exit_status = 6


class DatasetError(FeelingError):
    """A data set is incomplete or has an unknown layout."""

    code = "dataset"
    exit_status = 7


class DisplayError(FeelingError):
    """A window was asked for where there is no display."""

    code = "display"
    exit_status = 8
