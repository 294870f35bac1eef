"""Chooses songs, says why, and learns from what people do and what their face shows afterwards."""
