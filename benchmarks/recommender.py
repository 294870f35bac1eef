"""How long a recommendation takes in catalogues of 1 k, 100 k and 1 M songs.

    python benchmarks/recommender.py [--songs N...] [--rounds N]

One recommendation is retrieval by index, the candidates' records, and the choice by a policy that has learned: 12
factors, 8 groups, a person with 200 rewards. The sizes take turns within a round, so that what else the machine does
weighs on all of them; the ratio is the median of the rounds' own ratios. The service's database is not in it, for its
indices answer the same four scans.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from feeling_manager.labels import SADNESS
from feeling_manager.music.recommender.bandit import BanditPolicy
from feeling_manager.music.recommender.model import MemoryStore, Model
from feeling_manager.music.recommender.retrieval import MemoryIndex, retrieve
from feeling_manager.music.recommender.types import Candidate, Context, Goal, SongFactors, picked

FACTORS = 12


class Service:
    """A catalogue in memory and a policy that has learned."""

    def __init__(self, count: int) -> None:
        rng = np.random.default_rng(count)
        places = rng.uniform(-1, 1, size=(count, 2)).tolist()
        genres = rng.integers(1, 11, size=count).tolist()
        likes = rng.integers(0, 50, size=count).tolist()
        moods = rng.random((1000, 13))
        self.songs = {
            f"s{i}": Candidate(
                song=f"s{i}",
                genre=genres[i],
                valence=places[i][0],
                arousal=places[i][1],
                mood=moods[i % 1000],
                plays=60,
                likes=likes[i],
            )
            for i in range(count)
        }
        self.index = MemoryIndex(list(self.songs.values()), rng)
        store = MemoryStore()
        loadings = rng.normal(scale=0.1, size=(1000, FACTORS))
        factors = {song: SongFactors(0.0, loadings[i % 1000], 0.1) for i, song in enumerate(self.songs)}
        store.replace(Model(factors=FACTORS, trained=1).to_bytes(), {}, factors)
        self.policy = BanditPolicy(store)
        for i in range(200):
            person = "me" if i % 2 else f"other{i}"
            self.recommend(i, person, f"g{i % 8}")

    def recommend(self, seed: int, person: str = "me", group: str = "g1", learn: bool = True) -> float:
        """Seconds that one recommendation took, without the learning that follows."""
        rng = np.random.default_rng(seed)
        context = Context(
            person=person,
            group=group,
            emotion=picked(SADNESS),
            goal=Goal.LIFT,
            preferences=frozenset({2, 3, 7}),
            banned=frozenset(f"s{i}" for i in range(20)),
        )
        start = time.perf_counter()
        candidates = [self.songs[song] for song in retrieve(context, self.index, rng)]
        given = self.policy.choose(context, candidates, rng)
        seconds = time.perf_counter() - start
        if learn:
            self.policy.learn(person, group, given.song, given.features, 0.5)
        return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    services = [Service(count) for count in options.songs]
    # a round keeps the best of three, for a busy machine interrupts one or the other
    rounds = [
        [min(service.recommend(3 * i + j, learn=False) for j in range(3)) for service in services]
        for i in range(options.rounds)
    ]
    print("| songs | median ms | 95th percentile ms | ratio to the first |")
    print("|---|---|---|---|")
    for place, count in enumerate(options.songs):
        own = [row[place] * 1000 for row in rounds]
        ratio = statistics.median(row[place] / row[0] for row in rounds)
        print(f"| {count:,} | {statistics.median(own):.1f} | {np.percentile(own, 95):.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
