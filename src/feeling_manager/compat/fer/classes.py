"""`Video`: emotions in videos, with the results of `fer`."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import cv2

from feeling_manager.compat.fer.fer import FER
from feeling_manager.compat.fer.utils import draw_annotations
from feeling_manager.errors import MissingDependencyError, SourceError, UsageError
from feeling_manager.sinks.video import VideoWriter
from feeling_manager.sinks.window import Window
from feeling_manager.sources import open_source
from feeling_manager.types import Frame, Image

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
        if not Path(video_file).exists():
            raise SourceError(f"Video file not found at {Path(video_file).resolve()}; check the name.")
        self.filepath = video_file
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
        "y_max"}, the part to look at. include_audio: the video keeps its sound. use_async_io: accepted, without
        effect.
        """
        if output not in ("csv", "pandas"):
            raise UsageError(f'The output is "csv" or "pandas", not {output!r}.')
        results: list[Faces] = []
        folder = Path(self.outdir)
        if save_frames or save_video:
            folder.mkdir(parents=True, exist_ok=True)
        name = video_id or Path(self.filepath).stem
        pictures: list[Path] = []
        with open_source(self.filepath) as source, _Window(display) as window:
            fps = source.info.fps or 25.0
            step = max(int(fps // save_fps), 1) if save_fps else max(int(frequency or 1), 1)
            writer = VideoWriter(
                folder / f"{name}_output.mp4", fps=fps / step, sound_from=Path(self.filepath) if include_audio else None
            )
            whole = False
            try:
                for batch in _batches((frame for frame in source if frame.index % step == 0), batch_size, max_results):
                    images = [_part(frame.image, detection_box) for frame in batch]
                    for frame, image, faces in zip(batch, images, detector.batch_detect_emotions(images), strict=True):
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


class _Window:
    """A window where one is wanted, nothing otherwise."""

    def __init__(self, wanted: bool) -> None:
        self._window = Window() if wanted else None

    def __enter__(self) -> "_Window":
        if self._window:
            self._window.__enter__()
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
