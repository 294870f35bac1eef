"""The exceptions of `fer`, under its names."""

from feeling_manager.errors import InvalidImageError as InvalidImage
from feeling_manager.errors import ModelError as InvalidModelFile
from feeling_manager.errors import SourceError as FaceDetectionError

__all__ = ["FaceDetectionError", "InvalidImage", "InvalidModelFile"]
