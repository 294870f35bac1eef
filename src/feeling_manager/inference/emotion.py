"""The emotion network: grey crops in, eight probabilities out."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from feeling_manager.errors import InvalidImageError
from feeling_manager.inference.models import Model, load_emotion
from feeling_manager.inference.preprocess import align, emotion_tensor, resize
from feeling_manager.inference.session import make_session
from feeling_manager.labels import NAMES
from feeling_manager.types import Floats, Image

BATCH = 64
"""Crops a run takes at most, so that memory does not grow with the crowd."""


class EmotionClassifier:
    """Runs the model by its manifest; the bundled one unless another manifest is given."""

    def __init__(self, *, manifest: Path | None = None, provider: str = "cpu", threads: int | None = None) -> None:
        self.model: Model = load_emotion(manifest)
        contract = self.model.manifest
        self.size: int = contract["input"]["size"][0]
        self.template: npt.NDArray[np.float32] = np.array(contract["crop"]["landmarks"], np.float32)
        self.bar: float = contract["unclear"]["confidence"]
        self._input: str = contract["input"]["name"]
        self._output: str = contract["output"]["name"]
        self._mean, self._std = float(contract["input"]["mean"]), float(contract["input"]["std"])
        self._columns = [NAMES.index(label) for label in contract["output"]["labels"]]
        self._session = make_session(self.model.content, provider, threads)

    def crop(self, frame: Image, landmarks: npt.ArrayLike) -> Image:
        """The aligned grey face, uint8 `(size, size)`."""
        return align(frame, landmarks, self.template, self.size)

    def classify_crops(self, crops: Image) -> Floats:
        """Probabilities float32 `(n, 8)`, in the order of `labels.EMOTIONS`, of grey uint8 crops `(n, h, w)`.

        Only resizes to the model's input: no detection, no alignment. Raises InvalidImageError for another shape or
        type.
        """
        if not isinstance(crops, np.ndarray) or crops.dtype != np.uint8 or crops.ndim != 3 or 0 in crops.shape[1:]:
            raise InvalidImageError("Crops must be a NumPy array of grey uint8 with the shape (n, height, width).")
        if crops.shape[1:] != (self.size, self.size) and len(crops):
            crops = np.stack([resize(crop, self.size, self.size) for crop in crops])
        result = np.zeros((len(crops), len(NAMES)), np.float32)
        for start in range(0, len(crops), BATCH):
            tensor = emotion_tensor(crops[start : start + BATCH], self._mean, self._std)
            result[start : start + BATCH, self._columns] = self._session.run([self._output], {self._input: tensor})[0]
        return result
