"""Writes a film for Chromium's fake camera: NASA's astronaut, smiling, swaying a little.

python scripts/fake_camera.py OUT.mjpeg [--empty]
"""

import io
import math
import sys
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image, ImageFilter

SIZE = (640, 480)
FRAMES = 60


def frames(empty: bool) -> list[bytes]:
    """JPEG files. empty: the room without anybody."""
    portrait = Image.fromarray(skimage.data.astronaut()).resize((620, 620), Image.Resampling.LANCZOS)
    room = portrait.resize(SIZE).filter(ImageFilter.GaussianBlur(60))
    made = []
    for i in range(FRAMES):
        turn = 2 * math.pi * i / FRAMES
        picture = room.copy()
        if not empty:
            picture.paste(portrait, (int(30 + 14 * math.sin(turn)), int(-10 + 5 * math.cos(turn))))
        noise = np.random.default_rng(i).normal(0, 2, (SIZE[1], SIZE[0], 1))
        grainy = np.clip(np.asarray(picture, np.float64) + noise, 0, 255).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(grainy).save(file, "JPEG", quality=90)
        made.append(file.getvalue())
    return made


def main() -> None:
    """See the module."""
    Path(sys.argv[1]).write_bytes(b"".join(frames("--empty" in sys.argv)))


if __name__ == "__main__":
    main()
