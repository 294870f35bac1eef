"""The golden cases: what Python does, written down for the web client to do the same.

Every function gives one file of `contracts/golden/` as JSON. Pictures are PNG files beside it, named by the case.
Inputs are NASA's astronaut or synthetic; everything is deterministic.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import skimage.data

from feeling_manager.inference import EmotionRecognizer, quality
from feeling_manager.inference.detector import Detector, auto_side, decode
from feeling_manager.inference.preprocess import as_grey, detector_size, detector_tensor
from feeling_manager.labels import BY_NAME, EMOTIONS, affect
from feeling_manager.phrases import contract, phrase
from feeling_manager.spells import Moment, SpellMaker
from feeling_manager.tracking import Tracker, TrackingSettings
from feeling_manager.types import Box, Face, Floats, Image, Unclear
from tests.faces import make_face
from tests.golden import meaning

Case = tuple[Any, dict[str, Image]]
"""What goes into the JSON file, and pictures by file name."""


def _rounded(values: Any, digits: int = 4) -> Any:
    return np.round(np.asarray(values, np.float64), digits).tolist()


def _astronaut(width: int, height: int) -> Image:
    portrait = np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])
    return cv2.resize(portrait, (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def labels() -> Case:
    """The table of emotions, as `contracts/labels.json`."""
    rows = [
        {
            "index": e.index,
            "id": e.id,
            "name": e.name,
            "fer": e.fer,
            "ko": e.korean,
            "colour": e.colour,
            "valence": e.valence,
            "arousal": e.arousal,
        }
        for e in EMOTIONS
    ]
    return {"emotions": rows, "unclear": [reason.value for reason in Unclear]}, {}


def detector_tensors() -> Case:
    """Frame → tensor, as an RGB picture (one grey level): shrinking, enlarging, sides that are no multiples."""
    cases: list[dict[str, Any]] = []
    pictures: dict[str, Image] = {}
    for width, height in ((400, 400), (200, 150), (333, 77)):
        frame = _astronaut(width, height)
        side = auto_side(width, height)
        size = detector_size(width, height, side)
        tensor = detector_tensor(frame, *size)[0]
        name = f"tensor-{width}x{height}"
        pictures[f"{name}-frame.png"] = frame
        pictures[f"{name}.png"] = np.ascontiguousarray(tensor.transpose(1, 2, 0)[:, :, ::-1].astype(np.uint8))
        cases.append({"frame": f"{name}-frame.png", "side": side, "size": size, "tensor": f"{name}.png"})
    return cases, pictures


def heads_to_boxes() -> Case:
    """Raw detector heads → boxes and landmarks (0.5 px)."""
    frame = _astronaut(128, 128)
    detector = Detector(threads=1)
    heads = [
        np.round(head.astype(np.float64), 4).astype(np.float32)
        for head in detector.heads(detector_tensor(frame, 160, 160))
    ]
    cases = []
    for threshold in (0.4, 0.02):
        found = decode(heads, (128 / 160, 128 / 160), (128, 128), threshold)
        faces = [
            {"box": _rounded(f.box), "score": round(f.score, 4), "landmarks": _rounded(f.landmarks)} for f in found
        ]
        cases.append({"threshold": threshold, "faces": faces})
    shapes = {name: [list(head.shape), _rounded(head.ravel())] for name, head in zip(_HEADS, heads, strict=True)}
    return {"frame": [128, 128], "tensor": [160, 160], "heads": shapes, "cases": cases}, {}


_HEADS = ("heatmap", "scale", "offset", "landmarks")


def crops() -> Case:
    """Frame and landmarks → aligned grey crop (one level) → probabilities (0.01) and *unclear*."""
    recognizer = EmotionRecognizer(threads=1)
    found = recognizer.detector.detect(_astronaut(512, 512))[0]
    cases: list[dict[str, Any]] = []
    pictures: dict[str, Image] = {}
    for name, side, turn in (("large", 384, 0.0), ("small", 120, 0.0), ("turned", 256, 25.0), ("edge", 256, 0.0)):
        frame = _astronaut(side, side)
        landmarks = found.landmarks * (side / 512)
        if turn:
            matrix = cv2.getRotationMatrix2D((side / 2, side / 2), turn, 1.0)
            frame = cv2.warpAffine(frame, matrix, (side, side))  # type: ignore[assignment]
            landmarks = (landmarks @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
        if name == "edge":
            # the face reaches over the left edge
            frame, landmarks = np.ascontiguousarray(frame[:, 108:]), landmarks - np.array([108, 0], np.float32)
        crop = recognizer.classifier.crop(frame, landmarks)
        pictures |= {f"crop-{name}-frame.png": frame, f"crop-{name}.png": crop}
        probabilities = recognizer.classify_crops(crop[np.newaxis])[0]
        cases.append(
            {
                "frame": f"crop-{name}-frame.png",
                "landmarks": _rounded(landmarks),
                "crop": f"crop-{name}.png",
                "probabilities": _rounded(probabilities),
                "affect": _rounded(affect(probabilities)),
            }
        )
    return {"model": recognizer.classifier.model.sha256, "cases": cases}, pictures


def unclear() -> Case:
    """Box, landmarks, crop and confidence → why a face is not read."""
    grey = as_grey(_astronaut(512, 512))[66:162, 178:274]
    sharp = cv2.resize(grey, (48, 48), interpolation=cv2.INTER_AREA)
    pictures: dict[str, Image] = {
        "unclear-sharp.png": sharp,  # type: ignore[dict-item]
        "unclear-soft.png": cv2.GaussianBlur(sharp, (0, 0), 0.8),  # type: ignore[dict-item]
        "unclear-blurred.png": cv2.GaussianBlur(sharp, (0, 0), 3),  # type: ignore[dict-item]
        "unclear-flat.png": np.full((48, 48), 90, np.uint8),
    }
    front = np.array([[10, 10], [30, 12], [20, 20], [12, 30], [28, 30]], np.float32)
    cases = []
    for crop in pictures:
        for box in ((0, 0, 40, 50), (3, 4, 19.5, 60)):
            for shift in (0.0, 8.0, 9.0):
                for confidence in (0.3, 0.8):
                    landmarks = front + np.array([[0, 0], [0, 0], [shift, 0], [0, 0], [0, 0]], np.float32)
                    reason = quality.unclear(Box(*box), landmarks, pictures[crop], confidence, 0.4)
                    cases.append(
                        {
                            "box": box,
                            "landmarks": landmarks.tolist(),
                            "crop": crop,
                            "confidence": confidence,
                            "unclear": reason,
                        }
                    )
    sharpness = {crop: round(quality.sharpness(picture), 6) for crop, picture in pictures.items()}
    return {"bar": 0.4, "sharpness": sharpness, "cases": cases}, pictures


def tracks() -> Case:
    """Detections over time → track ids."""
    passing = [(i / 30, [(6.0 * i, 0.0, 40.0, 50.0), (354 - 6.0 * i, 20.0, 40.0, 50.0)]) for i in range(60)]
    fast = [(i / 30, [(25.0 * i, 10.0, 20.0, 20.0)]) for i in range(20)]
    lost = [
        (0.0, [(0.0, 0.0, 40.0, 40.0)]),
        (0.5, []),
        (0.9, [(10.0, 0.0, 40.0, 40.0)]),
        (2.5, [(10.0, 0.0, 40.0, 40.0)]),
    ]
    rng = np.random.default_rng(7)
    wild = [
        (
            i / 10,
            [
                tuple(_rounded(rng.uniform((0, 0, 20, 20), (600, 400, 90, 90)), 1))
                for _ in range(int(rng.integers(0, 5)))
            ],
        )
        for i in range(40)
    ]
    cases = []
    for name, frames in {"passing": passing, "fast": fast, "lost": lost, "wild": wild}.items():
        tracker = Tracker()
        seen = [
            {
                "time": time,
                "boxes": boxes,
                "ids": [r.track_id for r in tracker.update([make_face(box) for box in boxes], time)],
            }
            for time, boxes in frames
        ]
        cases.append({"name": name, "frames": seen})
    return cases, {}


def smoothing() -> Case:
    """Readings of one face over time → smoothed probabilities and label."""
    rng = np.random.default_rng(11)
    script: list[tuple[float, Face]] = []
    time = 0.0
    for name, seconds in (
        ("neutral", 1.5),
        ("happiness", 2.0),
        ("surprise", 0.1),
        ("happiness", 1.0),
        ("sadness", 2.0),
    ):
        until = time + seconds
        while time < until:
            reason = rng.choice(np.array([None, None, None, None, Unclear.UNSURE, Unclear.TURNED], object))
            script.append(
                (
                    round(time, 4),
                    make_face(emotion=name, confidence=round(float(rng.uniform(0.4, 0.95)), 3), unclear=reason),
                )
            )
            time += float(rng.uniform(0.02, 0.15))
    script += [(round(time + 0.3 * i, 4), make_face(emotion="fear", unclear=Unclear.SMALL)) for i in range(1, 6)]
    tracker = Tracker()
    steps = []
    for at, face in script:
        (reading,) = tracker.update([face], at)
        steps.append(
            {
                "time": at,
                "probabilities": _rounded(face.probabilities, 6),
                "unclear": face.unclear,
                "smoothed": _rounded(reading.smoothed),
                "label": reading.label.name if reading.label else None,
            }
        )
    defaults = TrackingSettings()
    settings = {name: getattr(defaults, name) for name in defaults.__slots__}
    return {"settings": settings, "steps": steps}, {}


def spells() -> Case:
    """Readings → spells."""
    stretches: dict[str, list[tuple[str | None, float, float]]] = {
        "changes": [("happiness", 0, 30), ("surprise", 30, 34), ("sadness", 34, 60)],
        "short change": [("happiness", 0, 60), ("surprise", 60, 65), ("happiness", 65, 100)],
        "too short": [("happiness", 0, 9)],
        "long": [("neutral", 0, 700)],
        "away": [("neutral", 0, 20), ("neutral", 60, 80)],
        "unclear": [(None, 0, 20), ("sadness", 20, 40), (None, 40, 45), ("sadness", 45, 50)],
    }
    cases = []
    for name, parts in stretches.items():
        maker = SpellMaker(make_id=lambda: UUID(int=0))
        moments, made = [], []
        for emotion, start, end in parts:
            label = BY_NAME[emotion] if emotion else None
            probabilities: Floats = make_face(emotion=emotion or "neutral", confidence=0.8).probabilities
            for time in np.arange(start, end, 0.5):
                moments.append([float(time), emotion, emotion is None])
                made.append(maker.add(Moment(float(time), label, probabilities, emotion is None)))
        made.append(maker.end())
        expected = [
            {
                "start": s.start,
                "end": s.end,
                "emotion": s.emotion.name,
                "probabilities": _rounded(s.probabilities),
                "readings": s.readings,
                "unclear_share": round(s.unclear_share, 4),
            }
            for s in made
            if s
        ]
        cases.append({"name": name, "moments": moments, "confidence": 0.8, "spells": expected})
    return cases, {}


def phrases() -> Case:
    """Probabilities to words, at and beside every threshold."""
    tops = [(0.97, 0.01), (0.8, 0.1), (0.79, 0.15), (0.6, 0.35), (0.59, 0.3), (0.59, 0.29), (0.45, 0.44), (0.3, 0.2)]
    cases = []
    for number, (first, second) in enumerate(tops):
        for unsure in (False, True):
            one, two = number % 8, (3 * number + 2) % 8
            if one == two:
                two = (two + 1) % 8
            probabilities = [(1 - first - second) / 6] * 8
            probabilities[one], probabilities[two] = first, second
            found = phrase(probabilities, unsure=unsure)
            cases.append(
                {
                    "probabilities": [round(value, 6) for value in probabilities],
                    "unsure": unsure,
                    "level": found.level.value,
                    **{
                        f"{lang}_{kind}": getattr(found, kind)(lang)
                        for lang in ("en", "ko")
                        for kind in ("short", "sentence")
                    },
                }
            )
    return cases, {}


FILES: dict[str, Callable[[], Case]] = {
    "labels.json": labels,
    "phrases.json": lambda: (contract(), {}),
    "golden/phrases.json": phrases,
    "golden/tensors.json": detector_tensors,
    "golden/boxes.json": heads_to_boxes,
    "golden/crops.json": crops,
    "golden/unclear.json": unclear,
    "golden/tracks.json": tracks,
    "golden/smoothing.json": smoothing,
    "golden/spells.json": spells,
    **meaning.FILES,
}
