"""Who is in a picture, and what do their faces show? `python examples/recognize_picture.py [PICTURE]`."""

import sys

import cv2
import skimage.data

from feeling_manager import EmotionRecognizer


def main() -> None:
    picture = cv2.imread(sys.argv[1]) if len(sys.argv) > 1 else skimage.data.astronaut()[:, :, ::-1].copy()
    if picture is None:
        sys.exit(f"{sys.argv[1]} can't be read as a picture.")
    for number, face in enumerate(EmotionRecognizer().recognize(picture), 1):
        left, top, width, height = (round(value) for value in face.box)
        shown = face.emotion.name if face.emotion else f"unclear ({face.unclear})"
        print(f"face {number} at {left},{top} of {width}x{height} pixels: {shown}, {face.confidence:.0%}")


if __name__ == "__main__":
    main()
