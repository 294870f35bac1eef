"""The row that every table of readings shares: one face in one frame.

Times are seconds to a ten-thousandth, pixels to a tenth, probabilities and the like to four places. Landmarks bear
the names of the person's own side: `right_eye` is the eye on the picture's left.
"""

from typing import Any

import numpy as np

from feeling_manager.labels import BY_NAME, NAMES
from feeling_manager.landmarks import eye_openness, mouth_openness
from feeling_manager.spells import Moment
from feeling_manager.types import Floats, Reading

Row = dict[str, Any]
"""Column name to a number, a string or None."""

LANDMARKS = ("right_eye", "left_eye", "nose", "right_mouth", "left_mouth")
OPENNESS = ("eye_openness", "mouth_openness")
"""Heights over widths, see `landmarks.py`; no value where the model finds no 68 points."""
INTEGERS = ("frame", "track_id")
TEXTS = ("emotion", "unclear", "label")
COLUMNS = (
    "time",
    "frame",
    "track_id",
    "x",
    "y",
    "w",
    "h",
    "score",
    *(f"{point}_{axis}" for point in LANDMARKS for axis in "xy"),
    *NAMES,
    "emotion",
    "confidence",
    "unclear",
    "valence",
    "arousal",
    "label",
    *OPENNESS,
)


def to_row(reading: Reading) -> Row:
    """A reading as a row, with the keys in the order of `COLUMNS`."""
    pixels = [*reading.box, *reading.landmarks.ravel().tolist()]
    x, y, w, h, *points = (round(float(value), 1) for value in pixels)
    values = (
        round(float(reading.time), 4),
        int(reading.frame),
        int(reading.track_id),
        x,
        y,
        w,
        h,
        round(float(reading.score), 4),
        *points,
        *(round(value, 4) for value in reading.probabilities.tolist()),
        reading.emotion.name if reading.emotion else None,
        round(float(reading.confidence), 4),
        reading.unclear.value if reading.unclear else None,
        round(float(reading.valence), 4),
        round(float(reading.arousal), 4),
        reading.label.name if reading.label else None,
        *_openness(reading.landmarks68),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _openness(landmarks68: Floats | None) -> tuple[float | None, float | None]:
    if landmarks68 is None:
        return None, None
    return round(eye_openness(landmarks68), 4), round(mouth_openness(landmarks68), 4)


def to_moment(row: Row) -> Moment:
    """What statistics and spells need of a row."""
    return Moment(
        time=row["time"],
        label=BY_NAME[row["label"]] if row["label"] else None,
        probabilities=np.array([row[name] for name in NAMES], dtype=np.float32),
        unclear=row["unclear"] is not None,
    )


def parse(fields: dict[str, str]) -> Row:
    """A row of a CSV file from its texts; columns that are not ours are left out.

    Raises KeyError for a missing column and ValueError for a text that is no such value.
    """
    row: Row = {}
    for name in COLUMNS:
        # tables written before there was openness are as good
        text = fields.get(name, "") if name in OPENNESS else fields[name]
        if name in TEXTS:
            row[name] = text or None
        elif name in OPENNESS and not text:
            row[name] = None
        else:
            row[name] = int(text) if name in INTEGERS else float(text)
    if row["label"] is not None and row["label"] not in BY_NAME:
        raise ValueError(f"{row['label']!r} is no emotion")
    return row
