"""What the browser's smaller detector loses beside the float32 one:

    python -m benchmarks.web.packed faces350.tar.gz [COUNT] [FILM ...]

Faces are put into noisy frames as looks.py does it; of films every sixth frame is taken. Rows: the file the browser
gets, the same with float16 weights only, and with the large weights in eight bits.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import numpy_helper

from benchmarks.web.looks import framed, pictures
from feeling_manager.inference.detector import Detection, Detector
from feeling_manager.inference.emotion import EmotionClassifier
from feeling_manager.inference.graphs import halve_weights, pack_weights
from feeling_manager.inference.models import load_detector
from feeling_manager.inference.session import make_session
from feeling_manager.types import Image

SIDE, EVERY = 320, 6


def rounded(model: onnx.ModelProto) -> None:
    """The weights that are packed, rounded to eight bits and a scale per output channel, in place."""
    kernels = {node.input[1] for node in model.graph.node if node.op_type == "Conv"}
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.name in kernels and values.size >= 20_000:
            scales = np.abs(values).max(axis=(1, 2, 3), keepdims=True) / 127
            tensor.CopyFrom(numpy_helper.from_array(np.rint(values / scales) * scales, tensor.name))


def twelve(model: onnx.ModelProto) -> None:
    pack_weights(model)
    halve_weights(model)


KINDS: dict[str, Callable[[onnx.ModelProto], None]] = {"int12": twelve, "float16": halve_weights, "int8": rounded}


def frames(files: list[Path]) -> list[Image]:
    """Of films every sixth."""
    found: list[Image] = []
    for path in files:
        film, i = cv2.VideoCapture(str(path)), 0
        while (read := film.read())[0]:
            if i % EVERY == 0:
                found.append(read[1])  # type: ignore[arg-type]
            i += 1
    return found


def nearest(face: Detection, others: list[Detection]) -> Detection | None:
    """The one that is closer than half the face's width."""
    near = [one for one in others if np.hypot(one.box.x - face.box.x, one.box.y - face.box.y) < face.box.w / 2]
    return min(near, key=lambda one: abs(one.box.x - face.box.x), default=None)


def main() -> None:
    """Prints a table in Markdown."""
    some = pictures(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100)
    rng = np.random.default_rng(0)
    seen = [framed(picture, width, rng) for width in (60, 120, 220) for picture in some]
    seen += frames([Path(name) for name in sys.argv[3:]])
    full, classifier = Detector(side=SIDE), EmotionClassifier()
    found = [full.detect(frame) for frame in seen]
    print(f"{len(seen)} frames, {sum(map(len, found))} faces\n")
    print("| weights | bytes | faces missed, new | box off, mean, most | score off | landmarks off | same emotion |")
    print("|---|---|---|---|---|---|---|")
    for name, change in KINDS.items():
        model = onnx.load_from_string(load_detector().content)
        change(model)
        content = model.SerializeToString(deterministic=True)
        look = Detector(side=SIDE)
        look._session = make_session(content)
        boxes, scores, marks, same, missed, more = [], [], [], 0, 0, 0
        for frame, faces in zip(seen, found, strict=True):
            again = look.detect(frame)
            more += max(len(again) - len(faces), 0)
            for face in faces:
                twin = nearest(face, again)
                if twin is None:
                    missed += 1
                    continue
                boxes.append(float(np.abs(np.subtract(twin.box, face.box)).max()))
                scores.append(abs(twin.score - face.score))
                eyes = np.linalg.norm(face.landmarks[0] - face.landmarks[1])
                marks.append(float(np.linalg.norm(twin.landmarks - face.landmarks, axis=1).mean() / eyes))
                one, other = (
                    classifier.classify_crops(classifier.crop(frame, m)[None])[0]
                    for m in (face.landmarks, twin.landmarks)
                )
                same += int(one.argmax() == other.argmax())
        size = "" if name == "int8" else f"{len(content):,}"
        print(
            f"| {name} | {size} | {missed}, {more} | {np.mean(boxes):.2f}, {max(boxes):.1f} px "
            f"| {np.mean(scores):.4f}, {max(scores):.4f} | {np.mean(marks):.4f}, {max(marks):.3f} "
            f"| {same / len(boxes):.1%} |"
        )


if __name__ == "__main__":
    main()
