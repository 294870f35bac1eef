"""Frames in, faces with emotions out: detection, alignment and classification in one object."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from feeling_manager.inference import quality
from feeling_manager.inference.detector import Detection, Detector
from feeling_manager.inference.emotion import EmotionClassifier
from feeling_manager.inference.preprocess import as_bgr, from_crop
from feeling_manager.labels import EMOTIONS, affect
from feeling_manager.types import Face, Floats, Frame, Image


class EmotionRecognizer:
    """Reads emotions from faces.

    provider: cpu, cuda, coreml, directml or openvino. threads: of each network, None leaves it to ONNX Runtime.
    detection_side: pixels of the longer side that the detector sees, None chooses it for each frame (half the
    frame's, within 320 and 960); larger finds smaller faces and takes longer. threshold: the detector's score from
    which a face counts. manifest: that of another emotion model.

    Raises ModelError or ProviderError when a model can't be used.
    """

    def __init__(
        self,
        *,
        provider: str = "cpu",
        threads: int | None = None,
        detection_side: int | None = None,
        threshold: float = 0.4,
        manifest: Path | None = None,
    ) -> None:
        self.detector = Detector(threshold=threshold, side=detection_side, provider=provider, threads=threads)
        self.classifier = EmotionClassifier(manifest=manifest, provider=provider, threads=threads)

    def recognize(self, frame: Frame | Image) -> list[Face]:
        """Faces in a frame (uint8 BGR `(h, w, 3)`, grey `(h, w)`, or a `Frame`), the surest found first."""
        return self.recognize_batch([frame])[0]

    def recognize_batch(self, frames: Sequence[Frame | Image]) -> list[list[Face]]:
        """`recognize` for several frames, their faces classified together."""
        images = [as_bgr(frame.image if isinstance(frame, Frame) else frame) for frame in frames]
        found = [self.detector.detect(image) for image in images]
        crops = [
            self.classifier.crop(image, detection.landmarks)
            for image, detections in zip(images, found, strict=True)
            for detection in detections
        ]
        if not crops:
            return [[] for _ in images]
        probabilities, points = self.classifier.read_crops(np.stack(crops))
        read = iter(zip(crops, probabilities, [None] * len(crops) if points is None else points, strict=True))
        return [[self._face(detection, *next(read)) for detection in detections] for detections in found]

    def classify_crops(self, crops: Image) -> Floats:
        """Probabilities float32 `(n, 8)` of grey uint8 crops `(n, h, w)`: see `EmotionClassifier.classify_crops`."""
        return self.classifier.classify_crops(crops)

    def _face(self, detection: Detection, crop: Image, probabilities: Floats, points: Floats | None) -> Face:
        best = int(probabilities.argmax())
        confidence = float(probabilities[best])
        reason = quality.unclear(detection.box, detection.landmarks, crop, confidence, self.classifier.threshold)
        valence, arousal = affect(probabilities)
        return Face(
            box=detection.box,
            score=detection.score,
            landmarks=detection.landmarks,
            probabilities=probabilities,
            emotion=None if reason else EMOTIONS[best],
            confidence=confidence,
            unclear=reason,
            valence=valence,
            arousal=arousal,
            landmarks68=None if points is None else from_crop(points, detection.landmarks, self.classifier.template),
        )
