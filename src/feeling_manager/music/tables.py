"""Rows of text in CSV, XLSX and JSON files: read as they come, written so that no spreadsheet runs them."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

from feeling_manager.errors import MissingDependencyError, OutputError
from feeling_manager.music.errors import CatalogueError

Row = dict[str, str]
Line = tuple[int, Row | CatalogueError]
"""Number of the line (or entry, from 1) in its file, and what it holds or why it can't be read."""

SUFFIXES = (".csv", ".tsv", ".xlsx", ".json")
_MAX_LINES = 20
"""A quoted field may run over so many lines; longer ones are an opening quote that nobody closed."""
_FORMULA = re.compile(r"'*[=+\-@]")
_XLSX_CHARACTERS = 32_767
_XLSX_ROWS = 1_048_575


def read_table(path: Path) -> Iterator[Line]:
    """The rows of a CSV, TSV, XLSX or JSON file, keys in lower case, every value as text.

    A line that can't be read is an error in its place and stops nothing. Raises `CatalogueError` where the whole
    file can't be read.
    """
    reader = {".csv": _read_csv, ".tsv": _read_csv, ".xlsx": _read_xlsx, ".json": _read_json}.get(path.suffix.lower())
    if reader is None:
        raise CatalogueError(f"{path.name}: songs are read from {', '.join(SUFFIXES)} files.")
    try:
        yield from reader(path)
    except OSError as error:
        raise CatalogueError(f"{path} can't be read: {error.strerror or error}.") from error


