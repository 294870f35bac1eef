"""Face detectors compared as the presentation did: found, false, time a picture.

    python benchmarks/detectors.py --opencv4 PYTHON --faces faces350.tar.gz [--number 300] [--plain no_face.jpg...]
        [--write docs/benchmarks/detectors.md]

PYTHON has an OpenCV 4 (`pip install "opencv-python-headless<5"`), for OpenCV 5 has no cascades any more. Each picture
is known to hold exactly one face, or none: found is the share of faces found, false the boxes elsewhere a picture. All
run on one thread; times are medians of a picture.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import skimage.data

from feeling_manager.inference.detector import Detector
from feeling_manager.inference.preprocess import as_bgr, resize
from feeling_manager.sources.images import read_image
from feeling_manager.training.datasets import open_dataset
from feeling_manager.training.datasets.dataset import read_picture
from feeling_manager.types import Box, Image

WITHOUT_FACES = (
    "brick", "cat", "cell", "chelsea", "clock", "coffee", "coins", "colorwheel", "grass", "gravel", "horse",
    "hubble_deep_field", "immunohistochemistry", "moon", "page", "retina", "rocket", "text", "checkerboard", "logo",
)  # fmt: skip
"""Pictures of scikit-image that come with it. A cat's face is none."""
HAAR = {
    "Haar, scaleFactor 1.3, minNeighbors 5 (the presentation)": {"scaleFactor": 1.3, "minNeighbors": 5},
    "the same, minSize 30": {"scaleFactor": 1.3, "minNeighbors": 5, "minSize": [30, 30]},
    "the same, maxSize 500": {"scaleFactor": 1.3, "minNeighbors": 5, "maxSize": [500, 500]},
    "Haar, scaleFactor 1.1, minNeighbors 3 (OpenCV's defaults)": {"scaleFactor": 1.1, "minNeighbors": 3},
}
SIDES = (160, 320, 640)
THRESHOLDS = (0.2, 0.4, 0.6)
SHARED = 0.3
"""Overlap (intersection over union) from which a box is of the face that was placed there."""
FRAME = (640, 480)
PROGRAM = """
import json, sys, time, cv2, numpy
cv2.setNumThreads(1)
folder, jobs = sys.argv[1], json.load(sys.stdin)
cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
pictures = [cv2.imread(f"{folder}/{i}.png") for i in range(jobs["pictures"])]
answer = {}
for name, options in jobs["settings"].items():
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    rows = []
    for picture in pictures:
        start = time.perf_counter()
        found = cascade.detectMultiScale(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), **options)
        rows.append([time.perf_counter() - start, numpy.asarray(found).tolist()])
    answer[name] = rows
json.dump({"version": cv2.__version__, "answer": answer}, sys.stdout)
"""


class Scene(NamedTuple):
    """A picture, and where its face is, if it has one."""

    picture: Image
    face: Box | None


Found = list[tuple[float, list[Box]]]
"""Of each picture: seconds, boxes."""


def crops(faces: list[Image]) -> list[Scene]:
    """The faces as the data set has them: they fill the picture."""
    return [Scene(face, Box(0, 0, face.shape[1], face.shape[0])) for face in faces]


def placed(faces: list[Image], side: int) -> list[Scene]:
    """Each face brought to `side` pixels, somewhere in a frame of 640×480 that shows no other face."""
    rng = np.random.default_rng(0)
    grounds = backgrounds()
    scenes = []
    for number, face in enumerate(faces):
        frame = resize(grounds[number % len(grounds)], *FRAME).copy()
        x, y = int(rng.integers(0, FRAME[0] - side)), int(rng.integers(0, FRAME[1] - side))
        frame[y : y + side, x : x + side] = resize(face, side, side)
        scenes.append(Scene(frame, Box(x, y, side, side)))
    return scenes


def backgrounds() -> list[Image]:
    return [as_picture(getattr(skimage.data, name)()) for name in ("brick", "grass", "gravel", "coffee", "rocket")]


def empty(plain: Iterable[Path]) -> list[Scene]:
    """Pictures without a face, no longer than 640 pixels, each also mirrored and upside down."""
    pictures = [as_picture(getattr(skimage.data, name)()) for name in WITHOUT_FACES] + [
        read_image(path) for path in plain
    ]
    scenes = []
    for picture in pictures:
        scale = min(1.0, FRAME[0] / max(picture.shape[:2]))
        small = resize(picture, max(32, round(picture.shape[1] * scale)), max(32, round(picture.shape[0] * scale)))
        scenes += [Scene(np.ascontiguousarray(turned), None) for turned in (small, small[:, ::-1], small[::-1])]
    return scenes


def as_picture(values: Any) -> Image:
    """scikit-image's RGB, RGBA, grey or true and false as BGR."""
    array = np.asarray(values)
    array = array.astype(np.uint8) * 255 if array.dtype == bool else array.astype(np.uint8)
    return np.ascontiguousarray(array[:, :, 2::-1]) if array.ndim == 3 else as_bgr(array)


