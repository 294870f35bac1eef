"""Where a mood changed: change points of a series.

Exact optimal partitioning (Jackson et al. 2005, "An algorithm for optimal partitioning of data on an interval", IEEE
Signal Processing Letters 12(2)) with squared error and the Schwarz penalty of Yao (1988, "Estimating the number of
change-points via Schwarz' criterion", Statistics & Probability Letters 6(3)), two parameters for each change. The
noise is estimated from the differences of neighbours by their median, which changes of level hardly move.
"""

import numpy as np
import numpy.typing as npt

LEAST = 3
"""Values between two changes, at least."""


def change_points(values: npt.ArrayLike, *, least: int = LEAST, floor: float = 0.02) -> list[int]:
    """Indices at which a new level begins, ascending, for values `(n,)` in order of time.

    floor: standard deviation below which differences are noise whatever the series says.
    """
    x = np.asarray(values, dtype=np.float64)
    n = len(x)
    if n < 2 * least:
        return []
    steps = np.diff(x)
    # 1.4826: from the median absolute deviation to the standard deviation of a normal; √2: a difference has two noises
    sigma = max(float(np.median(np.abs(steps - np.median(steps)))) * 1.4826 / np.sqrt(2), floor)
    penalty = 4.0 * sigma**2 * np.log(n)
    total = np.concatenate([[0.0], np.cumsum(x)])
    squares = np.concatenate([[0.0], np.cumsum(x * x)])

    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    came_from = np.zeros(n + 1, dtype=np.int64)
    for end in range(least, n + 1):
        starts = np.arange(0, end - least + 1)
        length = end - starts
        cost = squares[end] - squares[starts] - (total[end] - total[starts]) ** 2 / length
        sums = best[starts] + cost + penalty
        at = int(np.argmin(sums))
        best[end], came_from[end] = sums[at], starts[at]
    found, end = [], n
    while came_from[end] > 0:
        end = int(came_from[end])
        found.append(end)
    return found[::-1]
