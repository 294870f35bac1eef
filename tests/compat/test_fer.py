"""The shapes of the library `fer` 25.10.3, as its users meet them."""

import base64
import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import av
import cv2
import numpy as np
import pandas as pd
import pytest

from feeling_manager.compat.fer import FER, InvalidImage, Video
from feeling_manager.compat.fer import exceptions as there
from feeling_manager.errors import DisplayError, MissingDependencyError, SourceError, UsageError
from feeling_manager.types import Image
from tests.clips import clicks, moving_face, write_clip

LABELS = {"angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"}


@pytest.fixture(scope="module")
def detector() -> FER:
    return FER(mtcnn=True)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    return write_clip(folder / "woman.mp4", moving_face(20, 320, 240), sound=clicks(0.8))


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_detect_emotions(detector: FER, astronaut: Image) -> None:
    (face,) = detector.detect_emotions(astronaut)
    assert set(face) == {"box", "emotions"}
    x, y, w, h = face["box"]
    assert all(isinstance(value, int) for value in (x, y, w, h))
    assert set(face["emotions"]) == LABELS
    assert face["emotions"]["happy"] > 0.9
    assert sum(face["emotions"].values()) == pytest.approx(1, abs=0.04)
    cv2.rectangle(astronaut.copy(), (x, y), (x + w, y + h), (0, 255, 0), 2)


def test_the_articles_loop(detector: FER, astronaut: Image) -> None:
    for face in detector.detect_emotions(astronaut):
        emotions = face["emotions"]
        emotion_type = max(emotions, key=emotions.get)
        assert f"{emotion_type}: {emotions[emotion_type]:.2f}".startswith("happy: 0.9") or emotions["happy"] == 1


def test_top_emotion(detector: FER, astronaut: Image) -> None:
    emotion, score = detector.top_emotion(astronaut)
    assert emotion == "happy"
    assert isinstance(score, float)
    assert detector.top_emotion(np.zeros((50, 50, 3), np.uint8)) == (None, None)


def test_no_faces(detector: FER) -> None:
    assert detector.detect_emotions(np.zeros((120, 160, 3), np.uint8)) == []
    assert detector.batch_detect_emotions([]) == []


def test_small_faces_are_left_out_as_there(astronaut: Image) -> None:
    small = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    assert FER().detect_emotions(small) == []
    assert len(FER(min_face_size=30).detect_emotions(small)) == 1
    assert len(FER(mtcnn=True).detect_emotions(small)) == 1


def test_batches_are_the_pictures_one_by_one(detector: FER, astronaut: Image) -> None:
    pictures = [astronaut, np.zeros((50, 60, 3), np.uint8), astronaut[:, ::-1].copy()]
    batch = detector.batch_detect_emotions(pictures)
    assert [len(faces) for faces in batch] == [1, 0, 1]
    assert batch[0] == detector.detect_emotions(astronaut)


def test_given_rectangles_are_kept_as_they_are(detector: FER, astronaut: Image) -> None:
    rectangles = [(170, 50, 120, 130), (0, 300, 80, 60), (-20, -20, 60, 60), (500, 500, 90, 90)]
    faces = detector.detect_emotions(astronaut, face_rectangles=rectangles)
    assert [tuple(face["box"]) for face in faces] == rectangles
    assert faces[0]["emotions"]["happy"] > 0.9


def test_pictures_by_path_and_data_uri(detector: FER, astronaut: Image, tmp_path: Path) -> None:
    path = tmp_path / "justin.png"
    cv2.imwrite(str(path), astronaut)
    uri = "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
    expected = detector.detect_emotions(astronaut)
    assert detector.detect_emotions(str(path)) == expected
    assert detector.detect_emotions(uri) == expected


@pytest.fixture
def address(astronaut: Image, tmp_path: Path) -> Iterator[str]:
    cv2.imwrite(str(tmp_path / "face.png"), astronaut)

    class Files(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *rest: object) -> None:
            super().__init__(*rest, directory=str(tmp_path))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_pictures_by_address(detector: FER, address: str) -> None:
    assert len(detector.detect_emotions(f"{address}/face.png")) == 1
    with pytest.raises(InvalidImage, match="can't be downloaded"):
        detector.detect_emotions(f"{address}/none.png")


@pytest.mark.parametrize("bad", [None, 7, b"bytes", "no-such-file.jpg", "data:image/png;base64,%%%", [1, 2]])
def test_what_is_no_picture(detector: FER, bad: object) -> None:
    with pytest.raises(InvalidImage):
        detector.detect_emotions(bad)
    assert there.InvalidImage is InvalidImage


