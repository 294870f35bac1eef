"""Feeling Manager reads emotions from faces in real time and plays the right song."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feeling_manager.inference import EmotionRecognizer
    from feeling_manager.pipeline import analyze_video

__all__ = ["EmotionRecognizer", "__version__", "analyze_video"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The main names are imported when first used: importing the package costs nothing."""
    if name == "EmotionRecognizer":
        from feeling_manager.inference import EmotionRecognizer

        return EmotionRecognizer
    if name == "analyze_video":
        from feeling_manager.pipeline import analyze_video

        return analyze_video
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
