"""Many pictures that belong to no film: each is read for itself, and nobody is followed from one to the next."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feeling_manager.concurrency import Interrupts, Workers
from feeling_manager.errors import SourceError, UsageError
from feeling_manager.inference import EmotionRecognizer
from feeling_manager.paths import legible
from feeling_manager.pipeline import FACES, MOST_WORKERS, describe_models
from feeling_manager.sinks.contact_sheet import ON_A_SHEET, sheet_name
from feeling_manager.sinks.outputs import check_words, choose
from feeling_manager.sinks.pictures import FILES, JOURNAL, PictureResults, key_of
from feeling_manager.sinks.run_file import RunFolder, RunRecord
from feeling_manager.sources.images import read_image
from feeling_manager.sources.inputs import LeftOut
from feeling_manager.types import Face, Image

Picture = tuple[str, Path]
"""Its name in the table, and its file."""
Progress = Callable[[int, int], None]
"""Called with the number of pictures that are done and of all."""


@dataclass(frozen=True, slots=True)
class PictureAnalysis:
    """What a run over pictures came to.

    Args:
        out: The folder of the results.
        pictures: That were read.
        faces: That were found in them.
        left_out: Files that were not read, with the reason.
        interrupted: Stopped by Ctrl-C; the same call goes on.
    """

    out: Path
    pictures: int
    faces: int
    left_out: tuple[LeftOut, ...]
    interrupted: bool


@dataclass(frozen=True, slots=True)
class _Read:
    identity: dict[str, Any]
    image: Image | None = None
    faces: tuple[Face, ...] = ()
    reason: str | None = None


def analyze_pictures(
    pictures: Sequence[Picture],
    out: str | Path,
    *,
    only: set[str] | None = None,
    anonymize: bool = False,
    face: str = "all",
    lang: str = "en",
    recognizer: EmotionRecognizer | None = None,
    left_out: Sequence[LeftOut] = (),
    inputs: Sequence[str] = (),
    progress: Progress | None = None,
    overwrite: bool = False,
    stopped: Callable[[], bool] | None = None,
) -> PictureAnalysis:
    """Writes a table with a row a face, contact sheets, a page and a summary of many pictures.

    Memory does not grow with their number. A run that was stopped, or killed, goes on where it was.

    Args:
        pictures: Each with the name that the column `file` gives it.
        out: The folder, made where it is missing.
        only: Names of `sinks.pictures.FILES`, None for all but JSON lines.
        anonymize: Faces are blurred on the contact sheets.
        face: "all" or "largest".
        lang: "en" or "ko".
        recognizer: By default one of a single thread, for several pictures are read at once.
        left_out: Files that were found beside them, to be named in the summary.
        inputs: What the pictures were given as; the same makes the same run, which may have come to hold more pictures.
        progress: Called with each picture.
        overwrite: Another run's results in that folder are replaced.
        stopped: Asked between pictures whether the run should end.

    Returns:
        What the run came to.

    Raises:
        SourceError: There are no pictures.
        OutputError: A result can't be written, or the folder holds another run's.
        UsageError: A name is unknown.
    """
    if not pictures:
        raise SourceError("There are no pictures to read; give a folder that holds some.")
    if face not in FACES:
        raise UsageError(f"The faces to read are {' or '.join(FACES)}, not {face!r}.")
    wanted = choose(only, FILES)
    check_words(wanted, lang)
    out = Path(out)
    recognizer = recognizer or EmotionRecognizer(threads=1)
    reader = _Reader(recognizer, face)
    settings = {"face": face, "anonymize": anonymize}
    record = RunRecord(
        inputs=[{"name": str(name)} for name in (inputs or [name for name, _ in pictures])],
        options={
            **settings,
            "only": sorted(wanted),
            "lang": lang,
            "detection_side": recognizer.detector.side,
            "threshold": recognizer.detector.threshold,
        },
        models=describe_models(recognizer),
    )
    sheets = -(-len(pictures) // ON_A_SHEET) if "report" in wanted else 0
    outputs = [*(FILES[name] for name in wanted), JOURNAL, *(sheet_name(number + 1) for number in range(sheets))]
    keys = [key_of(_identity(item)) for item in pictures]
    known = {*keys, *(key_of({"file": each.file}) for each in left_out)}
    with (
        Interrupts(stopped) as interrupts,
        RunFolder(out, record, outputs, overwrite=overwrite, sources=[path for _, path in pictures]) as folder,
    ):
        with PictureResults(
            out, wanted, known, lang=lang, anonymize=anonymize, model=describe_models(recognizer), settings=settings
        ) as results:
            _take_up(results, pictures, left_out, reader)
            todo = [item for item, key in zip(pictures, keys, strict=True) if key not in results.done]
            done = len(pictures) - len(todo)
            for read in _readings(reader, todo, interrupts):
                if read.image is None:
                    results.leave_out(read.identity, read.reason or "it can't be read")
                else:
                    results.add(read.identity, read.image, read.faces)
                done += 1
                if progress:
                    progress(done, len(pictures))
            interrupted = interrupts.requested and done < len(pictures)
            folder.keep(interrupted=interrupted, pictures=results.sums.pictures, faces=results.sums.faces)
        if not interrupted:
            results.close_journal()
    reasons = tuple(LeftOut(each["file"], each["reason"]) for each in results.sums.left_out)
    return PictureAnalysis(out, results.sums.pictures, results.sums.faces, reasons, interrupted)


def _take_up(
    results: PictureResults, pictures: Sequence[Picture], left_out: Sequence[LeftOut], reader: "_Reader"
) -> None:
    """Names the files that were left out, and shows the pictures again whose contact sheet was not full."""
    for each in left_out:
        identity = {"file": each.file}
        if key_of(identity) not in results.done:
            results.leave_out(identity, each.reason)
    again = set(results.again)
    for picture in pictures:
        if picture[0] in again and (read := reader(picture)).image is not None:
            results.show_again(picture[0], read.image, read.faces)


def _readings(reader: "_Reader", pictures: Sequence[Picture], interrupts: Interrupts) -> Iterator[_Read]:
    with Workers(reader, MOST_WORKERS, "recognition") as workers:
        for _, read in workers.map(pictures):
            yield read
            if interrupts.requested:
                return


def _identity(picture: Picture) -> dict[str, Any]:
    name, path = picture
    try:
        status = path.stat()
    except OSError:
        return {"file": name}
    return {"file": name, "size": status.st_size, "modified": status.st_mtime_ns}


class _Reader:
    """Reads a picture and its faces."""

    def __init__(self, recognizer: EmotionRecognizer, face: str) -> None:
        self._recognizer, self._face = recognizer, face

    def __call__(self, picture: Picture) -> _Read:
        identity = _identity(picture)
        try:
            image = read_image(picture[1])
        except SourceError as error:
            return _Read(identity, reason=legible(str(error)))
        faces = self._recognizer.recognize(image)
        if self._face == "largest":
            faces = sorted(faces, key=lambda found: -found.box.area)[:1]
        return _Read(identity, image, tuple(faces))
