"""`make bench`: how fast recognition is, as ratios against its peers or its limits in the same run.

    python benchmarks/recognition.py [--fer PYTHON] [--only NAME...] [--write docs/benchmarks/recognition.md]

Each ratio is the median of paired runs, one after the other, so that what else the machine does weighs on both.
"""

import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np
import skimage.data

from feeling_manager.cli.demo import write_clip
from feeling_manager.inference import EmotionRecognizer
from feeling_manager.inference.preprocess import detector_size, detector_tensor
from feeling_manager.pipeline import FaceReader, analyze_video
from feeling_manager.types import Frame, Image


class Row(NamedTuple):
    """One line of the table. value: as text; target: what the design asks for, or empty."""

    what: str
    value: str
    target: str = ""


def portrait(width: int, height: int) -> Image:
    """One face, as before a webcam."""
    picture = np.ascontiguousarray(skimage.data.astronaut()[:384, :, ::-1])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def eight(width: int, height: int) -> Image:
    """Eight faces, four by two."""
    head = np.ascontiguousarray(skimage.data.astronaut()[20:220, 140:310, ::-1])
    tile = cv2.resize(head, (width // 4, height // 2), interpolation=cv2.INTER_AREA)
    return np.tile(tile, (2, 4, 1))


def paired(one: Callable[[], object], other: Callable[[], object], times: int) -> tuple[float, float, float]:
    """Median seconds of each, and the median of their ratios, taken in turn."""
    first: list[float] = []
    second: list[float] = []
    for _ in range(times):
        for run, into in ((one, first), (other, second)):
            start = time.perf_counter()
            run()
            into.append(time.perf_counter() - start)
    ratio = statistics.median(a / b for a, b in zip(first, second, strict=True))
    return statistics.median(first), statistics.median(second), ratio


def frames() -> list[Row]:
    """Decoded picture to track, against the detector alone."""
    return [_frames("one face", portrait(640, 480), "≤ 1.33"), _frames("eight faces", eight(640, 480), "")]


def _frames(name: str, picture: Image, target: str) -> Row:
    reader = FaceReader(EmotionRecognizer(detection_side=320))
    detector = reader.recognizer.detector
    size = detector_size(640, 480, 320)
    tensor = detector_tensor(picture, *size)
    numbers = itertools.count()

    def whole() -> None:
        number = next(numbers)
        reader.read(Frame(picture, number / 30, number))

    def detect() -> None:
        detector.detect(picture)

    def infer() -> None:
        detector.heads(tensor)

    found = len(detector.detect(picture))
    paired(whole, detect, 20)
    ours, alone, ratio = paired(whole, detect, 150)
    _, network, of_network = paired(whole, infer, 150)
    return Row(
        f"picture to track, 640×480, {name} ({found} found), detector at {size[0]}×{size[1]}",
        f"{ours * 1e3:.1f} ms = {ratio:.2f} × the detector alone ({alone * 1e3:.1f} ms), "
        f"{of_network:.2f} × its network alone ({network * 1e3:.1f} ms)",
        target,
    )


def crops() -> list[Row]:
    """Crop classification on one thread."""
    recognizer = EmotionRecognizer(threads=1)
    rng = np.random.default_rng(0)
    rows = []
    for number in (1, 32):
        batch = rng.integers(0, 256, (number, 48, 48), dtype=np.uint8)
        recognizer.classify_crops(batch)
        seconds = []
        for _ in range(100 if number == 1 else 20):
            start = time.perf_counter()
            recognizer.classify_crops(batch)
            seconds.append(time.perf_counter() - start)
        each = statistics.median(seconds) / number
        rows.append(
            Row(
                f"classification, one thread, batches of {number}",
                f"{each * 1e3:.2f} ms a face, {1 / each:.0f} faces/s",
                "≤ 3 ms a face" if number == 1 else "",
            )
        )
    return rows


def analysis() -> list[Row]:
    """Every output of `feeling analyze` against decoding and encoding alone."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        seconds = 60.0
        write_clip(clip, seconds)
        count = round(seconds * 30)

        def copy() -> None:
            with av.open(str(clip)) as source, av.open(str(Path(folder) / "copy.mp4"), "w") as target:
                stream = target.add_stream("libx264", rate=30, options={"preset": "veryfast"})
                stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
                for frame in source.decode(video=0):
                    image = frame.to_ndarray(format="bgr24")
                    target.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
                target.mux(stream.encode(None))

        ours, alone, ratio = paired(lambda: analyze_video(clip, Path(folder) / "out"), copy, 3)
    return [
        Row(
            "`feeling analyze`, all outputs, one minute of 640×360 at 30 frames/s, two faces",
            f"{count / ours:.0f} frames/s = {seconds / ours:.1f} × real time, "
            f"{1 / ratio:.2f} × decode and encode alone ({count / alone:.0f} frames/s)",
            "≥ 2 × real time, ≥ 0.25 ×",
        )
    ]


def cold_start() -> list[Row]:
    """`feeling recognize photo.jpg` in a fresh process against importing its two engines."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        cv2.imwrite(str(photo), portrait(640, 480))
        feeling = [str(Path(sys.executable).with_name("feeling")), "recognize", str(photo)]
        engines = [sys.executable, "-c", "import cv2, onnxruntime"]

        def started(command: list[str]) -> None:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

        paired(lambda: started(feeling), lambda: started(engines), 2)
        ours, alone, ratio = paired(lambda: started(feeling), lambda: started(engines), 15)
    return [
        Row(
            "`feeling recognize photo.jpg`, cold",
            f"{ours:.2f} s = {ratio:.2f} × importing cv2 and onnxruntime ({alone:.2f} s)",
            "≤ 3 ×",
        )
    ]


def memory() -> list[Row]:
    """Slope of memory over 10,000 frames of a crowd that comes and goes."""
    reader = FaceReader(EmotionRecognizer(detection_side=160))
    rng = np.random.default_rng(3)
    scenes = [eight(320, 240), portrait(320, 240), np.zeros((240, 320, 3), np.uint8)]
    points: list[tuple[float, float]] = []
    for index in range(10_000):
        picture = np.roll(scenes[index // 50 % 3], int(rng.integers(0, 60)), 1)
        reader.read(Frame(picture, index / 30, index))
        if index >= 1000 and index % 500 == 0:
            points.append((index, _resident()))
    at, used = np.array(points).T
    slope = float(np.polyfit(at, used, 1)[0])
    return [
        Row("memory over 10,000 frames, from the 1,000th on", f"{slope * 1000 / 1024:+.3f} MiB a 1,000 frames", "flat")
    ]


def _resident() -> float:
    """KiB of this process in memory."""
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


FER_SCRIPT = """
import sys, time, json, cv2
from fer.fer import FER
picture = cv2.imread(sys.argv[1])
result = {}
for name, detector in (("Haar", FER()),):
    for _ in range(5):
        detector.detect_emotions(picture)
    times = []
    for _ in range(50):
        start = time.perf_counter()
        detector.detect_emotions(picture)
        times.append(time.perf_counter() - start)
    result[name] = sorted(times)[len(times) // 2]
print(json.dumps(result))
"""


def beside_fer(python: str) -> list[Row]:
    """The library `fer` on the same picture, in an interpreter that has it."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.png"
        cv2.imwrite(str(photo), portrait(640, 480))
        done = subprocess.run([python, "-c", FER_SCRIPT, str(photo)], check=True, capture_output=True, text=True)
    theirs: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    reader = FaceReader(EmotionRecognizer(detection_side=320))
    picture = portrait(640, 480)
    times = []
    for index in range(60):
        start = time.perf_counter()
        reader.read(Frame(picture, index / 30, index))
        times.append(time.perf_counter() - start)
    ours = statistics.median(times[10:])
    return [
        Row(f"a frame against `fer` ({name})", f"{seconds / ours:.1f} × as fast ({seconds * 1e3:.1f} ms)", "≥ 4 ×")
        for name, seconds in theirs.items()
    ]


BENCHMARKS: dict[str, Callable[[], list[Row]]] = {
    "frames": frames,
    "crops": crops,
    "analysis": analysis,
    "cold": cold_start,
    "memory": memory,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS))
    parser.add_argument("--fer", metavar="PYTHON", help="an interpreter that has the library fer")
    parser.add_argument("--write", type=Path, help="a Markdown page to write")
    arguments = parser.parse_args()
    rows = [row for name in arguments.only for row in BENCHMARKS[name]()]
    if arguments.fer:
        rows += beside_fer(arguments.fer)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    lines = ["| what | measured | target |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    print(machine, *lines, sep="\n")
    if arguments.write:
        command = "python benchmarks/recognition.py" + (" --fer PYTHON" if arguments.fer else "")
        arguments.write.write_text(
            f"# Recognition\n\nBy `{command}` on {machine}.\n\n" + "\n".join(lines) + "\n", "utf-8"
        )


if __name__ == "__main__":
    main()
