"""`feeling demo`: a generated clip and a folder of pictures, analysed."""

import math
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from feeling_manager.types import Image

WIDTH, HEIGHT, FPS = 640, 360, 30
PORTRAIT_SIDE, THIRD_SIDE = 290, 120
RATE = 44_100


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the clip and the results.")] = Path("out/demo"),
    seconds: Annotated[float, typer.Option(help="Length of the clip.", min=1, max=600)] = 10.0,
    lang: Annotated[str, typer.Option(help="Words in en or ko.")] = "en",
) -> None:
    """Make a clip and pictures of NASA's portrait of Eileen Collins, moved about, and analyse both."""
    from feeling_manager.cli.analyze import analyze
    from feeling_manager.errors import OutputError

    clip = out / "clip.mp4"
    pictures = out / "pictures"
    made_before = clip.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_clip(clip, seconds)
        write_pictures(pictures)
    except OSError as error:
        raise OutputError(f"The clip {clip} can't be written ({error.strerror}); choose another --out.") from error
    typer.echo(f"Made {clip}: {seconds:g} s, three faces that move, with sound; and {pictures}{os.sep}.")
    for inputs, results in (([str(clip)], out), ([str(pictures)], out / "album")):
        try:
            analyze(inputs, out=results, lang=lang, overwrite=made_before)
        except typer.Exit as done:
            if done.exit_code:
                raise
    typer.echo(f"Open {out / 'report.html'} and {out / 'album' / 'report.html'}, or look at {out / 'annotated.mp4'}.")


def write_clip(path: Path, seconds: float) -> None:
    """An H.264 video with a tone, 640x360 at 30 frames/s: three faces circle, one leaves, one loses focus."""
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "20"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("aac", rate=RATE, layout="mono")
        heard = 0
        for index, image in enumerate(_frames(round(seconds * FPS))):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(video.encode(frame))
            until = round((index + 1) * RATE / FPS)
            phase = np.arange(heard, until) * (2 * math.pi * 440 / RATE)
            tone = av.AudioFrame.from_ndarray(
                0.05 * np.sin(phase, dtype=np.float32)[None], format="fltp", layout="mono"
            )
            tone.sample_rate, tone.pts, tone.time_base = RATE, heard, Fraction(1, RATE)
            heard = until
            container.mux(audio.encode(tone))
        for stream in (video, audio):
            container.mux(stream.encode(None))


def write_pictures(folder: Path) -> None:
    """Eight frames of such a clip, each a picture for itself."""
    import cv2

    folder.mkdir(parents=True, exist_ok=True)
    for index, image in enumerate(_frames(8)):
        _, jpeg = cv2.imencode(".jpg", image)
        (folder / f"{index + 1}.jpg").write_bytes(jpeg.tobytes())


def _frames(number: int) -> Iterator["Image"]:
    import cv2
    import numpy as np
    import skimage.data

    portrait = skimage.data.astronaut()[:380, 40:420, ::-1]
    left = cv2.resize(portrait, (PORTRAIT_SIDE, PORTRAIT_SIDE), interpolation=cv2.INTER_AREA)
    right = np.ascontiguousarray(left[:, ::-1])
    small = cv2.resize(portrait, (THIRD_SIDE, THIRD_SIDE), interpolation=cv2.INTER_AREA)
    for index in range(number):
        turn = 2 * math.pi * index / max(number, 1)
        canvas = np.full((HEIGHT, WIDTH, 3), (96, 84, 72), np.uint8)
        # the second fades and then loses focus, so that it can't be read; the first leaves for a fifth of the clip
        second = (right * (0.65 + 0.35 * math.cos(turn))).astype(np.uint8)
        if 0.7 < index / number < 0.85:
            second = cv2.GaussianBlur(second, (0, 0), 7).astype(np.uint8, copy=False)
        _place(canvas, small, 320 + 12 * math.sin(turn), 70 + 8 * math.cos(turn))
        _place(canvas, second, 495 + 20 * math.cos(2 * turn), 205 + 14 * math.sin(turn))
        if not 0.4 < index / number < 0.6:
            _place(canvas, left, 145 - 24 * math.cos(turn), 205 + 16 * math.sin(2 * turn))
        yield canvas


def _place(canvas: "Image", picture: "Image", x: float, y: float) -> None:
    """Draws the picture with its centre at (x, y), as far as it lies within the canvas."""
    height, width = canvas.shape[:2]
    side = picture.shape[0]
    left, top = round(x - side / 2), round(y - side / 2)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    canvas[y0:y1, x0:x1] = picture[y0 - top : y1 - top, x0 - left : x1 - left]
