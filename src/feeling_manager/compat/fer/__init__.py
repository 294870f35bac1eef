"""The interface of the library `fer` (version 25.10.3) on our engine: change the import line, keep the script.

    from feeling_manager.compat.fer import FER, Video

Same arguments, same shapes, same label names; faces come from CenterFace and emotions from our own model, without
TensorFlow. Arguments that choose between that library's engines are accepted and have no effect.
"""

from feeling_manager.compat.fer.classes import Video
from feeling_manager.compat.fer.exceptions import FaceDetectionError, InvalidImage, InvalidModelFile
from feeling_manager.compat.fer.fer import FER

__all__ = ["FER", "FaceDetectionError", "InvalidImage", "InvalidModelFile", "Video"]
