"""Emotion models of other makers: taken from a file or an address, tried out, kept in the data directory by name."""

import json
import re
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

import numpy as np

from feeling_manager.errors import FeelingError, ModelError
from feeling_manager.inference.emotion import EmotionClassifier
from feeling_manager.inference.models import KNOWN_MANIFESTS, Model, installed_folder, load_emotion, sha256

MOST_BYTES = 1_000_000_000
"""A file with more is refused while it is read."""
SECONDS = 30
"""Without a byte from the server, after which a download is given up."""
_RESERVED = frozenset({"emotion", "detector"})


def install(source: str, *, manifest: str | None = None, digest: str | None = None, name: str | None = None) -> Model:
    """Installs an ONNX file under a name, by which `--model` finds it, and gives it.

    source: a path, or an http(s) address, which needs `digest` (its sha256). manifest: a path, or the name of one that
    comes with this package (`hsemotion`); by default the .json beside the file. name: by default the file's.
    The model is run once before it is kept. Raises ModelError, and leaves everything as it was then.
    """
    name = _name(name or Path(source.split("?")[0]).stem.lower())
    contract = _manifest(source, manifest)
    content = _download(source, digest) if _is_address(source) else _read(Path(source))
    found = sha256(content)
    for whose, expected in (("that was asked for", digest), ("its manifest names", contract.get("sha256"))):
        if expected and expected.lower() != found:
            raise ModelError(
                f"The file {source} is not the one {whose}: its sha256 is {found}, not {expected}. "
                "Nothing was installed."
            )
    contract |= {"name": name, "file": f"{name}.onnx", "sha256": found}
    contract.setdefault("licence", "unknown")
    contract.setdefault("precision", "as published")
    return _keep(name, content, contract)


def try_out(manifest: Path) -> Model:
    """The model, after it has read one face. Raises ModelError when its output is not what its manifest says."""
    classifier = EmotionClassifier(manifest=manifest, threads=1)
    labels = classifier.contract.columns
    try:
        probabilities = classifier.classify_crops(np.full((1, 48, 48), 128, np.uint8))
    except FeelingError:
        raise
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(
            f"The model does not run on what its manifest says of its input and output: {reason}"
        ) from error
    total = float(probabilities[0, list(labels)].sum())
    if not np.isfinite(probabilities).all() or not 0.98 < total < 1.02 or (probabilities < 0).any():
        raise ModelError(
            f"The model's output is no probabilities (they add up to {total:.3g}); "
            'if it gives logits, say so in its manifest: "kind": "logits".'
        )
    return classifier.model


def _keep(name: str, content: bytes, contract: dict[str, Any]) -> Model:
    folder = installed_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as fresh:
            file, manifest = Path(fresh) / f"{name}.onnx", Path(fresh) / f"{name}.json"
            file.write_bytes(content)
            manifest.write_text(json.dumps(contract, indent=2, ensure_ascii=False) + "\n", "utf-8")
            try_out(manifest)
            # the manifest last: whoever finds it finds the file it names
            file.replace(folder / file.name)
            manifest.replace(folder / manifest.name)
    except OSError as error:
        raise ModelError(
            f"The model can't be kept in {folder} ({error.strerror}); set FEELING_DATA_DIR to a folder that you can "
            "write to."
        ) from error
    return load_emotion(folder / f"{name}.json")


def _name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,60}", name) or name in _RESERVED:
        raise ModelError(
            f"{name!r} is no name for a model: give --name with small letters, digits, - and _ (not "
            f"{' or '.join(sorted(_RESERVED))})."
        )
    return name


def _manifest(source: str, given: str | None) -> dict[str, Any]:
    if given in KNOWN_MANIFESTS:
        path = KNOWN_MANIFESTS[given]
    elif given:
        path = Path(given)
    elif _is_address(source):
        raise ModelError(
            f"What {source} expects and gives is not known: add --manifest with a file that says it, or one of "
            f"{', '.join(KNOWN_MANIFESTS)}."
        )
    else:
        path = Path(source).with_suffix(".json")
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ModelError(
            f"The manifest {path} can't be read ({error.strerror}): give --manifest with a file that says what the "
            f"model expects and gives, or one of {', '.join(KNOWN_MANIFESTS)}."
        ) from error
    except ValueError as error:
        raise ModelError(f"The manifest {path} is no JSON ({error}).") from error
    if not isinstance(manifest, dict):
        raise ModelError(f"The manifest {path} is no JSON object.")
    return manifest


def _is_address(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"The model file {path} can't be read ({error.strerror}).") from error


def _download(address: str, digest: str | None) -> bytes:
    if not digest:
        raise ModelError("A model from the network is only taken with --sha256, the checksum its maker publishes.")
    if not re.fullmatch(r"[0-9a-fA-F]{64}", digest):
        raise ModelError("--sha256 is 64 hexadecimal digits.")
    parts, size = [], 0
    with _network_errors(address), urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310
        expected = int(answer.headers.get("Content-Length") or -1)
        while part := answer.read(1 << 20):
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                raise ModelError(f"{address} holds more than {MOST_BYTES // 10**6} MB: that is no emotion model.")
    if expected >= 0 and size != expected:
        raise ModelError(
            f"The download of {address} broke off after {size} of {expected} bytes; try again. Nothing was installed."
        )
    return b"".join(parts)


@contextmanager
def _network_errors(address: str) -> Iterator[None]:
    try:
        yield
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        status = f"{error.code} " if isinstance(error, urllib.error.HTTPError) else ""
        raise ModelError(f"{address} can't be downloaded ({status}{reason}). Nothing was installed.") from error
