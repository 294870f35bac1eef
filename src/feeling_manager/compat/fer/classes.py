"""`Video`: emotions in videos, with the results of `fer`."""

import csv
import re
import shutil
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import av
import cv2
import numpy as np
from av.bitstream import BitStreamFilterContext

from feeling_manager.compat.fer.fer import FER
from feeling_manager.compat.fer.utils import check_lang, draw_annotations
from feeling_manager.errors import DisplayError, MissingDependencyError, SourceError, UsageError
from feeling_manager.labels import EMOTIONS, SEVEN
from feeling_manager.sinks.video import VideoWriter
from feeling_manager.sinks.window import Window
from feeling_manager.sources import open_source
from feeling_manager.tracking import Tracker
from feeling_manager.types import Box, Face, Frame, Image

if TYPE_CHECKING:
    import pandas as pd

Faces = list[dict[str, Any]]
Data = list[Faces] | list[dict[str, Any]]


class Video:
    """A video to analyse. Raises SourceError when the file is missing.

    outdir: folder for frames and video. first_face_only: `to_pandas` keeps the first face's columns only. tempfile:
    accepted, without effect: a video has its name only when it is whole.
    """

    def __init__(
        self, video_file: str, outdir: str = "output", first_face_only: bool = True, tempfile: str | None = None
    ) -> None:
        if not isinstance(video_file, str | Path):
            raise UsageError(
                f"Video takes the path of a file, not a {type(video_file).__name__}: give the path, or read frames "
                "yourself and give each to FER().detect_emotions()."
            )
        if not Path(video_file).exists():
            raise SourceError(f"Video file not found at {Path(video_file).resolve()}; check the name.")
        self.filepath = str(video_file)
        self.filename = Path(video_file).name
        self.outdir = outdir
        self.first_face_only = first_face_only

    def analyze(
        self,
        detector: FER,
        display: bool = False,
        output: str = "csv",
        frequency: int | None = None,
        max_results: int | None = None,
        save_fps: int | None = None,
        video_id: str | None = None,
        save_frames: bool = True,
        save_video: bool = True,
        annotate_frames: bool = True,
        zip_images: bool = True,
        detection_box: dict[str, int] | None = None,
        lang: str = "en",
        include_audio: bool = False,
        size_multiplier: int = 1,
        batch_size: int = 1,
        use_async_io: bool = True,
    ) -> Any:
        """Emotions of each n-th frame (`frequency`, or so that `save_fps` are read each second).

        Gives, and writes to data.csv, one row a frame with faces (output="csv"), or a DataFrame (output="pandas").
        Saves the frames (zipped) and an annotated video into `outdir`. detection_box: {"x_min", "y_min", "x_max",
        "y_max"}, the part to look at. include_audio: the video keeps its sound and is called NAME_output_audio, as
        there. lang: en, de, tr or ko, of what is drawn. The first face of a row stays one person while in view.
        use_async_io: accepted, without effect. Raises UsageError, DisplayError, MissingDependencyError before it reads.
        """
        _check(output, lang)
        results: list[Faces] = []
        folder = Path(self.outdir)
        if save_frames or save_video:
            folder.mkdir(parents=True, exist_ok=True)
        name = video_id or Path(self.filepath).stem
        film = folder / f"{Path(self.filepath).stem}_output.mp4"
        persons = Persons()
        pictures: list[Path] = []
        with open_source(self.filepath) as source, _Window(display) as window:
            fps = source.info.fps or 25.0
            step = max(int(fps // save_fps), 1) if save_fps else max(int(frequency or 1), 1)
            sound = Path(self.filepath) if include_audio else None
            writer = VideoWriter(film, fps=fps / step, sound_from=sound)
            whole = False
            try:
                for batch in _batches((frame for frame in source if frame.index % step == 0), batch_size, max_results):
                    images = [_part(frame.image, detection_box) for frame in batch]
                    for frame, image, found in zip(batch, images, detector.batch_detect_emotions(images), strict=True):
                        faces = persons.order(found, frame)
                        shown = image.copy()
                        if annotate_frames:
                            shown = draw_annotations(shown, faces, lang=lang, size_multiplier=size_multiplier)
                        if save_frames:
                            pictures.append(folder / f"{name}{frame.index}.jpg")
                            cv2.imwrite(str(pictures[-1]), shown)
                        if save_video:
                            writer.write(shown, frame.time)
                        window.show(shown)
                        if faces:
                            results.append([_moved(face, detection_box) for face in faces])
                whole = True
            finally:
                writer.close(whole=whole)
        if film.exists():
            _name_as_there(film, Path(self.filepath).suffix, fps / step, sounded=include_audio)
        if save_frames and zip_images:
            _zip(pictures, folder / "images.zip")
        return self.to_format(results, output)

    def to_format(self, data: Data, format: str) -> Any:  # noqa: A002 - the name there
        """As rows, written to data.csv ("csv"), or as a DataFrame ("pandas")."""
        return self.to_csv(data) if format == "csv" else self.to_pandas(data)

    @staticmethod
    def get_max_faces(data: Sequence[Faces]) -> int:
        """The largest number of faces in a frame."""
        return max((len(faces) for faces in data), default=0)

    @staticmethod
    def _to_dict(data: Data) -> list[dict[str, Any]]:
        """One flat row a frame: box0, angry0, ..., box1, angry1, ... Rows that are flat already stay."""
        rows = []
        for frame in data:
            if isinstance(frame, dict):
                rows.append(frame)
                continue
            row: dict[str, Any] = {}
            for number, face in enumerate(frame):
                row[f"box{number}"] = face["box"]
                row |= {f"{label}{number}": score for label, score in face["emotions"].items()}
            rows.append(row)
        return rows

    def to_pandas(self, data: "Data | pd.DataFrame") -> "pd.DataFrame":
        """Results as a DataFrame, of the first face only where the video says so."""
        pandas = _pandas()
        if not isinstance(data, list):
            return data
        frame: pd.DataFrame = pandas.DataFrame(self._to_dict(data))
        return self.get_first_face(frame) if self.first_face_only and len(frame) else frame

    @staticmethod
    def get_first_face(df: "pd.DataFrame") -> "pd.DataFrame":
        """The columns of the first face, without their number."""
        if not any(str(column)[-1].isdigit() for column in df.columns):
            return df
        first = [column for column in df.columns if re.fullmatch(r"\D+0", str(column))]
        return df[first].rename(columns=lambda column: str(column)[:-1])

    @staticmethod
    def get_emotions(df: "pd.DataFrame") -> "pd.DataFrame":
        """The columns of the emotions, without the boxes."""
        return df[[column for column in df.columns if "box" not in str(column)]]

    def to_csv(self, data: Data, filename: str = "data.csv") -> list[dict[str, Any]]:
        """Writes the rows to a file, columns sorted by face, and gives them."""
        rows = self._to_dict(data)
        columns = sorted({column for row in rows for column in row}, key=_by_face)
        with Path(filename).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return rows


def _check(output: str, lang: str) -> None:
    """Sees at the beginning what would else fail after an hour."""
    if output not in ("csv", "pandas"):
        raise UsageError(f'The output is "csv" or "pandas", not {output!r}.')
    if output == "pandas":
        # said now, not after an hour
        _pandas()
    check_lang(lang)


def _name_as_there(film: Path, suffix: str, fps: float, *, sounded: bool) -> None:
    """Gives the film the kind of file that the original is; with its sound there is a second one, as there."""
    if sounded:
        shutil.copyfile(film, film.with_name(f"{film.stem}_audio{film.suffix}"))
    if suffix.lower() in _KINDS:
        wanted = film.with_suffix(suffix.lower())
        part = wanted.with_name(f"{wanted.name}.part")
        _copy_pictures(film, part, _KINDS[wanted.suffix], Fraction(fps).limit_denominator(1001))
        part.replace(wanted)
        film.unlink()


_KINDS = {".avi": "avi", ".mkv": "matroska", ".mov": "mov"}
"""Other files that can hold H.264; a film of a further kind stays an MP4."""


def _copy_pictures(film: Path, copy: Path, kind: str, fps: Fraction) -> None:
    """The film's pictures as they are in another kind of file; an AVI, which knows a rate only, has them evenly."""
    with av.open(str(film)) as source, av.open(str(copy), "w", format=kind) as target:
        video = source.streams.video[0]
        stream = target.add_stream_from_template(video)
        steady = kind == "avi"
        if steady:
            stream.time_base = 1 / fps
        # AVI wants what describes the pictures within their stream
        described = BitStreamFilterContext("h264_mp4toannexb", video, stream) if steady else None
        number = 0
        for read in source.demux(video):
            if read.dts is None:
                continue
            for packet in described.filter(read) if described else [read]:
                packet.stream = stream
                if steady:
                    packet.time_base = 1 / fps
                    packet.pts = packet.dts = number
                    packet.duration = 1
                number += 1
                target.mux(packet)


class Persons:
    """Brings faces into an order that stays: who was seen first comes first."""

    def __init__(self) -> None:
        self._tracker = Tracker()

    def order(self, faces: Faces, frame: Frame) -> Faces:
        """The faces of a frame, by who they are."""
        readings = self._tracker.update([_as_face(face) for face in faces], frame.time, frame.index)
        pairs = zip((reading.track_id for reading in readings), faces, strict=True)
        return [face for _, face in sorted(pairs, key=lambda pair: pair[0])]


def _as_face(face: dict[str, Any]) -> Face:
    """What the tracker needs of a face."""
    probabilities = np.zeros(len(EMOTIONS), np.float32)
    for emotion in SEVEN:
        probabilities[emotion.index] = face["emotions"][emotion.fer]
    return Face(
        box=Box(*(float(value) for value in face["box"])),
        score=1.0,
        landmarks=np.zeros((5, 2), np.float32),
        probabilities=probabilities,
        emotion=None,
        confidence=float(probabilities.max()),
        unclear=None,
        valence=0.0,
        arousal=0.0,
    )


class _Window:
    """A window where one is wanted, nothing otherwise."""

    def __init__(self, wanted: bool) -> None:
        self._window = Window() if wanted else None

    def __enter__(self) -> "_Window":
        if self._window:
            try:
                self._window.__enter__()
            except DisplayError as error:
                raise DisplayError("There is no display for a window: call analyze with display=False.") from error
        return self

    def __exit__(self, *error: Any) -> None:
        if self._window:
            self._window.__exit__(*error)

    def show(self, picture: Image) -> None:
        if self._window:
            self._window.show(picture)


def _batches(frames: Any, size: int, most: int | None) -> Any:
    """Lists of at most `size` frames, `most` frames in all."""
    batch: list[Frame] = []
    for number, frame in enumerate(frames, 1):
        batch.append(frame)
        if len(batch) >= max(size, 1):
            yield batch
            batch = []
        if most and number >= most:
            break
    if batch:
        yield batch


def _part(image: Image, box: dict[str, int] | None) -> Image:
    if box is None:
        return image
    part = image[box.get("y_min") : box.get("y_max"), box.get("x_min") : box.get("x_max")]
    if not part.size:
        raise UsageError(f"The detection box {box} lies outside the picture of {image.shape[1]}x{image.shape[0]}.")
    return part.copy()


def _moved(face: dict[str, Any], box: dict[str, int] | None) -> dict[str, Any]:
    if box is None:
        return face
    x, y, w, h = face["box"]
    return face | {"box": [x + box.get("x_min", 0), y + box.get("y_min", 0), w, h]}


def _by_face(column: str) -> tuple[int, str]:
    match = re.fullmatch(r"(\D+)(\d+)", column)
    return (int(match[2]), match[1]) if match else (-1, column)


def _zip(pictures: list[Path], archive: Path) -> None:
    with ZipFile(archive, "w") as file:
        for picture in pictures:
            file.write(picture, picture.name)
            picture.unlink()


def _pandas() -> ModuleType:
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingDependencyError(
            'Tables need pandas, which is not installed: pip install "feeling-manager[pandas]".'
        ) from error
    return pd
