"""Readings as tables: CSV, Parquet and JSON lines. Frames without faces leave no row."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self, TextIO, cast

from feeling_manager.errors import SourceError
from feeling_manager.sinks.files import discard, finish, output_errors, part_of
from feeling_manager.sinks.rows import COLUMNS, INTEGERS, OPENNESS, TEXTS, Row, parse, to_row
from feeling_manager.types import Frame, Reading

if TYPE_CHECKING:
    import pyarrow as pa


class _TextFile:
    """A text file that grows a frame at a time and is handed to the system with each, so that a kill loses nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0

    def __enter__(self) -> Self:
        with output_errors(self.path):
            self.file: IO[str] = part_of(self.path).open("w", encoding="utf-8", newline="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with output_errors(self.path):
            self.file.close()
        if error is None:
            finish(self.path)
        elif not self.rows:
            discard(self.path)


class CsvSink(_TextFile):
    """`readings.csv`: the columns of `rows.COLUMNS`, an empty field where there is no value. Stays when killed."""

    def __enter__(self) -> Self:
        super().__enter__()
        self._writer = csv.writer(self.file, lineterminator="\n")
        with output_errors(self.path):
            self._writer.writerow(COLUMNS)
            self.file.flush()
        return self

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        if readings:
            with output_errors(self.path):
                self._writer.writerows(to_row(reading).values() for reading in readings)
                self.file.flush()
            self.rows += len(readings)


class JsonLinesSink(_TextFile):
    """`readings.jsonl`: one JSON object a row, null where there is no value. Stays when killed."""

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        if readings:
            with output_errors(self.path):
                self.file.writelines(_json_line(reading) for reading in readings)
                self.file.flush()
            self.rows += len(readings)


class JsonLinesStream:
    """The same lines to an open stream such as stdout, flushed with each frame. A closed pipe is BrokenPipeError."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        if readings:
            self._stream.writelines(_json_line(reading) for reading in readings)
            self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def _json_line(reading: Reading) -> str:
    return json.dumps(to_row(reading), ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


class ParquetTable:
    """A Parquet file that grows by rows, in row groups of `GROUP`; a context manager. Whole or absent."""

    GROUP = 20_000

    def __init__(self, path: Path, columns: Sequence[str] = COLUMNS) -> None:
        """columns: names in their order."""
        self.path, self._columns = path, columns

    def __enter__(self) -> Self:
        import pyarrow.parquet as pq

        self._rows: list[Row] = []
        with output_errors(self.path):
            # a file of our own, for the writer keeps its own open when a full disk keeps it from ending
            self._file = part_of(self.path).open("wb")
            self._writer = pq.ParquetWriter(self._file, _schema(self._columns), compression="zstd")
        return self

    def add(self, rows: Sequence[Row]) -> None:
        """Adds rows with these columns."""
        self._rows.extend(rows)
        if len(self._rows) >= self.GROUP:
            self._write_group()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._write_group()
            with output_errors(self.path):
                self._writer.close()
                self._file.flush()
        except BaseException:
            discard(self.path)
            raise
        finally:
            with suppress(OSError):
                self._file.close()
        if error is None:
            finish(self.path)
        else:
            discard(self.path)

    def _write_group(self) -> None:
        import pyarrow as pa

        if self._rows:
            with output_errors(self.path):
                self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._writer.schema))
            self._rows = []


class ParquetSink(ParquetTable):
    """`readings.parquet`: the same columns as the CSV, typed."""

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        self.add([to_row(reading) for reading in readings])


def _schema(columns: Sequence[str]) -> "pa.Schema":
    import pyarrow as pa

    def kind(name: str) -> pa.DataType:
        if name in TEXTS or name == "file":
            return pa.string()
        return pa.int64() if name in INTEGERS else pa.float64()

    return pa.schema([(name, kind(name)) for name in columns])


def read_table(path: Path | IO[bytes]) -> Iterator[list[Row]]:
    """The rows of a table of readings, frame by frame; memory does not grow with the table.

    Args:
        path: A CSV, also as Excel saves it, a Parquet file, or an open CSV such as standard input. A last line of a CSV
            that a kill left unfinished is left out.

    Raises:
        SourceError: It is no table of readings.
    """
    rows: list[Row] = []
    is_parquet = isinstance(path, Path) and path.name.removesuffix(".part").endswith(".parquet")
    for row in _read_parquet(cast(Path, path)) if is_parquet else _read_csv(path):
        if rows and row["frame"] != rows[-1]["frame"]:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def _read_parquet(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            _check_columns(path.name, file.schema_arrow.names)
            for batch in file.iter_batches(10_000):
                yield from batch.to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise SourceError(
            f"{path} is not a Parquet file that can be read: give a table made by `feeling analyze`."
        ) from error


def _check_columns(name: str, columns: Sequence[str]) -> None:
    if "file" in columns:
        raise SourceError(f"{name} is a table of pictures, which have no course over time: `feeling analyze` it again.")
    if missing := [column for column in COLUMNS if column not in columns and column not in OPENNESS]:
        raise SourceError(
            f"{name} is not a table of readings (no column {missing[0]!r}): give one made by `feeling analyze`."
        )


@contextmanager
def _opened(path: Path | IO[bytes]) -> Iterator[TextIO]:
    # a spreadsheet puts a mark before the first name
    if isinstance(path, Path):
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    else:
        yield io.TextIOWrapper(path, "utf-8-sig", newline="")


def _read_csv(path: Path | IO[bytes]) -> Iterator[Row]:
    name = path.name
    try:
        with _opened(path) as file:
            lines = _whole_lines(file)
            header = next(csv.reader(lines), [])
            _check_columns(name, header)
            for number, fields in enumerate(csv.reader(lines), 2):
                try:
                    row = parse(dict(zip(header, fields, strict=True)))
                except (ValueError, KeyError) as error:
                    raise SourceError(
                        f"Line {number} of {name} is not a reading ({error}): correct or remove that line."
                    ) from error
                yield row
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{name} is not a table in text: give a readings.csv made by `feeling analyze`.") from error
    except OSError as error:
        raise SourceError(
            f"{name} can't be read ({error.strerror}): give a readings.csv made by `feeling analyze`."
        ) from error


def _whole_lines(file: TextIO) -> Iterator[str]:
    """The lines that were written to their end."""
    return (line for line in file if line.endswith("\n"))
