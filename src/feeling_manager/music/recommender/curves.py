"""Regret over plays as a picture."""

import io
from collections.abc import Sequence

import numpy as np

from feeling_manager.music.recommender.simulator import Run


def figure(runs: Sequence[Run]) -> bytes:
    """A PNG: the sum of regret that one listener has had after each play, a line for each policy."""
    # no window and no global state, so that a server's thread may draw too
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(7, 4.2), layout="constrained")
    FigureCanvasAgg(drawing)
    axes = drawing.subplots()
    for run in runs:
        axes.plot(np.arange(1, len(run.regret) + 1), np.cumsum(run.regret), label=run.policy)
    axes.set_xlabel("plays of a listener")
    axes.set_ylabel("cumulative regret (worth 0 to 1 a play)")
    axes.grid(alpha=0.3)
    axes.legend()
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()
