"""Where frames come from: camera, video file, stream, screen, pictures, all behind `FrameSource`."""

import re
from collections.abc import Sequence
from pathlib import Path

from feeling_manager.errors import SourceError, UsageError
from feeling_manager.types import FrameSource

_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_CAMERA = re.compile(r"^\d{1,3}$|^/dev/video\d+$")


def open_source(
    spec: int | str | Path | Sequence[str | Path],
    *,
    start: float | None = None,
    end: float | None = None,
    every: int = 1,
    fps: float | None = None,
) -> FrameSource:
    """The source that `spec` names, to be used as a context manager.

    spec: a number or /dev/videoN is a camera; "screen" or "screen:x,y,w,h" the screen or a region of it;
    rtsp://, http:// and so on a stream; a path a video, a picture or a folder of pictures; several paths, pictures.
    start, end: seconds of a file. every: only each n-th frame. fps: frames a second of a screen, or of pictures in a
    row. Raises SourceError (also on entering) for what can't be opened, UsageError for what fits no source.
    """
    from feeling_manager.sources.images import PICTURES, ImagesSource, pictures_in

    if every < 1:
        raise UsageError(f"Each n-th frame is read from 1 on, not {every}.")
    if isinstance(spec, list | tuple):
        return ImagesSource([Path(path) for path in spec], fps=fps, every=every)
    text = str(spec)
    if _CAMERA.match(text):
        from feeling_manager.sources.capture import CameraSource

        return CameraSource(int(text) if text.isdigit() else text, every=every)
    if text == "screen" or text.startswith("screen:"):
        from feeling_manager.sources.screen import ScreenSource, parse_region

        return ScreenSource(parse_region(text.removeprefix("screen").removeprefix(":")), fps=fps or 10.0, every=every)
    if _ADDRESS.match(text):
        from feeling_manager.sources.stream import open_address

        return open_address(text, start=start, end=end, every=every)
    path = Path(text)
    if path.is_dir():
        return ImagesSource(pictures_in(path), fps=fps, every=every)
    if not path.exists():
        raise SourceError(f"There is no file {path}; check the name.")
    if path.suffix.lower() in PICTURES:
        return ImagesSource([path], fps=fps, every=every)
    from feeling_manager.sources.video import VideoSource

    return VideoSource(path, start=start, end=end, every=every)
