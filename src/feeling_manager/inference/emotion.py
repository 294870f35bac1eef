"""The emotion network: crops in, eight probabilities out."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from feeling_manager.errors import InvalidImageError
from feeling_manager.inference.contract import Contract
from feeling_manager.inference.models import Model, load_emotion
from feeling_manager.inference.preprocess import align, emotion_tensor, resize
from feeling_manager.inference.session import make_session
from feeling_manager.labels import NAMES
from feeling_manager.landmarks import POINTS
from feeling_manager.types import Floats, Image

BATCH = 64
"""Crops a run takes at most, so that memory does not grow with the crowd."""


class EmotionClassifier:
    """Runs the model by its manifest; the bundled one unless another manifest is given."""

    def __init__(self, *, manifest: Path | None = None, provider: str = "cpu", threads: int | None = None) -> None:
        self.model: Model = load_emotion(manifest)
        self.contract = Contract.of(self.model.manifest)
        self.size, self.template, self.threshold = self.contract.size, self.contract.template, self.contract.threshold
        self._session = make_session(self.model.content, provider, threads)
        first = self._session.get_inputs()[0]
        self._input: str = self.contract.input_name or first.name
        self._output: str = self.contract.output_name or self._session.get_outputs()[0].name
        # a file may have its batch fixed, most often to one
        self._batch: int = first.shape[0] if isinstance(first.shape[0], int) else BATCH

    def crop(self, frame: Image, landmarks: npt.ArrayLike) -> Image:
        """The aligned face of a BGR frame: grey uint8 `(size, size)`, or BGR `(size, size, 3)` for a colour model."""
        return align(frame, landmarks, self.template, self.size, colour=self.contract.colour != "gray")

    def classify_crops(self, crops: Image) -> Floats:
        """Probabilities float32 `(n, 8)`, in the order of `labels.EMOTIONS`, of grey uint8 crops `(n, h, w)`.

        Only resizes to the model's input: no detection, no alignment. A colour model takes BGR `(n, h, w, 3)` as well.
        An emotion that the model does not know gets 0. Raises InvalidImageError for another shape or type.
        """
        return self._run(crops, [self._output])[0]

    def read_crops(self, crops: Image) -> tuple[Floats, Floats | None]:
        """`classify_crops`, and the 68 landmarks float32 `(n, 68, 2)` in pixels of the model's input.

        None in their place from a model that finds none.
        """
        if self.contract.landmarks_name is None:
            return self.classify_crops(crops), None
        probabilities, points = self._run(crops, [self._output, self.contract.landmarks_name])
        return probabilities, points

    def _run(self, crops: Image, outputs: list[str]) -> list[Floats]:
        colour = self.contract.colour != "gray"
        if not _are_crops(crops, colour):
            raise InvalidImageError("Crops must be a NumPy array of grey uint8 with the shape (n, height, width).")
        results = [np.zeros((len(crops), *shape), np.float32) for shape in ((len(NAMES),), (POINTS, 2))[: len(outputs)]]
        for start in range(0, len(crops), self._batch):
            part = crops[start : start + self._batch]
            if part.shape[1:3] != (self.size, self.size):
                part = np.stack([resize(crop, self.size, self.size) for crop in part])
            if colour:
                part = part[..., np.newaxis].repeat(3, 3) if part.ndim == 3 else part
                part = part[..., ::-1] if self.contract.colour == "rgb" else part
            tensor = emotion_tensor(part, self.contract.mean, self.contract.std)
            output, *points = self._session.run(outputs, {self._input: tensor})
            if self.contract.logits:
                output = _softmax(output / self.contract.temperature)
            results[0][start : start + self._batch, self.contract.columns] = output
            if points:
                results[1][start : start + self._batch] = points[0]
        return results


def _are_crops(crops: object, colour: bool) -> bool:
    if not isinstance(crops, np.ndarray) or crops.dtype != np.uint8 or 0 in crops.shape[1:]:
        return False
    return crops.ndim == 3 or (colour and crops.ndim == 4 and crops.shape[3] == 3)


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)  # type: ignore[no-any-return]
