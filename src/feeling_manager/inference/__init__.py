"""Detect, align, classify: from a frame to faces with emotions."""

from feeling_manager.inference.recognizer import EmotionRecognizer

__all__ = ["EmotionRecognizer"]
