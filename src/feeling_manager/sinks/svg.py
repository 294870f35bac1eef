"""The report's charts as inline SVG. Words stand beside them in HTML, as large on a phone as anywhere."""

from typing import NamedTuple

import numpy as np

from feeling_manager.labels import (
    ANGER,
    CONTEMPT,
    DISGUST,
    EMOTIONS,
    FEAR,
    HAPPINESS,
    NEUTRAL,
    SADNESS,
    SURPRISE,
    affect,
)
from feeling_manager.sinks.accumulator import Results
from feeling_manager.sinks.series import Doubles, Points

STACK = (HAPPINESS, SURPRISE, NEUTRAL, CONTEMPT, DISGUST, FEAR, SADNESS, ANGER)
"""From the top down: pleasant to unpleasant, so that a glance tells the mood."""
WIDTH, HEIGHT = 1000, 100
MOST_POINTS = 240


class Shape(NamedTuple):
    """A path with its colour; title is what a pointer over it says."""

    d: str
    colour: str
    title: str


class Span(NamedTuple):
    """Seconds that a chart's width stands for."""

    first: float
    last: float

    def x(self, times: Doubles) -> Doubles:
        """Where times lie, 0 to `WIDTH`."""
        return np.clip((times - self.first) / max(self.last - self.first, 1e-3), 0, 1) * WIDTH


def span_of(results: Results) -> Span:
    """From the first to the last reading of anybody."""
    first, last = results.first or 0.0, results.last or 0.0
    return Span(first, max(last, first + 0.1))


def areas(points: Points, span: Span, names: dict[str, str]) -> list[Shape]:
    """Probabilities over time, one upon another. names: what each emotion is called."""
    points = _thinned(points, span)
    shapes = []
    top: Doubles = np.zeros(len(points.times))
    for emotion in STACK:
        bottom = top + np.nan_to_num(points.probabilities[:, emotion.index])
        # what is never seen at this height needs no path
        if float((bottom - top).max(initial=0.0)) > 0.005:
            d = "".join(_area(piece, points, span, top, bottom) for piece in _pieces(points))
            shapes.append(Shape(d, emotion.colour, names[emotion.name]))
        top = bottom
    return shapes


def valence_line(points: Points, span: Span) -> str:
    """The path of the valence from −1, below, to 1, above."""
    points = _thinned(points, span)
    values = np.array([affect(row)[0] for row in np.nan_to_num(points.probabilities)])
    y = (1 - values) / 2 * HEIGHT
    return "".join(_line(span.x(points.times[piece]), y[piece]) for piece in _pieces(points))


def growth(results: Results, span: Span, names: dict[str, str]) -> tuple[list[Shape], float]:
    """Lines of the seconds that each expression adds up to, and the seconds that the height stands for."""
    points = results.points
    seconds = np.nan_to_num(points.probabilities) * points.seconds[:, None]
    sums = np.concatenate([np.zeros((1, len(EMOTIONS))), seconds.cumsum(axis=0)])
    times = np.concatenate([[span.first], points.times + points.width / 2])
    keep = np.unique(np.linspace(0, len(times) - 1, min(len(times), MOST_POINTS)).round().astype(int))
    limit = max(float(sums.max(initial=0.0)) * 1.05, 0.1)
    x = span.x(times[keep])
    return [
        Shape(_line(x, (1 - sums[keep, emotion.index] / limit) * HEIGHT), emotion.colour, names[emotion.name])
        for emotion in EMOTIONS
    ], limit


def _thinned(points: Points, span: Span) -> Points:
    """As smooth as can be told apart, in no more points than can be seen."""
    smooth = points.smooth(max((span.last - span.first) / MOST_POINTS, 2 * points.width))
    step = max(-(-len(smooth.times) // MOST_POINTS), 1)
    return smooth._replace(times=smooth.times[::step], probabilities=smooth.probabilities[::step])


def _pieces(points: Points) -> list[slice]:
    """Stretches in which somebody was read."""
    there = ~np.isnan(points.probabilities[:, 0])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(np.int8)))
    return [slice(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def _area(piece: slice, points: Points, span: Span, top: Doubles, bottom: Doubles) -> str:
    half = points.width / 2
    times = points.times[piece]
    # from the first bin's beginning to the last one's end
    x = span.x(np.concatenate([times[:1] - half, times, times[-1:] + half]))
    upper, lower = (np.pad(np.clip(values[piece], 0, 1), 1, mode="edge") * HEIGHT for values in (top, bottom))
    return f"M{_joined(x, upper)}L{_joined(x[::-1], lower[::-1])}Z"


def _line(x: Doubles, y: Doubles) -> str:
    return f"M{_joined(x, y)}" if len(x) else ""


def _joined(x: Doubles, y: Doubles) -> str:
    return "L".join(f"{a:.4g} {b:.3g}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
