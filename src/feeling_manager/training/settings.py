"""What a training run is told: grouped settings, read from YAML and kept in every checkpoint."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, cast, get_type_hints

from feeling_manager.errors import UsageError

OWN_LANDMARKS = "start"
"""In place of a file of landmarks: those that the network sees before it is trained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerSettings:
    """AdamW (Loshchilov & Hutter 2019) with a linear warm-up and decay, and a moving average of the weights.

    Args:
        learning_rate: The highest one.
        weight_decay: Of weights with more than one dimension.
        warmup: Share of the run in which the learning rate rises.
        decay_start: Share of the run after which it falls.
        ema_decay: Decay of the weights' exponential moving average, taken every fourth step.
    """

    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warmup: float = 0.05
    decay_start: float = 0.45
    ema_decay: float = 0.998


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentationSettings:
    """How faces are changed before the network sees them.

    Args:
        enabled: False only mirrors faces, for an ablation.
        mixup: Share of batches with mix-up (Zhang et al. 2018).
        mixup_until: Share of the run after which there is no more mix-up.
        weak: Share of batches in which only place and light change.
        progressive_resizing: Start on smaller pictures, which takes a third less time.
        class_balance: 0 draws every face as often, 1 every emotion.
    """

    enabled: bool = True
    mixup: float = 0.5
    mixup_until: float = 0.8
    weak: float = 0.0
    progressive_resizing: bool = True
    class_balance: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillationSettings:
    """What is learned from other networks (Hinton et al. 2015).

    Args:
        teachers: Manifests, asked once about every face, or checkpoints, asked about every augmented picture.
        weight: Of the teachers' probabilities against the votes, 0 to 1.
        feature_weight: Of describing a picture as the teachers among the checkpoints do.
    """

    teachers: tuple[str, ...] = ()
    weight: float = 0.5
    feature_weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkSettings:
    """The 68 landmarks as a second task.

    Args:
        file: Points of the faces, see `teacher.landmarks_of`, or `OWN_LANDMARKS`; None learns no landmarks.
        weight: Of their loss.
        aligned: Share of the faces that are seen aligned by their landmarks. What is exported then aligns faces by its
            own.
    """

    file: str | None = None
    weight: float = 2.0
    aligned: float = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One training run.

    Args:
        network: A name of `networks.NETWORKS`.
        epochs: Times that every face is seen.
        batch_size: Faces a step.
        held_out: Share of the training faces that only measure.
        patience: Epochs without a better held-out loss after which to stop, 0 for never.
        start: File to go on from, see `start.start_from`.
        frozen_layers: Layers of the features that stay as they started.
        optimizer: Learning rate and averages.
        augmentation: How faces are changed.
        distillation: What is learned from other networks.
        landmarks: The second task.
        seed: The same seed gives the same weights.
        threads: Cores to use, None for all.
        device: `cpu`, `cuda`, or `auto`.
    """

    network: str = "slim"
    epochs: int = 40
    batch_size: int = 128
    held_out: float = 0.1
    patience: int = 0
    start: str | None = None
    frozen_layers: int = 0
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    distillation: DistillationSettings = field(default_factory=DistillationSettings)
    landmarks: LandmarkSettings = field(default_factory=LandmarkSettings)
    seed: int = 0
    threads: int | None = None
    device: str = "auto"

    @property
    def aligning(self) -> bool:
        """Whether the network reads faces aligned by its own landmarks, for it has seen such faces."""
        return self.landmarks.file is not None and self.augmentation.enabled and self.landmarks.aligned > 0

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Settings":
        """The settings of a configuration or a checkpoint; checkpoints of 0.1.0 are migrated.

        Raises:
            UsageError: A name is unknown or a value has the wrong type.
        """
        return _build(cls, _migrated(values), "")

    @classmethod
    def load(cls, path: Path) -> "Settings":
        """The settings of a YAML file.

        Raises:
            UsageError: The file can't be read, or holds something that is no setting.
        """
        import yaml

        try:
            values = yaml.safe_load(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise UsageError(f"{path} can't be read as a configuration ({type(error).__name__}).") from error
        if not isinstance(values, dict):
            raise UsageError(f"{path} holds no settings; write them as `epochs: 40`, one a line.")
        return cls.from_dict(values)

    def to_dict(self) -> dict[str, Any]:
        """As `from_dict` reads it, in plain lists and dictionaries."""
        values = asdict(self)
        values["distillation"]["teachers"] = list(self.distillation.teachers)
        return values

    def with_values(self, values: Mapping[str, Any]) -> "Settings":
        """These settings with some changed, by dotted names such as `optimizer.learning_rate`."""
        changed = self.to_dict()
        for name, value in values.items():
            *groups, last = name.split(".")
            target = changed
            for group in groups:
                target = target[group]
            target[last] = value
        return Settings.from_dict(changed)


def _build(kind: type[Any], values: Mapping[str, Any], path: str) -> Any:
    hints = get_type_hints(kind)
    known = {each.name for each in fields(kind)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise UsageError(f"There is no setting {path}{unknown[0]}; there are {', '.join(sorted(known))}.")
    built = {}
    for name, value in values.items():
        hint = hints[name]
        if is_dataclass(hint):
            if not isinstance(value, Mapping):
                raise UsageError(f"{path}{name} is a group of settings; write each on a line of its own below it.")
            built[name] = _build(cast(type[Any], hint), value, f"{path}{name}.")
        else:
            built[name] = _value(hint, value, path + name)
    return kind(**built)


def _value(hint: Any, value: Any, name: str) -> Any:
    if hint == tuple[str, ...]:
        if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
            return tuple(value)
    elif hint is float:
        # a configuration's 1 is a float's 1.0, but its `true` is a mistake
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    elif isinstance(value, hint) and isinstance(value, bool) == (hint is bool):
        return value
    raise UsageError(f"{name} can't be {value!r}: it is {getattr(hint, '__name__', hint)}.")


_BEFORE = {
    "batch": "batch_size",
    "frozen": "frozen_layers",
    "rate": "optimizer.learning_rate",
    "weight_decay": "optimizer.weight_decay",
    "warmup": "optimizer.warmup",
    "decay": "optimizer.decay_start",
    "average": "optimizer.ema_decay",
    "augmented": "augmentation.enabled",
    "mixing": "augmentation.mixup",
    "mix_until": "augmentation.mixup_until",
    "gentle": "augmentation.weak",
    "growing": "augmentation.progressive_resizing",
    "balance": "augmentation.class_balance",
    "teachers": "distillation.teachers",
    "teach": "distillation.weight",
    "like": "distillation.feature_weight",
    "points": "landmarks.weight",
    "aligned": "landmarks.aligned",
}
"""Where the settings of 0.1.0, which had no groups, are now."""


def _migrated(values: Mapping[str, Any]) -> Mapping[str, Any]:
    if "rate" not in values:
        return values
    migrated: dict[str, Any] = {}
    for name, value in values.items():
        # the file of landmarks was called as its group is now
        *groups, last = ("landmarks.file" if name == "landmarks" else _BEFORE.get(name, name)).split(".")
        target = migrated
        for group in groups:
            target = target.setdefault(group, {})
        target[last] = value
    return migrated
