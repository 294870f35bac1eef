"""The files of a data set, in a folder or in a tar or zip archive, by their names in it."""

import os
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from feeling_manager.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Files:
    """names: with / between folders, Hangul composed (NFC), sorted. read: a file's content by its name, or None."""

    path: Path
    names: tuple[str, ...]
    read: Callable[[str], bytes | None]

    def within(self, folder: str) -> "Files":
        """Those of one folder."""
        head = f"{folder}/"
        names = tuple(name.removeprefix(head) for name in self.names if name.startswith(head))
        return Files(self.path, names, lambda name: self.read(head + name))

    def only_folder(self) -> str | None:
        """The folder that everything lies in, if there is one."""
        folders = {name.split("/", 1)[0] if "/" in name else None for name in self.names}
        return folders.pop() if len(folders) == 1 else None


def open_files(path: Path) -> Files:
    """The files of a folder or archive. Raises DatasetError when it is neither, or can't be read.

    A tar archive is read whole at once, for seeking back in a compressed one would start over each time.
    """
    try:
        if path.is_dir():
            return _folder(path)
        if zipfile.is_zipfile(path):
            return _zip(path)
        return _tar(path)
    except (OSError, tarfile.TarError, EOFError, zipfile.BadZipFile) as error:
        raise DatasetError(
            f"{path} is neither a folder nor a tar or zip archive that can be read ({error})."
        ) from error


def _files(path: Path, names: Iterable[tuple[str, str]], read: Callable[[str], bytes | None]) -> Files:
    """names: as the set has them, and as we call them."""
    # what macOS adds to its archives is no picture
    known = {ours: theirs for theirs, ours in names if not ours.rsplit("/", 1)[-1].startswith("._")}

    def content(name: str) -> bytes | None:
        return read(known[name]) if name in known else None

    return Files(path, tuple(sorted(known)), content)


def _name(name: str) -> str:
    return unicodedata.normalize("NFC", str(PurePosixPath(name)))


def _folder(path: Path) -> Files:
    found = [
        (Path(folder, name).relative_to(path).as_posix())
        for folder, _, names in os.walk(path, followlinks=True)
        for name in names
    ]

    def read(name: str) -> bytes | None:
        try:
            return (path / name).read_bytes()
        except OSError:
            return None

    return _files(path, ((name, _name(name)) for name in found), read)


def _tar(path: Path) -> Files:
    with tarfile.open(path) as archive:
        contents = {
            member.name: content.read()
            for member in archive
            if member.isfile() and (content := archive.extractfile(member))
        }
    return _files(path, ((name, _name(name)) for name in contents), contents.get)


def _zip(path: Path) -> Files:
    archive = zipfile.ZipFile(path)  # kept open: its members are read one by one

    def read(name: str) -> bytes | None:
        try:
            return archive.read(name)
        except (OSError, zipfile.BadZipFile, EOFError):
            return None

    members = [member for member in archive.infolist() if not member.is_dir()]
    return _files(path, ((member.filename, _name(_decoded(member))) for member in members), read)


def _decoded(member: zipfile.ZipInfo) -> str:
    """Korean archives hold names in CP949 without saying so, which Python reads as CP437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("cp949")
    except UnicodeError:
        return member.filename
