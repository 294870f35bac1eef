"""What the words on a command line stand for: films, and pictures that belong to no film."""

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from feeling_manager.errors import SourceError
from feeling_manager.paths import legible
from feeling_manager.sources.images import PICTURES, is_animation, natural

FILMS = frozenset(
    f".{name}"
    for name in (
        "3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts mxf ogv ts vob webm wmv".split()  # noqa: SIM905
    )
)
RESULTS = "run.json"
"""A folder with this file holds results: they are no input."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not read, by its name among the inputs, with the reason."""

    file: str
    reason: str


@dataclass(slots=True)
class Inputs:
    """Args:
    films: Videos, streams, cameras, animations: anything with a time of its own.
    pictures: Files that are pictures each for itself.
    left_out: Files that are neither.
    """

    films: list[str] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def named(self) -> list[tuple[str, Path]]:
        """Each picture with its name: its place below the folder that holds them all."""
        paths = [Path(os.path.abspath(path)) for path in self.pictures]  # noqa: PTH100 (a link keeps its own name)
        try:
            root = os.path.commonpath([path.parent for path in paths])
        except ValueError:
            # none, or on several drives
            root = ""
        names = [path.relative_to(root) if root else path for path in paths]
        return [(legible(name.as_posix()), given) for name, given in zip(names, self.pictures, strict=True)]


def expand(words: Sequence[str], *, as_film: bool = False, besides: Sequence[Path] = ()) -> Inputs:
    """Sorts the inputs into films and pictures.

    A folder stands for all in it and below, a pattern such as `photos/*.jpg` for what it matches. A single picture that
    is named by itself is a film of one frame.

    Args:
        words: As they were given.
        as_film: A folder of pictures is one film of its frames.
        besides: Folders of results that are not read.

    Raises:
        SourceError: A folder can't be read, or a pattern matches nothing.
    """
    inputs = Inputs()
    if as_film:
        inputs.films = list(words)
        return inputs
    single = len(words) == 1
    for word in words:
        if Path(word).is_dir():
            _add_folder(inputs, Path(word), {path.resolve() for path in besides})
        elif glob.has_magic(word) and not Path(word).exists() and not re.match(r"[a-z]+://", word, re.IGNORECASE):
            found = sorted(glob.glob(word, recursive=True), key=natural)  # noqa: PTH207 (an absolute pattern too)
            if not found:
                raise SourceError(f"No file matches {word}; check the pattern.")
            for name in found:
                if Path(name).is_file():
                    _add_file(inputs, Path(name), name)
        elif not single and Path(word).suffix.lower() in PICTURES and Path(word).is_file():
            _add_file(inputs, Path(word), word)
        else:
            inputs.films.append(word)
    inputs.pictures = _each_once(inputs.pictures)
    return inputs


def _each_once(paths: Sequence[Path]) -> list[Path]:
    """Without what was given twice, such as `photos photos/1.jpg`."""
    once: dict[str, Path] = {}
    for path in paths:
        once.setdefault(os.path.abspath(path), path)  # noqa: PTH100
    return list(once.values())


def _add_folder(inputs: Inputs, folder: Path, besides: set[Path]) -> None:
    before = len(inputs.films) + len(inputs.pictures) + len(inputs.left_out)
    for path in _files(folder, besides):
        _add_file(inputs, path, path.relative_to(folder).as_posix())
    if len(inputs.films) + len(inputs.pictures) + len(inputs.left_out) == before:
        raise SourceError(
            f"The folder {folder} holds no pictures and no films (results of earlier runs are not read); give another."
        )


def _files(folder: Path, besides: set[Path]) -> Iterator[Path]:
    """The files of a folder and those below, as people sort them; hidden ones and results are passed over."""
    try:
        entries = sorted(folder.iterdir(), key=lambda path: natural(path.name))
    except OSError as error:
        raise SourceError(f"The folder {folder} can't be read ({error.strerror}).") from error
    results = any(path.name == RESULTS for path in entries)
    for path in entries:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            # a link may lead back up
            if path.resolve() not in besides and not path.is_symlink() and not (path / RESULTS).is_file():
                yield from _files(path, besides)
        elif not (results and _is_result(path)):
            yield path


def _is_result(path: Path) -> bool:
    return path.name.removesuffix(".part") in _RESULTS or path.name.startswith("contact-sheet-")


_RESULTS = frozenset(
    [
        "run.json",
        "run.lock",
        "annotated.mp4",
        "merged.mp4",
        "chart.gif",
        "timeline.png",
        "cumulative.png",
        "emotions.vtt",
        "report.html",
        "summary.json",
        "readings.csv",
        "readings.parquet",
        "readings.jsonl",
        "pictures.jsonl",
    ]
)


def _add_file(inputs: Inputs, path: Path, name: str) -> None:
    suffix = path.suffix.lower()
    if suffix in FILMS or (suffix in PICTURES and is_animation(path)):
        inputs.films.append(str(path))
    elif suffix in PICTURES:
        inputs.pictures.append(path)
    else:
        inputs.left_out.append(LeftOut(legible(name), "neither a picture nor a film"))
