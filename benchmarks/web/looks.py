"""What a coarse look of the detector loses beside a full one: `python benchmarks/web/looks.py faces350.tar.gz [COUNT]`.

Faces are put at a random place into noisy frames of 640x480, so wide as the rows say. Beside the coarse look stands one
at nearly the full size: it differs too, by what the detector's landmarks are unsure of.
"""

import sys
import tarfile
from pathlib import Path

import cv2
import numpy as np

from feeling_manager.inference.detector import Detector
from feeling_manager.inference.emotion import EmotionClassifier
from feeling_manager.types import Image

FULL, OTHERS = 320, (160, 288)
FACE_SHARE = 0.6
"""Of the picture's width."""


def pictures(path: Path, count: int) -> list[Image]:
    """The first so many pictures of the archive, BGR."""
    found: list[Image] = []
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(".jpg") else None
            if file is not None:
                found.append(cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR))  # type: ignore[arg-type]
            if len(found) == count:
                break
    return found


def framed(picture: Image, width: int, rng: np.random.Generator) -> Image:
    """A frame of 640x480 in which the face is about so wide."""
    scale = width / (picture.shape[1] * FACE_SHARE)
    face = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:480, :640]
    h, w = face.shape[:2]
    frame = np.full((480, 640, 3), 110, np.uint8)
    y, x = rng.integers(0, 480 - h + 1), rng.integers(0, 640 - w + 1)
    frame[y : y + h, x : x + w] = face
    noisy: Image = np.clip(frame + rng.normal(0, 3, frame.shape), 0, 255).astype(np.uint8)
    return noisy


def main() -> None:
    """Prints a table in Markdown."""
    some = pictures(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200)
    classifier, full = EmotionClassifier(), Detector(side=FULL)
    print("| face | look | found | landmarks apart | same emotion |\n|---|---|---|---|---|")
    for width in (120, 220):
        rng = np.random.default_rng(0)
        frames = [(frame, full.detect(frame)) for frame in (framed(picture, width, rng) for picture in some)]
        for side in OTHERS:
            look = Detector(side=side)
            apart, same, asked = [], 0, 0
            for frame, found in frames:
                if len(found) != 1:
                    continue
                asked += 1
                again = look.detect(frame)
                if len(again) != 1:
                    continue
                eyes = np.linalg.norm(found[0].landmarks[0] - found[0].landmarks[1])
                apart.append(float(np.linalg.norm(again[0].landmarks - found[0].landmarks, axis=1).mean() / eyes))
                marks = (found[0].landmarks, again[0].landmarks)
                one, other = (classifier.classify_crops(classifier.crop(frame, m)[None])[0] for m in marks)
                same += int(one.argmax() == other.argmax())
            print(
                f"| {width} px | {side} | {len(apart)} of {asked} | {np.median(apart):.3f} of the eyes' distance "
                f"| {same / max(len(apart), 1):.1%} |"
            )


if __name__ == "__main__":
    main()
