"""From pictures to aligned faces, at the model's size and larger: detection and crop are recognition's own.

OUT/labels.csv     image, split, ten votes, source: the layout "table", which training reads; written at the end
OUT/48/000/000123.png, OUT/256/000/000123.png
OUT/report.json    how many faces were found, not found, several in a picture, by emotion
OUT/done.jsonl     one line a picture, with box, landmarks and score; what makes a stopped run go on
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from feeling_manager.errors import OutputError, UsageError
from feeling_manager.inference.contract import SIDE, template
from feeling_manager.inference.detector import Detection, Detector
from feeling_manager.inference.preprocess import align, as_bgr
from feeling_manager.labels import NAMES
from feeling_manager.sinks.files import make_folder, output_errors, write_whole
from feeling_manager.training.datasets import Dataset, Sample, majority, summary
from feeling_manager.training.datasets.dataset import read_picture
from feeling_manager.training.datasets.faces import RowError
from feeling_manager.training.datasets.folders import TABLE, VOTE_COLUMNS
from feeling_manager.types import Box, Image

DONE, REPORT = "done.jsonl", "report.json"
FOUND, NOT_FOUND = "found", "no face found"
SHARED = 0.1
"""Overlap (intersection over union) that a face must have with the box that its set gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """size: pixels of the faces to train on. large: of those for people and larger networks. threshold, side: the
    detector's, as in `EmotionRecognizer`."""

    size: int = SIDE
    large: int = 256
    threshold: float = 0.4
    side: int | None = None


@dataclass(frozen=True, slots=True)
class _Task:
    index: int
    content: bytes | Image | None
    box: Box | None
    out: Path
    options: Options