def write_table(path: Path, columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> int:
    """Writes rows whole or not at all, in the format that the name ends with; how many there were.

    Raises `CatalogueError` for another ending, `OutputError` where the disk refuses.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise CatalogueError(f"{path.name}: songs are written to {', '.join(SUFFIXES)} files.")
    part = path.with_name(path.name + ".part")
    counted = _Counted(rows)
    try:
        if suffix == ".xlsx":
            _write_xlsx(part, columns, counted)
        else:
            with part.open("w", encoding="utf-8", newline="") as stream:
                if suffix != ".json":
                    # Excel takes a CSV file for the local code page without this mark
                    stream.write("\ufeff")
                write_stream(stream, suffix, columns, counted)
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)
    return counted.number


def write_stream(stream: IO[str], suffix: str, columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> None:
    """The same as text on an open stream: ".csv", ".tsv" or ".json"."""
    if suffix == ".json":
        stream.write("[")
        for number, row in enumerate(rows):
            stream.write(",\n" if number else "\n")
            json.dump({key: row[key] for key in columns if row[key] is not None}, stream, ensure_ascii=False)
        stream.write("\n]\n")
        return
    writer = csv.writer(stream, delimiter="\t" if suffix == ".tsv" else ",", lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_csv_cell(row[key]) for key in columns])


class _Counted:
    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self._rows, self.number = rows, 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self._rows:
            self.number += 1
            yield row


def _csv_cell(value: object) -> str:
    text = _text(value)
    # the apostrophe by which spreadsheets know text; _read_csv takes it away again, also from what had one before
    return "'" + text if isinstance(value, str) and _FORMULA.match(text) else text


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (list, tuple)):
        return ";".join(_text(each) for each in value)
    return str(value)


# --- CSV


def _encoding(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(2)
    if start in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    # UTF-8 rejects nearly all CP949 text (Korean Windows, EUC-KR included), not the other way round
    for encoding in ("utf-8-sig", "cp949"):
        try:
            with path.open(encoding=encoding) as text:
                while text.read(1 << 20):
                    pass
        except UnicodeError:
            continue
        return encoding
    raise CatalogueError(f"{path.name} is neither UTF-8 nor CP949 text; save it as UTF-8.")


def _read_csv(path: Path) -> Iterator[Line]:
    with path.open(encoding=_encoding(path), newline="") as stream:
        first, header = next(((number, line) for number, line in enumerate(stream, 1) if line.strip()), (1, ""))
        delimiter = max("\t;,", key=header.count)
        columns = _header(path, next(csv.reader([header], delimiter=delimiter), []))
        for number, cells in _csv_rows(stream, delimiter, first + 1):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(columns):
                yield (
                    number,
                    CatalogueError(f"{len(cells)} fields where the header has {len(columns)}; quote the title."),
                )
                continue
            texts = (cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell for cell in cells)
            yield number, dict(zip(columns, texts, strict=False))


def _csv_rows(stream: IO[str], delimiter: str, number: int) -> Iterator[tuple[int, list[str]]]:
    """Fields of each line from `number` on. A quote that is not closed costs its own line, not the rest of the file."""
    ahead: list[str] = []
    while True:
        if not ahead:
            ahead = list(islice(stream, 1))
            if not ahead:
                return
        taken = 1
        while (cells := _csv_fields("".join(ahead[:taken]), delimiter)) is None and taken < _MAX_LINES:
            if taken == len(ahead):
                ahead += islice(stream, 1)
            if taken == len(ahead):
                break
            taken += 1
        if cells is None:
            taken = 1
            cells = [
                cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
                for cell in ahead[0].rstrip("\r\n").split(delimiter)
            ]
        yield number, cells
        number += taken
        del ahead[:taken]


def _csv_fields(text: str, delimiter: str) -> list[str] | None:
    """The fields of one record, or None where its quotes do not fit."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _header(path: Path, cells: Iterable[object]) -> list[str]:
    columns = [_text(cell).strip().lower() for cell in cells]
    if "title" not in columns:
        raise CatalogueError(
            f"{path.name} has no column 'title' in its first line; the old columns were url, title, genre."
        )
    return columns


# --- XLSX


def _read_xlsx(path: Path) -> Iterator[Line]:
    openpyxl = _openpyxl()
    try:
        # formulas as written: a title that begins with "=" was taken for one by the program that wrote it
        book = openpyxl.load_workbook(path, read_only=True, data_only=False)
    except (BadZipFile, KeyError, ValueError, openpyxl.utils.exceptions.InvalidFileException) as error:
        raise CatalogueError(f"{path.name} is no XLSX workbook; save it again from the spreadsheet.") from error
    try:
        rows = book.worksheets[0].iter_rows(values_only=True) if book.worksheets else iter(())
        columns = _header(path, next(rows, ()))
        for number, cells in enumerate(rows, 2):
            texts = [_text(cell) for cell in cells]
            if any(texts):
                yield number, dict(zip(columns, texts, strict=False))
    finally:
        book.close()


def _write_xlsx(path: Path, columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> None:
    openpyxl = _openpyxl()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("songs")
    sheet.append(list(columns))
    for number, row in enumerate(rows, 1):
        if number > _XLSX_ROWS:
            raise CatalogueError(f"A worksheet holds {_XLSX_ROWS} songs at most; export as CSV or JSON.")
        sheet.append([_xlsx_cell(sheet, row[key], openpyxl.cell.WriteOnlyCell) for key in columns])
    book.save(path)


def _xlsx_cell(sheet: object, value: object, make: Callable[..., Any]) -> Any:
    if not isinstance(value, (str, list, tuple)):
        return value
    text = _text(value)
    if len(text) > _XLSX_CHARACTERS:
        raise CatalogueError(f"'{text[:40]}…' is too long for a cell of a workbook; export as CSV or JSON.")
    cell = make(sheet, text)
    # a string whatever it begins with, marked as the apostrophe would, so that editing it keeps it one
    cell.data_type = "s"
    cell.quotePrefix = bool(_FORMULA.match(text))
    return cell


def _openpyxl() -> Any:
    try:
        import openpyxl.cell
        import openpyxl.utils.exceptions
    except ImportError as error:
        raise MissingDependencyError(
            "Workbooks need openpyxl; install it with: pip install 'feeling-manager[serve]'."
        ) from error
    return openpyxl


# --- JSON


def _read_json(path: Path) -> Iterator[Line]:
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise CatalogueError(f"{path.name} is no JSON: {error}.") from error
    entries = document.get("songs") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        raise CatalogueError(f'{path.name} holds no list of songs: give [{{"title": …}}, …].')
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, dict):
            yield number, {str(key).lower(): _text(value) for key, value in entry.items()}
        else:
            yield number, CatalogueError('This is no object with a "title".')
