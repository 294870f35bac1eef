"""ONNX Runtime sessions: which hardware runs a network."""

from typing import Any

import onnxruntime as ort

from feeling_manager.errors import ModelError, ProviderError

PROVIDERS: dict[str, tuple[str, str]] = {
    "cpu": ("CPUExecutionProvider", "onnxruntime"),
    "cuda": ("CUDAExecutionProvider", "onnxruntime-gpu"),
    "coreml": ("CoreMLExecutionProvider", "onnxruntime"),
    "directml": ("DmlExecutionProvider", "onnxruntime-directml"),
    "openvino": ("OpenVINOExecutionProvider", "onnxruntime-openvino"),
}
"""Our name: ONNX Runtime's name and the package that brings it."""

Session = Any
"""onnxruntime.InferenceSession, which comes without types."""


def available() -> list[str]:
    """Our names of the providers that the installed ONNX Runtime has."""
    there = set(ort.get_available_providers())
    return [name for name, (theirs, _) in PROVIDERS.items() if theirs in there]


def make_session(model: bytes, provider: str = "cpu", threads: int | None = None) -> Session:
    """A session for a serialised ONNX graph.

    threads: for one run; None leaves the choice to ONNX Runtime (the physical cores). Raises ProviderError when the
    asked-for provider is not there or fails to start, ModelError when the graph can't be loaded.
    """
    if provider not in PROVIDERS:
        raise ProviderError(f"There is no provider {provider!r}; choose one of {', '.join(PROVIDERS)}.")
    theirs, package = PROVIDERS[provider]
    if provider not in available():
        raise ProviderError(
            f"The provider {provider!r} is not in the installed ONNX Runtime; install the package {package} in place "
            f"of onnxruntime, or use one of {', '.join(available())}."
        )
    options = ort.SessionOptions()
    options.log_severity_level = 3
    # two networks take turns: threads of the one that still spin for more work would keep cores from the other
    options.add_session_config_entry("session.force_spinning_stop", "1")
    if threads is not None:
        options.intra_op_num_threads = threads
    try:
        session = ort.InferenceSession(model, options, providers=[theirs])
    except Exception as error:
        raise ModelError(
            f"The model can't be loaded by ONNX Runtime ({_first_line(error)}); verify the file."
        ) from error
    if session.get_providers()[0] != theirs:
        raise ProviderError(
            f"The provider {provider!r} is installed but does not start on this machine; check its driver, or use cpu."
        )
    return session


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
