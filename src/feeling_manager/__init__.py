"""Feeling Manager reads emotions from faces in real time and plays the right song."""

from importlib.metadata import version as _version

__version__ = _version("feeling-manager")
