"""Writes a film for Chromium's fake camera: NASA's astronaut, smiling, swaying a little.

python scripts/fake_camera.py OUT.mjpeg [--scene smile|two|blurred|empty]
"""

import argparse
import io
import math
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image, ImageFilter

SIZE = (640, 480)
FRAMES = 60
SCENES = {
    "smile": [(620, 30, -10)],
    "two": [(400, 0, 40), (300, 320, 120)],
    "blurred": [(620, 30, -10)],
    "empty": [],
}
"""Where the portrait stands: its side, left and top, in pixels."""
BLUR = 6


def frames(scene: str) -> list[bytes]:
    """JPEG files."""
    astronaut = Image.fromarray(skimage.data.astronaut())
    room = astronaut.resize(SIZE).filter(ImageFilter.GaussianBlur(60))
    portraits = [
        (astronaut.resize((side, side), Image.Resampling.LANCZOS), left, top) for side, left, top in SCENES[scene]
    ]
    if scene == "blurred":
        portraits = [(portrait.filter(ImageFilter.GaussianBlur(BLUR)), left, top) for portrait, left, top in portraits]
    made = []
    for i in range(FRAMES):
        turn = 2 * math.pi * i / FRAMES
        picture = room.copy()
        for portrait, left, top in portraits:
            sway = portrait.width / 620
            place = (int(left + 14 * sway * math.sin(turn)), int(top + 5 * sway * math.cos(turn)))
            picture.paste(portrait, place)
        noise = np.random.default_rng(i).normal(0, 2, (SIZE[1], SIZE[0], 1))
        grainy = np.clip(np.asarray(picture, np.float64) + noise, 0, 255).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(grainy).save(file, "JPEG", quality=90)
        made.append(file.getvalue())
    return made


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--scene", choices=SCENES, default="smile")
    asked = parser.parse_args()
    asked.out.write_bytes(b"".join(frames(asked.scene)))


if __name__ == "__main__":
    main()
