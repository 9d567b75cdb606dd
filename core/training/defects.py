"""Deliberate bugs that a run can be planted with: what each is, and which layers it can sit in.

>>> from core.nn.notation import parse
>>> from core.nn.shapes import infer
>>> located("frozen-layer:5.Linear", infer(parse("Embedding(27, 10)\\nFlattenConsecutive(8)\\nLinear(80, 50)\\n"
...     "Tanh()\\nLinear(50, 27)"), batch=32, context=8))
('5.Linear',)

`RunConfig.defect` is a name, or a name and a layer; `planting.py` does what it says. This file is data alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.nn.shapes import LayerShape
from core.spelling import listing

Layers = Callable[[Sequence[LayerShape]], list[str]]


class DefectError(ValueError):
    """One clear sentence: which bug there is not, or what it needs."""


@dataclass(frozen=True)
class Defect:
    """One deliberate bug: `DEFECTS["dead-relus"].title` is "Dead ReLUs"."""

    name: str
    title: str
    did: str  # what was done, one sentence
    chapter: str  # where the course meets it
    figure: str  # the named figure of `core.lenses.hunt.figures` that shows it
    needs: str  # what a model must have: "a BatchNorm1d"
    layers: Layers  # which layers it can sit in: none means that it does nothing to this model
    single: bool = False  # it sits in one of them, the first unless another is named; else in all


def located(text: str, shapes: Sequence[LayerShape]) -> tuple[str, ...]:
    """The layers that a planted bug sits in. Raises DefectError where it cannot be planted in this model."""
    defect, layer = parted(text)
    possible = defect.layers(shapes)
    if not possible:
        raise DefectError(f"The bug {defect.name} needs {defect.needs}: choose another bug or another model.")
    if layer is None:
        return tuple(possible[:1] if defect.single else possible)
    if layer not in possible:
        raise DefectError(f"The bug {defect.name} cannot sit in {layer}: choose {listing(possible)}.")
    return (layer,)


def parted(text: str) -> tuple[Defect, str | None]:
    """'frozen-layer:5.Linear' -> the bug and its layer, None where no layer is named. Raises DefectError."""
    name, _, layer = text.partition(":")
    if name not in DEFECTS:
        raise DefectError(f"There is no bug {name!r}: choose {listing(DEFECTS)}.")
    if layer and not DEFECTS[name].single:
        raise DefectError(f"The bug {name} sits in the whole model: leave out {':' + layer!r}.")
    return DEFECTS[name], layer or None


def _of_kind(*kinds: str) -> Layers:
    return lambda shapes: [shape.name for shape in shapes if shape.kind in kinds]


def _learning(shapes: Sequence[LayerShape]) -> list[str]:
    """Layers whose weights follow a gradient."""
    return [shape.name for shape in shapes if shape.parameters and shape.kind != "Counts"]


def _norms_over_positions(shapes: Sequence[LayerShape]) -> list[str]:
    several = (s for s in shapes if s.kind == "BatchNorm1d" and len(s.in_shape) == 3 and s.in_shape[0] > 1)
    return [s.name for s in several if s.spec.arguments["dims"] is None] if _alone(shapes) else []


def _last_linear(shapes: Sequence[LayerShape]) -> list[str]:
    last = [shape for shape in shapes if shape.parameters][-1:]
    return [shape.name for shape in last if shape.kind == "Linear"]


def _gained(shapes: Sequence[LayerShape]) -> list[str]:
    """Linear layers that feed a Tanh and were given a std of their own, where there is a depth to shrink through."""
    pairs = pairwise(shapes)
    found = [s.name for s, t in pairs if s.kind == "Linear" and s.spec.arguments["std"] and t.kind == "Tanh"]
    return found if len(found) > 1 else []


def _fed(shapes: Sequence[LayerShape]) -> list[str]:
    """ReLUs that read a Linear with a bias."""
    pairs = pairwise(shapes)
    return [t.name for s, t in pairs if s.kind == "Linear" and s.spec.arguments["bias"] and t.kind == "ReLU"]


def _alone(shapes: Sequence[LayerShape]) -> bool:
    """Is one character predicted for each text?"""
    return len(shapes[-1].shape) == 2


def _whole(shapes: Sequence[LayerShape]) -> list[str]:
    return [shape.name for shape in shapes] if _alone(shapes) else []


def _reading_several(shapes: Sequence[LayerShape]) -> list[str]:
    return _whole(shapes) if shapes[0].in_shape[1] > 1 else []


_NORM, _LINEAR = "a BatchNorm1d", "a Linear layer"
_GRADIENTS, _SINGLE = "a model that learns by gradients", "single predictions (positions 1)"
_PART2 = "part 2, “MLP”"
_PART3 = "part 3, “Activations & gradients, BatchNorm”"
_PART4 = "part 4, “Becoming a backprop ninja”"
_PART5 = "part 5, from {}, “{}”".format

DEFECTS: dict[str, Defect] = {
    defect.name: defect
    for defect in (
        Defect(
            "batchnorm-dims",
            "BatchNorm over the wrong dimensions",
            "Each BatchNorm1d takes its statistics over the batch alone, so that every position has its own.",
            _PART5("00:38:50", "The BatchNorm1d bug"),
            "statistics_a_channel",
            "a BatchNorm1d that sees several positions",
            _norms_over_positions,
        ),
        Defect(
            "stale-statistics",
            "Running statistics never updated",
            "The running means stay 0 and the running variances 1, whatever the batches are like.",
            _PART3,
            "running_apart",
            _NORM,
            _of_kind("BatchNorm1d"),
        ),
        Defect(
            "training-mode",
            "Evaluation in training mode",
            "Predictions, too, are normalised by whatever is in the same batch, instead of by the running statistics.",
            _PART5("00:09:16", "Layers, containers, torch.nn, fun bugs"),
            "company",
            _NORM,
            _of_kind("BatchNorm1d"),
        ),
        Defect(
            "gradients-add-up",
            "Gradients not zeroed",
            "Each step's gradients are added to those of all steps before it.",
            _PART2,
            "gradients_grow",
            _GRADIENTS,
            _learning,
        ),
        Defect(
            "sign-flipped",
            "Learning-rate sign flipped",
            "Each step adds the learning rate times the gradient instead of subtracting it.",
            _PART2,
            "loss_risen",
            _GRADIENTS,
            _learning,
        ),
        Defect(
            "huge-logits",
            "Huge initial logits",
            "The last layer's weights begin a hundred times too large.",
            _PART3,
            "first_loss",
            "a Linear as its last layer with weights",
            _last_linear,
        ),
        Defect(
            "no-gain",
            "No gain: activations shrink through depth",
            "The hidden weights are drawn without the gain that makes up for what each tanh takes away.",
            _PART3,
            "fading",
            "two Linear layers or more with a std of their own, each before a Tanh",
            _gained,
        ),
        Defect(
            "targets-shifted",
            "Targets shifted by one",
            "In training each context is given the target of the next example.",
            _PART2,
            "one_too_far",
            _SINGLE,
            _whole,
        ),
        Defect(
            "contexts-reversed",
            "Contexts in reversed order",
            "In training each context is read from its end to its beginning.",
            _PART2,
            "backwards",
            f"a context of 2 characters or more and {_SINGLE}",
            _reading_several,
        ),
        Defect(
            "frozen-layer",
            "A layer frozen by mistake",
            "The gradients of one layer's weights are thrown away, so that it stays as it was drawn.",
            _PART3,
            "without_gradient",
            _LINEAR,
            _of_kind("Linear"),
            single=True,
        ),
        Defect(
            "embedding-dropped",
            "Embedding gradient dropped",
            "No gradient reaches the characters' vectors, so that they stay as they were drawn.",
            _PART4,
            "embedding_still",
            "an Embedding",
            _of_kind("Embedding"),
        ),
        Defect(
            "dead-relus",
            "Dead ReLUs",
            "The biases before one ReLU begin so low that its units are 0 for every example.",
            _PART3,
            "dead_units",
            "a Linear with a bias before a ReLU",
            _fed,
            single=True,
        ),
        Defect(
            "loss-summed",
            "Loss summed, not averaged",
            "The loss of a batch is the sum over its examples, and so are all gradients.",
            _PART2,
            "batch_loss_to_validation",
            _GRADIENTS,
            _learning,
        ),
    )
}