def test_text_is_no_picture(detector: FER) -> None:
    with pytest.raises(InvalidImage, match="is not a picture"):
        detector.detect_emotions(__file__)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"scale_factor": 1.0}, "scale_factor"),
        ({"min_face_size": 0}, "min_face_size"),
        ({"min_neighbors": -1}, "min_neighbors"),
        ({"offsets": 10}, "offsets"),
        ({"offsets": (1, 2, 3)}, "offsets"),
    ],
)
def test_arguments_are_checked_as_there(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FER(**arguments)  # type: ignore[arg-type]


def test_video(detector: FER, clip: Path, in_folder: Path) -> None:
    video = Video(str(clip))
    raw = video.analyze(detector, display=False)
    assert isinstance(raw, list)
    assert set(raw[0]) == {"box0", *(f"{label}0" for label in LABELS)}
    assert len(raw) == 20
    header = (in_folder / "data.csv").read_text().splitlines()[0]
    assert header == "angry0,box0,disgust0,fear0,happy0,neutral0,sad0,surprise0"
    df = video.to_pandas(raw)
    assert isinstance(df, pd.DataFrame)
    assert "angry" in df
    assert (df.happy > 0.5).all()
    df = video.get_first_face(df)
    df = video.get_emotions(df)
    assert set(df.columns) == LABELS
    with ZipFile(in_folder / "output" / "images.zip") as archive:
        assert len(archive.namelist()) == 20
    with av.open(str(in_folder / "output" / "woman_output.mp4")) as container:
        assert len(list(container.decode(video=0))) == 20


def test_video_options(detector: FER, clip: Path, in_folder: Path) -> None:
    df = Video(str(clip), outdir="there", first_face_only=False).analyze(
        detector,
        output="pandas",
        frequency=3,
        max_results=4,
        zip_images=False,
        batch_size=3,
        video_id="me",
        include_audio=True,
        detection_box={"x_min": 10, "y_min": 5, "x_max": 310, "y_max": 235},
    )
    assert isinstance(df, pd.DataFrame)
    assert len(df) == 4
    assert "happy0" in df
    assert sorted(path.name for path in (in_folder / "there").glob("*.jpg")) == [
        "me0.jpg",
        "me3.jpg",
        "me6.jpg",
        "me9.jpg",
    ]
    whole = Video(str(clip)).analyze(detector, output="pandas", max_results=1, save_frames=False, save_video=False)
    assert df.box0[0] == pytest.approx(whole.box[0], abs=6)
    with av.open(str(in_folder / "there" / "woman_output.mp4")) as container:
        assert container.streams.audio


def test_save_fps_and_no_files(detector: FER, clip: Path, in_folder: Path) -> None:
    rows = Video(str(clip)).analyze(detector, save_fps=5, save_frames=False, save_video=False)
    assert len(rows) == 4
    assert not (in_folder / "output").exists()


def test_video_without_faces(detector: FER, in_folder: Path) -> None:
    blank = write_clip(in_folder / "blank.mp4", [np.zeros((120, 160, 3), np.uint8)] * 3)
    video = Video(str(blank))
    assert video.analyze(detector, save_frames=False, save_video=False) == []
    assert video.to_pandas([]).empty


def test_bad_videos(detector: FER, in_folder: Path) -> None:
    with pytest.raises(SourceError, match="Video file not found"):
        Video("none.mp4")
    (in_folder / "text.mp4").write_text("text")
    with pytest.raises(SourceError, match="not a video"):
        Video("text.mp4").analyze(detector)
    with pytest.raises(UsageError, match='"csv" or "pandas"'):
        Video("text.mp4").analyze(detector, output="excel")


def test_conversions_of_several_faces() -> None:
    face = {"box": [1, 2, 3, 4], "emotions": dict.fromkeys(sorted(LABELS), 0.1)}
    data = [[face, face], [face]]
    assert Video.get_max_faces(data) == 2
    rows = Video._to_dict(data)
    assert {"box1", "happy1"} <= set(rows[0])
    first = Video.get_first_face(pd.DataFrame(rows))
    assert set(first.columns) == LABELS | {"box"}
    assert Video.get_first_face(first).equals(first)


def test_files_are_named_as_there(detector: FER, clip: Path, in_folder: Path) -> None:
    film = in_folder / "woman.avi"
    film.write_bytes(write_clip(in_folder / "a.avi", moving_face(6)).read_bytes())
    Video(str(film)).analyze(detector, zip_images=False, video_id="xy")
    assert sorted(path.name for path in (in_folder / "output").iterdir()) == [
        "woman_output.avi",
        *sorted(f"xy{number}.jpg" for number in range(6)),
    ]
    with av.open(str(in_folder / "output" / "woman_output.avi")) as made:
        assert made.format.name == "avi"
        assert len(list(made.decode(video=0))) == 6
    Video(str(clip)).analyze(detector, save_frames=False, include_audio=True)
    with av.open(str(in_folder / "output" / "woman_output_audio.mp4")) as made:
        assert made.streams.audio


def test_what_is_drawn_is_in_the_language(detector: FER, clip: Path, in_folder: Path) -> None:
    pictures: list[bytes] = []
    for lang in ("en", "de", "tr"):
        Video(str(clip), outdir=lang).analyze(detector, lang=lang, max_results=1, zip_images=False, save_video=False)
        pictures.append((in_folder / lang / "woman0.jpg").read_bytes())
    assert len(set(pictures)) == 3
    with pytest.raises(UsageError, match="The language is one of en, de, tr, ko"):
        Video(str(clip)).analyze(detector, lang="xx")


def test_the_first_face_stays_one_person(detector: FER, in_folder: Path) -> None:
    portrait = next(moving_face(1, 240, 240))
    frames = []
    for number in range(24):
        canvas = np.full((260, 560, 3), 60, np.uint8)
        # now this one, now that one is larger, so that the surest face changes
        for left, side in ((10, 200 + 40 * (number % 2)), (300, 240 - 40 * (number % 2))):
            canvas[10 : 10 + side, left : left + side] = cv2.resize(portrait, (side, side))
        frames.append(canvas)
    film = write_clip(in_folder / "two.mp4", frames)
    table = Video(str(film), first_face_only=False).analyze(
        detector, output="pandas", save_frames=False, save_video=False
    )
    sides = {box[0] < 280 for box in table["box0"]}
    assert len(table) == 24
    assert len(sides) == 1


def test_what_can_not_be_is_said_before_anything_is_read(
    detector: FER, clip: Path, in_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="path of a file, not a VideoCapture"):
        Video(cv2.VideoCapture(str(clip)))  # type: ignore[arg-type]
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(DisplayError, match="display=False"):
        Video(str(clip)).analyze(detector, display=True)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingDependencyError, match="pip install"):
        Video(str(clip)).analyze(detector, output="pandas")
    assert not (in_folder / "output" / "woman_output.mp4").exists()
