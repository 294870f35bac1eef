"""What is made of many pictures that belong to no film: one table, contact sheets, a page, a summary.

`pictures.jsonl` holds a line a picture, with its faces or why it was left out; while a run lasts it is a `.part`. All
else is made of it, so that memory stays flat, and a run that was stopped, or came to hold more pictures, goes on there.
"""

import csv
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from feeling_manager.labels import BY_NAME, EMOTIONS, NAMES
from feeling_manager.sinks.contact_sheet import ON_A_SHEET, ContactSheets, sheet_name
from feeling_manager.sinks.files import finish, output_errors, part_of, write_whole
from feeling_manager.sinks.page import environment, percent
from feeling_manager.sinks.rows import COLUMNS, Row, to_row
from feeling_manager.sinks.summary import FORMAT, dump, versions
from feeling_manager.sinks.table import ParquetTable
from feeling_manager.sinks.words import Words
from feeling_manager.types import Face, Image, Reading

FILES: Mapping[str, str] = {
    "csv": "readings.csv",
    "parquet": "readings.parquet",
    "jsonl": "readings.jsonl",
    "report": "report.html",
    "summary": "summary.json",
}
"""Name of an output to its file; contact sheets come with the report."""
JOURNAL = "pictures.jsonl"
PICTURE_COLUMNS = ("file", *COLUMNS)


@dataclass(slots=True)
class PictureSums:
    """What the pictures add up to."""

    pictures: int = 0
    with_faces: int = 0
    faces: int = 0
    unclear: int = 0
    emotions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    left_out: list[dict[str, str]] = field(default_factory=list)

    def add(self, line: Mapping[str, Any]) -> None:
        """Counts a line of the journal."""
        if "reason" in line:
            self.left_out.append({"file": line["file"], "reason": line["reason"]})
            return
        self.pictures += 1
        self.with_faces += bool(line["faces"])
        for row in line["faces"]:
            self.faces += 1
            if row["emotion"]:
                self.emotions[row["emotion"]] += 1
            else:
                self.unclear += 1


