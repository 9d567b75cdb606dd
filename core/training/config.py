"""What a run is, before it runs: a frozen, validated value that JSON can carry."""

import dataclasses
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from core.dataset import ALL, Dataset
from core.nn.limits import MAX_BATCH, MAX_CONTEXT
from core.nn.notation import LayerSpec, ModelTextError, lines, parse
from core.nn.presets import Preset
from core.nn.shapes import LayerShape, infer
from core.spelling import number
from core.training.defects import DefectError, located, parted

OPTIMISERS = ("sgd", "adamw")
TRAIN_ON = ("train", ALL)
MAX_L2 = 1000.0
USUAL_LR = 0.1  # of the course


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
    batch_size: int | None = 32  # B; None: all examples at every step
    steps: int = 200_000
    lr: float = USUAL_LR
    lr_drop_step: int | None = 150_000
    lr_after: float = 0.01
    positions: int = 1  # P: how many of a text's characters are predicted in one pass
    train_on: str = "train"  # the split, or "all" words
    l2: float = 0.0  # added to the training loss: this times each mean square of `penalty.py`'s weights, summed
    optimiser: str = "sgd"  # plain descent, or "adamw"
    defect: str | None = None  # a deliberate bug of `defects.py`: "huge-logits", "frozen-layer:9.Linear"

    def __post_init__(self):
        _whole("context", self.context, 1, MAX_CONTEXT)
        _whole("seed", self.seed, 0, 2**63 - 1)
        if self.batch_size is not None:
            _whole("batch_size", self.batch_size, 1, MAX_BATCH)
        _whole("positions", self.positions, 1, MAX_CONTEXT)
        _whole("steps", self.steps, 1, 10_000_000)
        _rate("lr", self.lr)
        _rate("lr_after", self.lr_after)
        if self.lr_drop_step is not None:
            _whole("lr_drop_step", self.lr_drop_step, 1, 10_000_000)
        _choice("train_on", self.train_on, TRAIN_ON)
        _choice("optimiser", self.optimiser, OPTIMISERS)
        if not _is_number(self.l2) or not 0 <= self.l2 <= MAX_L2:
            raise ConfigError(f"l2 is {_shown(self.l2)}: it must be a number from 0 to {MAX_L2:,.0f}.")
        if self.defect is not None:
            self._check_defect()
        if not isinstance(self.dataset, str) or not isinstance(self.preset, str | None):
            raise ConfigError("dataset and preset are names: they must be text.")
        if not isinstance(self.model, str) or not self.model.strip():
            raise ConfigError("The model text is empty: write one layer a line, for example Embedding(27, 10).")

    def lr_at(self, step: int) -> float:
        """Learning rate of the step-th step (from 1)."""
        return self.lr if self.lr_drop_step is None or step <= self.lr_drop_step else self.lr_after

    def rows(self, dataset: Dataset) -> int:
        """Examples a step, B: of a full batch, as many as there are."""
        return self.batch_size or dataset.size(self.train_on, self.positions)

    def shapes(self, dataset: Dataset) -> list[LayerShape]:
        """What `infer` says of a step on these words. Raises ModelTextError or ConfigError where it cannot be taken."""
        specs = parse(self.model)
        shapes = infer(specs, self.rows(dataset), self.context, dataset.vocab_size, self.positions)
        check_norms(shapes, self.positions)
        check_alone(specs, self.context, dataset.vocab_size, self.positions)
        if self.defect is not None:
            self.defect_layers()
        return shapes

    @property
    def counts(self) -> bool:
        """Does the model count what follows what? Then no gradient flows, and no learning rate matters."""
        return any(re.match(r"\s*Counts\b", line) for line in lines(self.model))

    def defect_layers(self) -> tuple[str, ...]:
        """The names of the layers that the run's bug sits in. Raises ConfigError where it cannot be planted."""
        shapes = infer(parse(self.model), self.batch_size or 2, self.context, positions=self.positions)
        try:
            return located(self.defect, shapes)
        except DefectError as error:
            raise ConfigError(str(error)) from None

    def _check_defect(self) -> None:
        try:
            parted(self.defect if isinstance(self.defect, str) else repr(self.defect))
        except DefectError as error:
            raise ConfigError(str(error)) from None

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


def of_preset(preset: Preset, dataset: Dataset, **changes) -> RunConfig:
    """A preset with the settings it is trained with, for these words; `changes` are fields of RunConfig.

    >>> from core.nn.presets import preset
    >>> of_preset(preset("mlp-2003"), Dataset.builtin(), steps=1000).lr_drop_step
    100000
    """
    own = {"model": preset.text(dataset.vocab_size), "context": preset.context, "preset": preset.name}
    return RunConfig(**own | dict(preset.settings) | changes)


def check_norms(shapes: Sequence[LayerShape], positions: int = 1) -> None:
    """BatchNorm1d needs two numbers or more for each of its statistics, and as many as there are in evaluation.

    `shapes` are what `infer(specs, batch, context, positions=positions)` gives. Raises ConfigError.
    """
    for shape in shapes:
        if shape.kind != "BatchNorm1d":
            continue
        batch, *places, _ = shape.in_shape
        each = shape.spec.arguments["dims"] == 0  # position has statistics of its own
        if (batch if each else batch * prod(places)) == 1:
            raise ConfigError(f"batch_size is 1: {shape.name} takes its statistics over the batch, use 2 or more.")
        if each and positions > 1:
            raise ConfigError(
                f"positions is {positions}: {shape.name} with dims=0 has statistics for each position, use 1."
            )


def check_alone(specs: Sequence[LayerSpec], context: int, vocab_size: int, positions: int) -> None:
    """Whatever a step predicts, evaluation and sampling make single predictions from a context.

    `specs` are of a model that fits `positions`. Raises ConfigError.
    """
    if positions == 1:
        return
    try:
        infer(specs, 1, context, vocab_size)
    except ModelTextError as error:
        raise ConfigError(
            f"positions is {positions}: losses and words come from single predictions, and line {error.line} "
            f"does not fit a context of {context} alone: use 1."
        ) from None


def _whole(name: str, value, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(f"{name} is {value!r}: it must be a whole number from {low:,} to {high:,}.")


def _choice(name: str, value, known: Sequence[str]) -> None:
    if value not in known:
        raise ConfigError(f"{name} is {value!r}: it must be {' or '.join(known)}.")


def _rate(name: str, value) -> None:
    if not _is_number(value) or not 0 < value <= sys.float_info.max:
        raise ConfigError(f"{name} is {_shown(value)}: a learning rate is a number above 0, such as 0.1.")


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _shown(value) -> str:
    return number(value) if isinstance(value, float) else repr(value)
