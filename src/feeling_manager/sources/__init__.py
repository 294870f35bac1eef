"""Where frames come from: camera, video file, stream, screen, pictures, all behind `FrameSource`."""

import re
from collections.abc import Sequence
from pathlib import Path

from feeling_manager.errors import SourceError, UsageError
from feeling_manager.sources.cut import cut
from feeling_manager.types import FrameSource, Image

_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_CAMERA = re.compile(r"^\d{1,3}$|^/dev/video\d+$")


def open_source(
    spec: int | str | Path | Sequence[str | Path | Image],
    *,
    start: float | None = None,
    end: float | None = None,
    every: int = 1,
    fps: float | None = None,
) -> FrameSource:
    """The source that `spec` names, to be used as a context manager.

    spec: a number or /dev/videoN is a camera; "screen" or "screen:x,y,w,h" the screen or a region of it;
    rtsp://, http:// and so on a stream; a path a video, a picture or a folder of pictures; several paths or arrays,
    pictures. start, end: seconds of the source's clock. every: only each n-th frame. fps: frames a second of a
    screen, or of pictures in a row. Raises SourceError (also on entering) for what can't be opened, UsageError for
    what fits no source.
    """
    if every < 1:
        raise UsageError(f"Each n-th frame is read from 1 on, not {every}.")
    if isinstance(spec, list | tuple):
        from feeling_manager.sources.images import ImagesSource

        pictures = [Path(picture) if isinstance(picture, str) else picture for picture in spec]
        return cut(ImagesSource(pictures, fps=fps, every=every), start, end)
    text = str(spec)
    if _CAMERA.match(text):
        from feeling_manager.sources.capture import CameraSource

        return cut(CameraSource(int(text) if text.isdigit() else text, every=every), start, end)
    if text == "screen" or text.startswith("screen:"):
        from feeling_manager.sources.screen import ScreenSource, parse_region

        region = parse_region(text.removeprefix("screen").removeprefix(":"))
        return cut(ScreenSource(region, fps=fps or 10.0, every=every), start, end)
    if _ADDRESS.match(text):
        from feeling_manager.sources.stream import open_address

        return open_address(text, start=start, end=end, every=every)
    return _open_path(Path(text), start, end, every, fps)


def _open_path(path: Path, start: float | None, end: float | None, every: int, fps: float | None) -> FrameSource:
    from feeling_manager.sources.images import PICTURES, ImagesSource, pictures_in

    try:
        there, folder = path.exists(), path.is_dir()
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise SourceError(f"{str(path)[:60]!r} can't be a file's name ({said}); check it.") from error
    if not there:
        raise SourceError(f"There is no file {path}; check the name.")
    if folder:
        return cut(ImagesSource(pictures_in(path), fps=fps, every=every), start, end)
    if path.suffix.lower() in PICTURES:
        return cut(ImagesSource([path], fps=fps, every=every), start, end)
    from feeling_manager.sources.video import VideoSource

    return VideoSource(path, start=start, end=end, every=every)