class PictureResults:
    """The results of a run over pictures, in a folder that is theirs; a context manager.

    Left without an error it makes everything whole. Otherwise `*.part` stay, from which the same run goes on.
    """

    def __init__(
        self,
        folder: Path,
        wanted: Collection[str],
        known: Collection[str],
        *,
        lang: str = "en",
        anonymize: bool = False,
        model: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """Args:
        folder: Where they go; there already.
        wanted: Names of `FILES`.
        known: By `key_of`, what the run is of. From the first file on that is gone or has changed, all is made anew.
        lang: "en" or "ko".
        anonymize: Faces are blurred on the sheets.
        model: What made the readings.
        settings: What was asked for.
        """
        self._known = frozenset(known)
        self._folder, self._wanted, self._lang, self._anonymize = folder, wanted, lang, anonymize
        self._model, self._settings = dict(model or {}), dict(settings or {})
        self._journal = folder / JOURNAL
        self.done: set[str] = set()
        self.sums = PictureSums()
        self._index = 0
        self._track = 0

    def __enter__(self) -> Self:
        part = part_of(self._journal)
        with output_errors(self._journal):
            if self._journal.exists() and not part.exists():
                self._journal.replace(part)
        self._open_table()
        self.again: list[str] = []
        """Pictures that were read before, to be shown on the sheet that was not full; full sheets are there."""
        kept_bytes = 0
        for line, length in _whole_lines(part):
            if (key := key_of(line)) not in self._known:
                break
            kept_bytes += length
            self.done.add(key)
            self._index += 1
            self._track += len(line.get("faces", ()))
            self.sums.add(line)
            if "faces" in line:
                self.again = [] if len(self.again) == ON_A_SHEET - 1 else [*self.again, line["file"]]
            if self._csv:
                self._writer.writerows(_table_rows(line))
        with output_errors(self._journal):
            self._file = part.open("r+b" if part.exists() else "w+b")
            self._file.seek(kept_bytes)
            self._file.truncate()
        self._sheets = None
        if "report" in self._wanted:
            begun = self.sums.pictures - len(self.again)
            self._sheets = ContactSheets(self._folder, self._lang, anonymize=self._anonymize, begun=begun)
        return self

    def _open_table(self) -> None:
        self._csv = None
        if "csv" not in self._wanted:
            return
        path = self._folder / FILES["csv"]
        with output_errors(path):
            self._csv = part_of(path).open("w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._csv, lineterminator="\n")
            self._writer.writerow(PICTURE_COLUMNS)

    def add(self, identity: Mapping[str, Any], image: Image, faces: Sequence[Face]) -> None:
        """Keeps the faces of a picture. identity: its name under `file`, and what tells whether it has changed."""
        rows = []
        for face in faces:
            self._track += 1
            rows.append(to_row(_as_reading(face, self._index, self._track)))
        # a full sheet is there before its last picture counts as done
        self.show_again(identity["file"], image, faces)
        self._keep({**identity, "faces": rows})

    def show_again(self, name: str, image: Image, faces: Sequence[Face]) -> None:
        """Puts a picture on the contact sheet only."""
        if self._sheets:
            self._sheets.add(name, image, faces)

    def leave_out(self, identity: Mapping[str, Any], reason: str) -> None:
        """Keeps why a file is not among the pictures."""
        self._keep({**identity, "reason": reason})

    def _keep(self, line: dict[str, Any]) -> None:
        with output_errors(self._journal):
            self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            self._file.flush()
            if self._csv:
                self._writer.writerows(_table_rows(line))
                self._csv.flush()
        self.sums.add(line)
        self._index += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with output_errors(self._journal):
            if self._csv:
                self._csv.close()
            self._file.close()
        if error is None:
            self._finish()

    def _finish(self) -> None:
        sheets = self._sheets.finish() if self._sheets else 0
        if "csv" in self._wanted:
            finish(self._folder / FILES["csv"])
        if "parquet" in self._wanted:
            self._write_parquet()
        if "jsonl" in self._wanted:
            self._write_jsonl()
        if "summary" in self._wanted:
            write_whole(self._folder / FILES["summary"], dump(self._summary()))
        if "report" in self._wanted:
            page = make_page(self.sums, [sheet_name(number + 1) for number in range(sheets)], self._lang)
            write_whole(self._folder / FILES["report"], page.encode())

    def close_journal(self) -> None:
        """Ends what a later run goes on from: this one is over."""
        finish(self._journal)

    def _rows(self) -> Iterator[list[Row]]:
        with part_of(self._journal).open(encoding="utf-8") as file:
            for text in file:
                line = json.loads(text)
                yield [{"file": line["file"], **row} for row in line.get("faces", ())]

    def _write_parquet(self) -> None:
        with ParquetTable(self._folder / FILES["parquet"], PICTURE_COLUMNS) as table:
            for rows in self._rows():
                table.add(rows)

    def _write_jsonl(self) -> None:
        path = self._folder / FILES["jsonl"]
        with output_errors(path), part_of(path).open("w", encoding="utf-8") as file:
            for rows in self._rows():
                file.writelines(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
        finish(path)

    def _summary(self) -> dict[str, Any]:
        sums = self.sums
        return {
            "format": FORMAT,
            "kind": "pictures",
            "versions": versions(),
            "model": self._model,
            "settings": self._settings,
            "pictures": sums.pictures,
            "pictures_with_faces": sums.with_faces,
            "faces": sums.faces,
            "shares": {name: round(number / max(sums.faces, 1), 4) for name, number in sums.emotions.items()},
            "unclear_share": round(sums.unclear / max(sums.faces, 1), 4),
            "left_out": sums.left_out,
        }


def _whole_lines(path: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """The lines that were written to their end, with their length in bytes."""
    if not path.exists():
        return
    with output_errors(path), path.open("rb") as file:
        for text in file:
            try:
                line = json.loads(text)
            except ValueError:
                return
            if not text.endswith(b"\n"):
                return
            yield line, len(text)


def key_of(line: Mapping[str, Any]) -> str:
    """What a picture is known by: its name, size and age."""
    return f"{line['file']}\0{line.get('size')}\0{line.get('modified')}"


def make_page(sums: PictureSums, sheets: Sequence[str], lang: str = "en") -> str:
    """The page as HTML; the contact sheets lie beside it."""
    words = Words(lang)
    shares = [
        (emotion, sums.emotions[emotion.name], percent(sums.emotions[emotion.name] / max(sums.faces, 1)))
        for emotion in sorted(EMOTIONS, key=lambda emotion: -sums.emotions[emotion.name])
        if sums.emotions[emotion.name]
    ]
    page = (
        environment()
        .get_template("pictures.html.jinja")
        .render(t=words, sums=sums, shares=shares, sheets=sheets, unclear=percent(sums.unclear / max(sums.faces, 1)))
    )
    return page.strip() + "\n"


def _table_rows(line: Mapping[str, Any]) -> Iterator[list[Any]]:
    for row in line.get("faces", ()):
        yield [line["file"], *(row[name] for name in COLUMNS)]


def _as_reading(face: Face, index: int, track: int) -> Reading:
    """A face of a picture as a reading: its own person, at no time."""
    values = {name: getattr(face, name) for name in Face.__slots__}
    return Reading(
        **values,
        time=0.0,
        frame=index,
        track_id=track,
        smoothed=np.asarray(face.probabilities),
        label=BY_NAME[face.emotion.name] if face.emotion else None,
    )
