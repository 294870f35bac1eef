"""Share of songs liked among 30 recommended, on folds of the users of a file of ratings.

    python benchmarks/liked.py RATINGS.tsv.gz [--folds 5] [--seed 0]

Each fold is tested once and learned from in the others' turns. Printed are means over the folds with their standard
error; the simple model is one chain of rank 6 that knows no kinds of songs and not which tracks people knew.
"""

import argparse
import gzip
import os
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from feeling_manager.music.recommender.benchmark import BenchmarkSettings, read_ratings, run
from feeling_manager.music.recommender.factors import FactorSettings

SIMPLE = BenchmarkSettings(
    optimism=0.0, factors=FactorSettings(ranks=(6,), factors=7, pairs=0.0, kinds=1, evenness=0.0, caution=1.0)
)


def text(values: list[float]) -> str:
    return f"{100 * np.mean(values):.1f} % ± {100 * np.std(values, ddof=1) / np.sqrt(len(values)):.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ratings", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    data = options.ratings.read_bytes()
    ratings = read_ratings((gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode().splitlines())
    unasked = replace(ratings, known=np.zeros_like(ratings.known))
    users = np.random.default_rng(options.seed).permutation(np.unique(ratings.user)).tolist()
    rows: dict[str, list[float]] = {}
    seconds = []
    for fold in range(options.folds):
        tested = users[fold :: options.folds]
        learners = sorted(set(users) - set(tested))
        start = time.perf_counter()
        ours = run(ratings, learners, tested)
        seconds.append(time.perf_counter() - start)
        for name, value in (
            ("random", ours.random),
            ("most popular", ours.popular),
            ("simple latent model", run(unasked, learners, tested, SIMPLE).liked_share),
            ("ours", ours.liked_share),
            ("best possible", ours.oracle),
        ):
            rows.setdefault(name, []).append(value)
    print(f"| {options.folds} folds of {len(users)} users, seed {options.seed} | liked among 30 | each fold |")
    print("|---|---|---|")
    for name, values in rows.items():
        print(f"| {name} | {text(values)} | {', '.join(f'{100 * value:.1f}' for value in values)} |")
    print(f"\nours took {np.mean(seconds):.0f} s a fold")


if __name__ == "__main__":
    main()
