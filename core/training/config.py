"""What a run is, before it runs: a frozen, validated value that JSON can carry."""

import dataclasses
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from core.nn.notation import LayerSpec
from core.nn.shapes import LayerShape
from core.nn.signatures import MAX_BATCH, MAX_CONTEXT
from core.spelling import number


class ConfigError(ValueError):
    """One clear sentence on which setting is wrong and what to write instead."""


@dataclass(frozen=True)
class RunConfig:
    """One model, one dataset, one seed: everything that decides a run's numbers.

    >>> config = RunConfig(model="Embedding(27, 10)\\nFlattenConsecutive(3)\\nLinear(30, 27)", context=3)
    >>> config.lr_at(1), config.lr_at(150_001)
    (0.1, 0.01)
    >>> RunConfig.from_json(config.to_json()) == config
    True

    Steps count from 1; `lr` holds up to and including step `lr_drop_step`, `lr_after` from then on
    (the course's schedule: 0.1, then 0.01 from 150,000 on). Raises ConfigError on a value that makes no sense.
    """

    model: str  # the model text
    context: int = 8  # T: characters seen (the course's block_size)
    preset: str | None = None  # the preset the text came from, if unchanged
    dataset: str = ""  # sha256 of the words' text; "" is the built-in list
    seed: int = 42
    batch_size: int = 32  # B
    steps: int = 200_000
    lr: float = 0.1
    lr_drop_step: int | None = 150_000
    lr_after: float = 0.01

    def __post_init__(self):
        _whole("context", self.context, 1, MAX_CONTEXT)
        _whole("seed", self.seed, 0, 2**63 - 1)
        _whole("batch_size", self.batch_size, 1, MAX_BATCH)
        _whole("steps", self.steps, 1, 10_000_000)
        _rate("lr", self.lr)
        _rate("lr_after", self.lr_after)
        if self.lr_drop_step is not None:
            _whole("lr_drop_step", self.lr_drop_step, 1, 10_000_000)
        if not isinstance(self.dataset, str) or not isinstance(self.preset, str | None):
            raise ConfigError("dataset and preset are names: they must be text.")
        if not isinstance(self.model, str) or not self.model.strip():
            raise ConfigError("The model text is empty: write one layer a line, for example Embedding(27, 10).")

    def lr_at(self, step: int) -> float:
        """Learning rate of the step-th step (from 1)."""
        return self.lr if self.lr_drop_step is None or step <= self.lr_drop_step else self.lr_after

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "RunConfig":
        """Raises ConfigError on anything but what `to_json` gives."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"These settings are not JSON ({error}).") from None
        if not isinstance(values, dict) or "model" not in values:
            raise ConfigError("These settings have no model text.")
        if unknown := values.keys() - {field.name for field in dataclasses.fields(cls)}:
            raise ConfigError(f"There is no setting {min(unknown)!r}: update Makemore Explorer, a newer one has it.")
        return cls(**values)


def check_batch(specs: Sequence[LayerSpec], shapes: Sequence[LayerShape]) -> None:
    """BatchNorm1d needs two numbers or more for each of its statistics. Raises ConfigError.

    `shapes` are what `infer(specs, batch, context)` gives.
    """
    for spec, shape in zip(specs, shapes, strict=True):
        if spec.kind != "BatchNorm1d":
            continue
        batch, *positions, _ = shape.in_shape
        if (batch if spec.arguments["dims"] == 0 else batch * prod(positions)) == 1:
            raise ConfigError(f"batch_size is 1: {shape.name} takes its statistics over the batch, use 2 or more.")


def _whole(name: str, value, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(f"{name} is {value!r}: it must be a whole number from {low:,} to {high:,}.")


def _rate(name: str, value) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= sys.float_info.max:
        found = number(value) if isinstance(value, float) else repr(value)
        raise ConfigError(f"{name} is {found}: a learning rate is a number above 0, such as 0.1.")