def haar(scenes: list[Scene], python: str) -> tuple[str, dict[str, Found]]:
    """OpenCV's version, and what each setting finds."""
    with tempfile.TemporaryDirectory() as folder:
        for number, scene in enumerate(scenes):
            cv2.imwrite(f"{folder}/{number}.png", scene.picture)
        jobs = json.dumps({"pictures": len(scenes), "settings": HAAR})
        answer = json.loads(
            subprocess.run(
                [python, "-c", PROGRAM, folder], input=jobs, capture_output=True, text=True, check=True
            ).stdout
        )
    return answer["version"], {
        name: [(seconds, [Box(*map(float, box)) for box in boxes]) for seconds, boxes in rows]
        for name, rows in answer["answer"].items()
    }


def centerface(scenes: list[Scene]) -> dict[str, Found]:
    """What each input side finds, at each threshold. One run serves all thresholds of a side."""
    cv2.setNumThreads(1)
    result: dict[str, Found] = {}
    for side in SIDES:
        detector = Detector(threshold=min(THRESHOLDS), side=side, threads=1)
        rows = []
        for scene in scenes:
            start = time.perf_counter()
            found = detector.detect(scene.picture)
            rows.append((time.perf_counter() - start, found))
        for threshold in THRESHOLDS:
            result[f"CenterFace, {side} pixels, threshold {threshold}"] = [
                (seconds, [detection.box for detection in found if detection.score > threshold])
                for seconds, found in rows
            ]
    return result


def score(scenes: list[Scene], found: Found) -> tuple[float, float]:
    """Share of the faces that are found, and boxes elsewhere a picture."""
    hits = false = 0
    for scene, (_, boxes) in zip(scenes, found, strict=True):
        # a detector's box may be tighter or wider than the crop: the middle must agree as well
        right = [box for box in boxes if scene.face is not None and _same(box, scene.face)]
        hits += bool(right)
        false += len(boxes) - bool(right)
    faces = sum(scene.face is not None for scene in scenes)
    return (hits / faces if faces else float("nan")), false / len(scenes)


def _same(box: Box, face: Box) -> bool:
    return box.iou(face) >= SHARED and abs(box.centre[0] - face.centre[0]) < 0.3 * face.w


def table(sets: dict[str, list[Scene]], python: str) -> tuple[str, list[list[str]]]:
    """OpenCV's version, and the rows: detector, then of each set found, false a picture, milliseconds."""
    rows: dict[str, list[str]] = {}
    version = ""
    for scenes in sets.values():
        version, found = haar(scenes, python)
        for name, answer in (found | centerface(scenes)).items():
            share, false = score(scenes, answer)
            shown = "" if np.isnan(share) else f"{share:.1%}".replace("%", " %")
            time_of = f"{1000 * statistics.median(seconds for seconds, _ in answer):.1f}"
            rows.setdefault(name, [name]).extend([shown, f"{false:.3f}", time_of])
        print(f"{len(scenes)} pictures done", file=sys.stderr)
    return version, list(rows.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--opencv4", required=True, help="a python that has an OpenCV 4")
    parser.add_argument("--faces", required=True, type=Path, help="a data set of face crops, such as faces350.tar.gz")
    parser.add_argument("--number", type=int, default=300, help="faces of it, evenly over the set")
    parser.add_argument("--plain", type=Path, nargs="*", default=[], help="more pictures without a face")
    parser.add_argument("--write", type=Path, help="the page to write")
    options = parser.parse_args()
    dataset = open_dataset(options.faces)
    samples = dataset.samples("all")
    chosen = [samples[i] for i in np.linspace(0, len(samples) - 1, min(options.number, len(samples))).astype(int)]
    faces = [as_bgr(read_picture(dataset.content(sample))) for sample in chosen]
    sets = {
        "crops as they are": crops(faces),
        "150 pixels in 640×480": placed(faces, 150),
        "60 pixels in 640×480": placed(faces, 60),
        "no face": empty(options.plain),
    }
    version, rows = table(sets, options.opencv4)
    heads = ["detector", *(f"{name}: {what}" for name in sets for what in ("found", "false", "ms"))]
    # pictures without a face have none to find
    keep = [i for i, head in enumerate(heads) if head != "no face: found"]
    lines = ["| " + " | ".join(row[i] for i in keep) + " |" for row in (heads, *rows)]
    lines.insert(1, "|" + "---|" * len(keep))
    counts = ", ".join(f"{name} {len(scenes)}" for name, scenes in sets.items())
    about = (
        f"Pictures: {counts}. Haar by OpenCV {version}, CenterFace by ONNX Runtime and OpenCV {cv2.__version__}; one "
        f"thread, {platform.machine()}."
    )
    text = "\n".join([*lines, "", about])
    print(text)
    if options.write:
        before, _, after = options.write.read_text("utf-8").partition("<!-- table -->\n")
        _, _, after = after.partition("<!-- end -->\n")
        options.write.write_text(f"{before}<!-- table -->\n{text}\n<!-- end -->\n{after}", "utf-8")


if __name__ == "__main__":
    main()
