"""Labelled faces of any layout that is known: `open_dataset(path).faces("train")`."""

from feeling_manager.training.datasets.dataset import (
    LAYOUTS,
    SPLITS,
    Dataset,
    load_ferplus,
    open_dataset,
    open_layout,
)
from feeling_manager.training.datasets.faces import (
    CLASSES,
    SIDE,
    VOTES,
    Faces,
    LeftOut,
    Sample,
    clear_majority,
    distributions,
    majority,
    summary,
)

__all__ = [
    "CLASSES",
    "LAYOUTS",
    "SIDE",
    "SPLITS",
    "VOTES",
    "Dataset",
    "Faces",
    "LeftOut",
    "Sample",
    "clear_majority",
    "distributions",
    "load_ferplus",
    "majority",
    "open_dataset",
    "open_layout",
    "summary",
]
