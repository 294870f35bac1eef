"""Cameras, through OpenCV."""

import time

import cv2

from feeling_manager.errors import SourceError, SourceLostError
from feeling_manager.sources.newest import NewestFrame
from feeling_manager.types import Image

PATIENCE = 1.0
"""Seconds without a picture after which a camera counts as gone."""


class CameraSource(NewestFrame):
    """A camera by its index, or by its device or any other name that OpenCV opens."""

    def __init__(self, device: int | str, *, every: int = 1) -> None:
        super().__init__(f"camera {device}", every=every)
        self._device = device

    def _open(self) -> None:
        # OpenCV reports every index that is not there
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        self._capture = cv2.VideoCapture(self._device)
        if not self._capture.isOpened():
            raise SourceError(
                f"There is no camera {self._device}, or another program uses it: `feeling doctor` lists the cameras."
            )

    def _read(self) -> Image | None:
        lost = time.monotonic() + PATIENCE
        while not self._stop.is_set():
            there, image = self._capture.read()
            if there and image is not None and image.size:
                return image  # type: ignore[return-value]
            if time.monotonic() > lost:
                raise SourceLostError(f"The camera {self._device} gives no more pictures; plug it in and start again.")
            time.sleep(0.02)
        return None

    def _close(self) -> None:
        if hasattr(self, "_capture"):
            self._capture.release()


def list_cameras(most: int = 10) -> list[int]:
    """The indices of cameras that can be opened now."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    found = []
    for index in range(most):
        capture = cv2.VideoCapture(index)
        if capture.isOpened():
            found.append(index)
        capture.release()
    return found
