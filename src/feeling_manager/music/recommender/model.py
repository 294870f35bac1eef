"""What all people share: the shape of the features, the factors' size and the noise; and a state in memory."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from threading import RLock

import numpy as np

from feeling_manager.music.recommender import features
from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.types import Change, Key, Scope, SongFactors, Statistics, Vector


@dataclass(frozen=True, slots=True)
class Model:
    """factors: latent tastes, 0 before the first training. noise: variance of a reward around its score. overall:
    added to every score (the mean reward where `described` is off, else 0: the base feature has it). described:
    whether songs have features beside their factors. trained: rewards that the model was learned from.
    """

    factors: int = 0
    noise: float = 0.1
    overall: float = 0.0
    described: bool = True
    trained: int = 0

    @property
    def size(self) -> int:
        """Length of a feature vector."""
        return features.SIZE * self.described + self.factors

    def level(self, name: str) -> Vector:
        """float `(size,)`, see `features.prior`; tastes in factors have mean 0 and differ between people only."""
        described = features.prior(name) if self.described else np.zeros(0)
        return np.concatenate([described, np.full(self.factors, float(name == "person"))])

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes | None) -> "Model":
        """The reverse of `to_bytes`; the untrained model for None. Raises `RecommenderError` for anything else."""
        if data is None:
            return cls()
        try:
            return cls(**json.loads(data))
        except (ValueError, TypeError) as error:
            raise RecommenderError("The stored model is damaged; rebuild it with `feeling recommend train`.") from error


@dataclass(slots=True)
class MemoryStore:
    """A `types.Store` in memory, for benchmarks, the simulator and files. Threads may share it."""

    _model: bytes | None = None
    _statistics: dict[Key, Statistics] = field(default_factory=dict)
    _factors: dict[str, SongFactors] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def model(self) -> bytes | None:
        return self._model

    def groups(self) -> Mapping[str, Statistics]:
        with self._lock:
            return {key.id: value for key, value in self._statistics.items() if key.scope is Scope.GROUP}

    def person(self, person: str) -> Statistics | None:
        return self._statistics.get(Key(Scope.PERSON, person))

    def factors(self, songs: Sequence[str]) -> Mapping[str, SongFactors]:
        return {song: self._factors[song] for song in songs if song in self._factors}

    def revise(self, person: str, change: Change) -> None:
        key = Key(Scope.PERSON, person)
        with self._lock:
            new, added = change(self._statistics.get(key))
            if new is None:
                self._statistics.pop(key, None)
            else:
                self._statistics[key] = new
            for other, delta in added.items():
                old = self._statistics.get(other)
                self._statistics[other] = delta if old is None else old + delta

    def replace(self, model: bytes, statistics: Mapping[Key, Statistics], factors: Mapping[str, SongFactors]) -> None:
        with self._lock:
            self._model, self._statistics, self._factors = model, dict(statistics), dict(factors)

    def to_bytes(self) -> bytes:
        """Everything as JSON."""
        with self._lock:
            state = {
                "model": None if self._model is None else self._model.decode(),
                "statistics": [
                    [key.scope, key.id, seen.group, seen.count, b64encode(seen.to_bytes()).decode()]
                    for key, seen in self._statistics.items()
                ],
                "factors": {song: [f.mean, f.noise, f.factors.tolist()] for song, f in self._factors.items()},
            }
        return json.dumps(state, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "MemoryStore":
        """The reverse of `to_bytes`. Raises `RecommenderError` for anything else."""
        try:
            state = json.loads(data)
            model = state["model"]
            return cls(
                None if model is None else model.encode(),
                {
                    Key(Scope(scope), name): Statistics.from_bytes(b64decode(content), count, group)
                    for scope, name, group, count, content in state["statistics"]
                },
                {
                    song: SongFactors(mean, np.array(factors, dtype=np.float64), noise)
                    for song, (mean, noise, factors) in state["factors"].items()
                },
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise RecommenderError("This file holds no state of the recommender; write it with `train`.") from error
