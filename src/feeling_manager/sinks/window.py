"""A window that shows the live picture. The only file that needs a display."""

import os
import sys
from types import TracebackType
from typing import Self

import cv2

from feeling_manager.errors import DisplayError
from feeling_manager.types import Image

TITLE = "Feeling Manager"


def has_display() -> bool:
    """Whether a window can be opened. OpenCV's toolkit ends the process where it can't, so this is asked first."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class Window:
    """A context manager. Raises DisplayError where there is no display, or OpenCV was built without windows."""

    def __enter__(self) -> Self:
        if not has_display():
            raise DisplayError(
                "There is no display for a window: add --headless --json for readings on the terminal, "
                "or --headless --record DIR for files."
            )
        # Qt complains of fonts that OpenCV's wheels lack and this window does not use
        os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
        try:
            cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        except cv2.error as error:
            raise DisplayError(
                "This OpenCV can't open windows: install opencv-python in place of opencv-python-headless, "
                "or add --headless."
            ) from error
        self._sized = False
        return self

    def show(self, picture: Image, wait: float = 0.001) -> str:
        """Shows a picture and waits up to that many seconds for a key: its character, or "" for none.

        A window closed by its button is the key "q".
        """
        if not self._sized:
            cv2.resizeWindow(TITLE, picture.shape[1], picture.shape[0])
            self._sized = True
        cv2.imshow(TITLE, picture)
        key = cv2.waitKey(max(1, round(wait * 1000)))
        if cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) < 1:
            return "q"
        return chr(key & 0xFF).lower() if key >= 0 else ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        cv2.destroyAllWindows()
