"""Labelled faces in, a trained, measured and documented ONNX file out.

Only `networks`, `augment`, `train` and `export` import torch, so that `feeling evaluate` needs none.
"""
