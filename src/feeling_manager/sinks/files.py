"""A result has its final name only when it is whole; until then it is `NAME.part` beside it."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from feeling_manager.errors import OutputError


def part_of(path: Path) -> Path:
    """Where a result is while it grows."""
    return path.with_name(f"{path.name}.part")


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turns what the system says about a file into an OutputError that says what to do. Keeps BrokenPipeError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(_sentence(path, error)) from error


def _sentence(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full, so {path} is incomplete: free some space or choose another folder with --out."
    reason = error.strerror or type(error).__name__
    return f"{path} can't be written ({reason}): choose a folder that you can write to with --out."


def make_folder(folder: Path) -> None:
    """Makes the folder and its parents, and sees that files can be made in it. Raises OutputError."""
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def finish(path: Path) -> None:
    """Gives a whole file its final name, in place of an older one."""
    with output_errors(path):
        part_of(path).replace(path)


def discard(path: Path) -> None:
    """Removes what was written of a result that will not be whole."""
    with suppress(OSError):
        part_of(path).unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file at once: whole under its final name, or not at all. Raises OutputError."""
    try:
        with output_errors(path):
            part_of(path).write_bytes(data)
    except OutputError:
        discard(path)
        raise
    finish(path)
