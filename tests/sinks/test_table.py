import csv
import io
import json
import math
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeling_manager.errors import OutputError, SourceError
from feeling_manager.labels import NAMES
from feeling_manager.sinks.rows import COLUMNS, parse, to_moment, to_row
from feeling_manager.sinks.table import CsvSink, JsonLinesSink, JsonLinesStream, ParquetSink, read_table
from feeling_manager.types import Frame, Reading, Sink, Unclear
from tests.sinks.readings import GREY, make_reading, make_run

READINGS = [
    make_reading(time=1.23456789, frame=37, track_id=4, box=(10.04, -3.27, 50.55, 60)),
    make_reading("anger", 0.5, time=1.23456789, frame=37, track_id=5, unclear=Unclear.BLURRED),
]
FRAME = Frame(GREY, 1.23456789, 37)


def test_a_row_has_every_column_rounded_as_promised() -> None:
    row = to_row(READINGS[0])
    assert tuple(row) == COLUMNS
    assert (row["time"], row["frame"], row["track_id"]) == (1.2346, 37, 4)
    assert (row["x"], row["y"], row["w"]) == (10.0, -3.3, 50.5)
    assert row["happiness"] == 0.9
    assert row["right_eye_x"] < row["left_eye_x"], "the right eye is on the picture's left"
    assert (row["emotion"], row["unclear"], row["label"]) == ("happiness", None, "happiness")
    other = to_row(READINGS[1])
    assert (other["emotion"], other["unclear"], other["label"]) == (None, "blurred", None)


@given(
    st.floats(0, 1e6),
    st.sampled_from(NAMES),
    st.floats(0.2, 1),
    st.sampled_from([None, *Unclear]),
    st.integers(1, 10**6),
)
def test_a_row_survives_its_text(
    time: float, emotion: str, confidence: float, unclear: Unclear | None, track: int
) -> None:
    row = to_row(make_reading(emotion, confidence, time=time, track_id=track, unclear=unclear))
    texts = {name: "" if value is None else str(value) for name, value in row.items()}
    assert parse(texts) == row
    moment = to_moment(row)
    assert math.isclose(float(moment.probabilities.sum()), 1, abs_tol=1e-3)
    assert moment.unclear == (unclear is not None)


def test_csv_holds_one_row_a_face_a_frame(tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    with CsvSink(path) as sink:
        sink.write(FRAME, READINGS)
        sink.write(Frame(GREY, 2.0, 38), [])
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["track_id"] for row in rows] == ["4", "5"]
    assert rows[1]["emotion"] == ""
    assert list(tmp_path.iterdir()) == [path]


def test_csv_has_its_final_name_only_when_whole_and_keeps_the_older_one_until_then(tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    path.write_text("older")
    with CsvSink(path) as sink:
        sink.write(FRAME, READINGS)
        assert path.read_text() == "older"
        assert (tmp_path / "readings.csv.part").read_text().count("\n") == 3, "each frame is handed over at once"
    assert path.read_text().startswith("time,frame,track_id")


def write_then_fail(sink: Sink, readings: list[Reading]) -> None:
    sink.write(FRAME, readings)
    raise ZeroDivisionError


def test_csv_stays_as_part_after_an_error_unless_it_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    with pytest.raises(ZeroDivisionError), CsvSink(path) as sink:
        write_then_fail(sink, READINGS)
    assert not path.exists()
    assert sum(len(rows) for rows in read_table(tmp_path / "readings.csv.part")) == 2
    with pytest.raises(ZeroDivisionError), CsvSink(tmp_path / "empty.csv") as sink:
        write_then_fail(sink, [])
    assert not (tmp_path / "empty.csv.part").exists()


def test_json_lines_to_a_file_and_to_a_stream_are_the_same(tmp_path: Path) -> None:
    stream = io.StringIO()
    with JsonLinesSink(tmp_path / "r.jsonl") as file_sink, JsonLinesStream(stream) as stream_sink:
        for sink in (file_sink, stream_sink):
            sink.write(FRAME, READINGS)
    lines = (tmp_path / "r.jsonl").read_text().splitlines()
    assert lines == stream.getvalue().splitlines()
    assert [json.loads(line) for line in lines] == [to_row(reading) for reading in READINGS]


def test_parquet_holds_the_same_rows_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ParquetSink, "GROUP", 10)
    path = tmp_path / "readings.parquet"
    run = list(make_run([[("happiness", 0, 1)]]))
    with ParquetSink(path) as sink:
        for frame, readings in run:
            sink.write(frame, readings)
        sink.write(FRAME, READINGS)
    table = pq.read_table(path)
    expected: list[Reading] = [reading for _, readings in run for reading in readings] + READINGS
    assert table.to_pylist() == [to_row(reading) for reading in expected]
    assert pq.ParquetFile(path).num_row_groups == 3
    assert str(table.schema.field("time").type) == "double"
    assert str(table.schema.field("frame").type) == "int64"


def test_parquet_is_whole_or_absent(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), ParquetSink(tmp_path / "readings.parquet") as sink:
        write_then_fail(sink, READINGS)
    assert not list(tmp_path.iterdir())


def test_tables_in_a_missing_folder_say_so(tmp_path: Path) -> None:
    for sink in (CsvSink(tmp_path / "no" / "a.csv"), ParquetSink(tmp_path / "no" / "a.parquet")):
        with pytest.raises(OutputError, match="can't be written"), sink:
            pass


def written(path: Path) -> str:
    with CsvSink(path) as sink:
        for frame, readings in make_run([[("happiness", 0, 1)], [("fear", 0.5, 1)]]):
            sink.write(frame, readings)
    return path.read_text()


def test_a_csv_is_read_back_frame_by_frame(tmp_path: Path) -> None:
    written(tmp_path / "r.csv")
    expected = [[to_row(r) for r in readings] for _, readings in make_run([[("happiness", 0, 1)], [("fear", 0.5, 1)]])]
    assert list(read_table(tmp_path / "r.csv")) == expected


def test_a_torn_last_line_is_left_out_wherever_it_is_torn(tmp_path: Path) -> None:
    text = written(tmp_path / "r.csv")
    lines = text.splitlines(keepends=True)
    torn = tmp_path / "torn.csv.part"
    for length in range(len(lines[-1])):
        torn.write_text("".join(lines[:-1]) + lines[-1][:length])
        assert sum(len(rows) for rows in read_table(torn)) == len(lines) - 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no column 'time'"),
        (b"time,frame\n1,2\n", "no column 'track_id'"),
        (b"\x89PNG\r\n\x1a\n\x00\xff\xfe\n", "not a table"),
        (b"time\x00\n", "table"),
    ],
)
def test_what_is_no_table_of_readings_is_told_in_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=sentence):
        list(read_table(path))


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    lines = written(tmp_path / "r.csv").splitlines(keepends=True)
    for wrong in ("1,2,3\n", lines[5].replace("happiness", "bliss"), lines[5].replace("0.9", "often", 1)):
        lines[5] = wrong
        (tmp_path / "r.csv").write_text("".join(lines))
        with pytest.raises(SourceError, match="Line 6 of"):
            list(read_table(tmp_path / "r.csv"))


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="can't be read"):
        list(read_table(tmp_path / "none.csv"))