def preprocess(
    dataset: Dataset,
    out: Path,
    options: Options | None = None,
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Makes the folder `out` of all pictures of a data set, and gives its report.

    jobs: processes. progress: is told how many of how many pictures are done. The same call goes on with a run that
    was stopped, at whatever moment. Raises UsageError when the folder holds a run of other data or options.
    """
    options = options or Options()
    samples = dataset.samples("all")
    make_folder(out)
    done = _resume(out, samples, _header(dataset, options))
    left = (
        _Task(index, dataset.content(sample), sample.box, out, options)
        for index, sample in enumerate(samples)
        if index not in done
    )
    with output_errors(out / DONE), (out / DONE).open("a", encoding="utf-8") as journal:
        for line in _run(left, options, jobs):
            line["name"] = samples[line["index"]].name
            # the pictures were written before: a line stands for whole files
            journal.write(json.dumps(line, ensure_ascii=False) + "\n")
            journal.flush()
            done[line["index"]] = line
            if progress:
                progress(len(done), len(samples))
    report = make_report(dataset, samples, done, options)
    write_whole(out / TABLE, _labels(samples, done, options).encode())
    write_whole(out / REPORT, (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode())
    return report


def make_report(
    dataset: Dataset, samples: list[Sample], done: dict[int, dict[str, Any]], options: Options
) -> dict[str, Any]:
    """Counts over all pictures and by emotion, and the names of those without a face."""
    outcomes = Counter(line["outcome"] for line in done.values())
    by_emotion: dict[str, dict[str, int]] = {}
    for index, sample in enumerate(samples):
        label = int(majority(sample.votes[None])[0])
        row = by_emotion.setdefault(NAMES[label] if label >= 0 else "none", {"pictures": 0, "found": 0})
        row["pictures"] += 1
        row["found"] += done[index]["outcome"] == FOUND
    return {
        "data": dataset.path.name,
        "layout": dataset.layout,
        "options": asdict(options),
        "pictures": len(samples),
        "found": outcomes.pop(FOUND, 0),
        "several_faces": sum(line["faces"] > 1 for line in done.values()),
        "without": {reason: outcomes[reason] for reason in sorted(outcomes)},
        "by_emotion": {name: by_emotion[name] for name in (*NAMES, "none") if name in by_emotion},
        "left_out": summary(dataset.left_out("all")),
        "names_without": [done[i]["name"] for i in sorted(done) if done[i]["outcome"] != FOUND],
    }


def choose(found: list[Detection], box: Box | None) -> Detection | None:
    """The face that is meant: the one in the box that the set gives, the largest where it gives none."""
    if box is None:
        return max(found, key=lambda detection: detection.box.area, default=None)
    best = max(found, key=lambda detection: detection.box.iou(box), default=None)
    return best if best and best.box.iou(box) >= SHARED else None


_detector: Detector | None = None


def _begin(options: Options) -> None:
    """Of a process: its own detector, on one thread, for the processes share the cores."""
    global _detector
    cv2.setNumThreads(1)
    _detector = Detector(threshold=options.threshold, side=options.side, threads=1)


def _process(task: _Task) -> dict[str, Any]:
    assert _detector is not None  # noqa: S101
    try:
        picture = as_bgr(read_picture(task.content))
    except RowError as error:
        return {"index": task.index, "outcome": error.reason, "faces": 0}
    found = _detector.detect(picture)
    face = choose(found, task.box)
    if face is None:
        return {"index": task.index, "outcome": NOT_FOUND, "faces": len(found)}
    for size in (task.options.size, task.options.large):
        crop = align(picture, face.landmarks, template(size), size, colour=size == task.options.large)
        path = task.out / _place(task.index, size)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, cv2.imencode(".png", crop)[1].tobytes())
    return {
        "index": task.index,
        "outcome": FOUND,
        "faces": len(found),
        "score": round(face.score, 4),
        "box": [round(value, 1) for value in face.box],
        "landmarks": face.landmarks.round(1).tolist(),
    }


def _run(tasks: Iterator[_Task], options: Options, jobs: int) -> Iterator[dict[str, Any]]:
    if jobs == 1:
        _begin(options)
        yield from map(_process, tasks)
        return
    # spawned, for ONNX Runtime's threads do not survive a fork
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (options,)) as pool:
        waiting: set[Future[dict[str, Any]]] = set()
        try:
            for task in tasks:
                waiting.add(pool.submit(_process, task))
                # few at once: each holds a picture's content
                if len(waiting) >= 4 * jobs:
                    ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in ready)
            while waiting:
                ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ready)
        finally:
            pool.shutdown(cancel_futures=True)


def _place(index: int, size: int) -> str:
    return f"{size}/{index // 1000:03}/{index:06}.png"


def _header(dataset: Dataset, options: Options) -> dict[str, Any]:
    return {"data": dataset.path.name, "layout": dataset.layout} | asdict(options)


def _resume(out: Path, samples: list[Sample], header: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """What is done, from the journal, which is begun where there is none; a line that a kill cut short is dropped."""
    path = out / DONE
    if not path.exists():
        if any(out.iterdir()):
            raise UsageError(f"{out} holds other files: choose an empty or a new folder with --out.")
        write_whole(path, (json.dumps(header, ensure_ascii=False) + "\n").encode())
        return {}
    try:
        text = path.read_text("utf-8")
        whole = text[: text.rfind("\n") + 1]
        first, *lines = [json.loads(line) for line in whole.splitlines()]
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} can't be read ({error}): choose another folder with --out.") from error
    if first != header or any(
        line["index"] >= len(samples) or samples[line["index"]].name != line["name"] for line in lines
    ):
        raise UsageError(f"{out} holds a run of other data or options: choose another folder with --out.")
    if whole != text:
        write_whole(path, whole.encode())
    return {line["index"]: line for line in lines}


def _labels(samples: list[Sample], done: dict[int, dict[str, Any]], options: Options) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["image", "split", *VOTE_COLUMNS, "source"])
    for index, sample in enumerate(samples):
        if done[index]["outcome"] == FOUND:
            votes = (f"{value:.4g}" for value in sample.votes.tolist())
            writer.writerow([_place(index, options.size), sample.split or "", *votes, sample.name])
    return text.getvalue()
