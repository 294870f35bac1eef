"""CenterFace (Xu et al. 2019, "CenterFace: joint face detection and alignment using face as point")."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from feeling_manager.inference.models import DETECTOR_INPUT, DETECTOR_OUTPUTS, load_detector
from feeling_manager.inference.preprocess import detector_size, detector_tensor
from feeling_manager.inference.session import make_session
from feeling_manager.ranges import check
from feeling_manager.types import Box, Floats, Image

CELL = 4
"""Pixels of the tensor a cell of the heatmap spans."""
OVERLAP = 0.3
"""Of two boxes that overlap more (intersection over union), the less sure one goes."""
MIN_SIDE, MAX_SIDE = 320, 960


class Detection(NamedTuple):
    """A face found: box clipped to the frame, score 0 to 1, landmarks float32 `(5, 2)`, all in frame pixels."""

    box: Box
    score: float
    landmarks: Floats


def auto_side(width: int, height: int) -> int:
    """Half the frame's longer side, within `MIN_SIDE` and `MAX_SIDE`: a face of 1/20 of the frame is still found."""
    return min(max(max(width, height) // 2, MIN_SIDE), MAX_SIDE)


class Detector:
    """Finds faces. side: pixels of the longer side that the network sees, None chooses it for each frame."""

    def __init__(
        self, *, threshold: float = 0.4, side: int | None = None, provider: str = "cpu", threads: int | None = None
    ) -> None:
        check("threshold", threshold)
        check("detection_side", side)
        self.threshold = threshold
        self.side = side
        self.model = load_detector()
        self._session = make_session(self.model.content, provider, threads)

    def detect(self, frame: Image) -> list[Detection]:
        """Faces in a BGR frame, the surest first."""
        height, width = frame.shape[:2]
        size = detector_size(width, height, self.side or auto_side(width, height))
        heads = self.heads(detector_tensor(frame, *size))
        return decode(heads, (width / size[0], height / size[1]), (width, height), self.threshold)

    def heads(self, tensor: Floats) -> list[Floats]:
        """The raw heads, `(1, c, height / 4, width / 4)` each: heatmap, scale, offset, landmarks."""
        return self._session.run(DETECTOR_OUTPUTS, {DETECTOR_INPUT: tensor})  # type: ignore[no-any-return]


def decode(
    heads: list[Floats], zoom: tuple[float, float], size_wh: tuple[int, int], threshold: float
) -> list[Detection]:
    """Faces from the four raw heads of one frame. zoom: frame pixels per tensor pixel, horizontally, vertically."""
    heatmap, scale, offset, points = (head[0] for head in heads)
    rows, columns = np.nonzero(heatmap[0] > threshold)
    if not len(rows):
        return []
    scores = heatmap[0][rows, columns]
    heights, widths = np.exp(scale[:, rows, columns]) * CELL
    tops = (rows + offset[0][rows, columns] + 0.5) * CELL - heights / 2
    lefts = (columns + offset[1][rows, columns] + 0.5) * CELL - widths / 2
    boxes = np.stack([lefts, tops, widths, heights], 1) * (zoom * 2)
    keep = suppress(boxes, scores)
    marks = points[:, rows, columns].T.reshape(-1, 5, 2)[:, :, ::-1]  # stored as y, x within the box
    marks = boxes[:, np.newaxis, :2] + marks * boxes[:, np.newaxis, 2:]
    found = (
        Detection(Box(*boxes[i].tolist()).clip(*size_wh), float(scores[i]), marks[i].astype(np.float32)) for i in keep
    )
    return [detection for detection in found if detection.box.w >= 1 and detection.box.h >= 1]


def suppress(boxes: npt.NDArray[np.float64], scores: Floats) -> list[int]:
    """Greedy non-maximum suppression: indices of the boxes `(n, 4)` that stay, the surest first."""
    order = np.argsort(-scores, kind="stable")
    left, top, width, height = boxes.T
    right, bottom, area = left + width, top + height, width * height
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(int(best))
        shared_w = np.minimum(right[best], right[rest]) - np.maximum(left[best], left[rest])
        shared_h = np.minimum(bottom[best], bottom[rest]) - np.maximum(top[best], top[rest])
        shared = np.maximum(shared_w, 0) * np.maximum(shared_h, 0)
        order = rest[shared <= OVERLAP * (area[best] + area[rest] - shared)]
    return kept
