"""How far the labels themselves allow: ten voters are few, so another ten would often choose another label.

    python benchmarks/votes.py --data ferplus.tar.gz

What all voters would say of a face is drawn from a Dirichlet distribution, given the ten votes that were cast; its
parameters before the votes are the shares of all votes times the concentration under which the votes of all faces are
likeliest (empirical Bayes). A model that knew what most of all voters would say is wrong where the label differs.
"""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt

from feeling_manager.training.datasets import CLASSES, clear_majority, majority, open_dataset

CONCENTRATIONS = np.geomspace(0.1, 100, 301)
DRAWS = 400
Array = npt.NDArray[np.float64]


def log_likelihood(votes: Array, alpha: Array) -> float:
    """Of ten votes a face `(n, 10)` under the Dirichlet-multinomial distribution, but for the count of orders."""
    most = int(votes.max())
    rising = np.log(alpha[:, None] + np.arange(most))  # log of alpha (alpha + 1) (alpha + 2)...
    powers = np.concatenate([np.zeros((len(alpha), 1)), rising.cumsum(1)], 1)
    drawn = powers[np.arange(len(alpha)), votes.astype(int)].sum(1)
    return float(drawn.sum() - len(votes) * np.log(alpha.sum() + np.arange(votes[0].sum())).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="valid")
    options = parser.parse_args()
    every = open_dataset(options.data).faces(options.split).votes
    cast = every[majority(every) >= 0]
    labels, clear = majority(cast), clear_majority(cast) >= 0
    votes = cast.astype(np.float64)
    shares = votes.sum(0) / votes.sum()
    alpha = max((c * shares for c in CONCENTRATIONS), key=lambda alpha: log_likelihood(votes, alpha))
    draw = np.random.default_rng(0)
    right = np.mean([draw.standard_gamma(alpha + votes)[:, :CLASSES].argmax(1) == labels for _ in range(DRAWS)], 0)
    most = np.sort(votes, 1)
    print(f"faces: {len(labels):,}; tied: {np.mean(most[:, -1] == most[:, -2]):.1%}; clear: {clear.sum():,}")
    print(f"concentration: {alpha.sum():.2f}")
    print(
        f"the label is what most of all voters would say: {right.mean():.1%} of all, {right[clear].mean():.1%} of clear"
    )


if __name__ == "__main__":
    main()
