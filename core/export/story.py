"""A run as parts that follow from each other, each with a few words and the code: what script and notebook show.

>>> parts = story([Phase(config.steps, config)], dataset)
>>> [part.title for part in parts]
['Settings', 'Words', 'Contexts and targets', 'Layers', 'The model', 'Training', 'How good is it?', 'New words']
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from core.dataset import Dataset
from core.export import story_code
from core.export.errors import ExportError
from core.export.layers import BY_TORCH, classes, counts, first, less_confident, listed
from core.export.literals import text, whole
from core.export.phases import Phase, Stretches, at_each, penalties, rates
from core.export.template import fill
from core.export.words import readable, words_code
from core.nn.notation import LayerSpec, flat, parse
from core.training.config import RunConfig

REPORTS = 20  # lines that a training prints, about


@dataclass(frozen=True)
class Part:
    """A heading, a sentence or two of our own, and code. `folded`: nobody needs to read it."""

    title: str
    words: str
    code: str
    folded: bool = False


def story(phases: Sequence[Phase], dataset: Dataset) -> list[Part]:
    """The parts in the order in which they run. Raises ExportError where a script could not do the same."""
    config = phases[-1].config
    check(config)
    specs = parse(config.model)
    so = _so(phases, dataset, specs)
    values = _values(phases, dataset, specs, so)

    def code(template: str) -> str:
        return fill(template, so, **values).strip("\n")

    def words(template: str) -> str:
        return " ".join(code(template).split("\n"))

    few = readable(dataset.words)
    counted = counts(specs)
    parts = [
        Part("Settings", story_code.SETTINGS_WORDS, code(story_code.SETTINGS)),
        Part(
            "Words",
            story_code.WORDS_WORDS if few else story_code.PACKED_WORDS,
            f"{code(story_code.WORDS)}\n{words_code(dataset.words)}",
            folded=not few,
        ),
        Part("Contexts and targets", words(story_code.DATA_WORDS), code(story_code.DATA)),
        Part("Layers", story_code.LAYERS_WORDS, classes(specs).strip("\n")),
        Part(
            "The model",
            words(story_code.COUNTED_MODEL_WORDS if counted else story_code.MODEL_WORDS),
            code(story_code.COUNTED_MODEL if counted else story_code.MODEL),
        ),
        Part(
            "Training",
            words(story_code.COUNTED_TRAINING_WORDS if counted else story_code.TRAINING_WORDS),
            code(story_code.COUNTED_TRAINING if counted else story_code.TRAINING),
        ),
    ]
    if phases[-1].diverged:
        return parts
    return [
        *parts,
        Part("How good is it?", words(story_code.LOSSES_WORDS), code(story_code.LOSSES)),
        Part("New words", story_code.SAMPLES_WORDS, code(story_code.SAMPLES)),
    ]


def _values(phases: Sequence[Phase], dataset: Dataset, specs: Sequence[LayerSpec], so: set[str]) -> dict[str, str]:
    """What the code of `story_code.py` is filled with."""
    config, kinds = phases[-1].config, _kinds(specs)
    nested = {"l2", "nested"} <= so
    return {
        "block_size": str(config.context),
        "positions": str(config.positions),
        "batch_size": str(config.batch_size),
        "max_steps": whole(phases[-1].last),
        "every_so_often": whole(_every(phases[-1].last)),
        "seed": str(config.seed),
        "rate": _chosen("lr", at_each(phases, rates)),
        "l2": _chosen("l2", at_each(phases, penalties)),
        "layers": listed(specs),
        "counts": first(specs),
        "softened": less_confident(specs) or "",
        "penalised": "Linear" if kinds & {"Linear", "Skip"} else "CausalConv1d",
        "inside": story_code.INSIDE if nested else "",
        "every": "inside(model)" if nested else "layers",
        "build_dataset": story_code.STRETCHES if "stretches" in so else story_code.EXAMPLES,
        "stretches": ", positions" if "stretches" in so else "",
        "batch": story_code.BATCH if "batches" in so else "",
        "Xb": "Xb" if "batches" in so else "Xtr",
        "Yb": "Yb" if "batches" in so else "Ytr",
        "source": comment(f"{len(dataset.words):,} words of {text(dataset.name)}"),
    }


def check(config: RunConfig) -> None:
    """Raises ExportError where a script could not do the same."""
    specs = parse(config.model)
    kinds = [spec.kind for spec in flat(specs)]
    if "Skip" in kinds and "SkipSum" not in kinds[len(kinds) - kinds[::-1].index("Skip") :]:
        raise ExportError(
            "The model's last Skip is added up by no SkipSum: take it out, train again and export that run."
        )
    if not counts(specs) and not any(spec.parameters for spec in specs):
        raise ExportError("The model has nothing to learn, so there is no training to export: add a Linear layer.")


def comment(line: str) -> str:
    """A line as a comment; what is in it has to be escaped already."""
    return textwrap.shorten(f"# {line}", 88, placeholder=" ...")


def _so(phases: Sequence[Phase], dataset: Dataset, specs: Sequence[LayerSpec]) -> set[str]:
    """What is so of this run: the conditions of the code in `story_code.py`."""
    config, kinds = phases[-1].config, _kinds(specs)
    *_, last = config.shapes(dataset)
    facts = {
        "long": _every(phases[-1].last) > 1,
        "single": config.context == 1,
        "packed": not readable(dataset.words),
        "torch": bool(kinds & BY_TORCH),
        "norm": "BatchNorm1d" in kinds,
        "nested": any(spec.inside for spec in specs),
        "skips": "SkipSum" in kinds,
        "softened": less_confident(specs) is not None,
        "batches": config.batch_size is not None,
        "split": config.train_on == "train",
        "stretches": config.positions > 1,
        "positions": len(last.shape) == 3,
        "diverged": phases[-1].diverged,
        "adamw": config.optimiser == "adamw",
        "both": "CausalConv1d" in kinds and bool(kinds & {"Linear", "Skip"}),
        "l2": any(phase.config.l2 for phase in phases) and bool(kinds & {"Linear", "Skip", "CausalConv1d"}),
    }
    return {name if true else f"no-{name}" for name, true in facts.items()}


def _kinds(specs: Sequence[LayerSpec]) -> set[str]:
    return {spec.kind for spec in flat(specs)}


def _chosen(name: str, stretches: Stretches) -> str:
    """Source that sets a value by the step."""
    *before, (_, last) = stretches
    if not before:
        return f"{name} = {last!r}"
    if len(before) == 1:
        [(step, first)] = before
        return f"{name} = {first!r} if step <= {whole(step)} else {last!r}"
    lines = [
        f"{'el' * (i > 0)}if step <= {whole(step)}:\n        {name} = {value!r}\n    "
        for i, (step, value) in enumerate(before)
    ]
    return "".join([*lines, f"else:\n        {name} = {last!r}"])


def _every(steps: int) -> int:
    """1, 2 or 5 times a power of ten."""
    decade = 1
    while True:
        for number in (1, 2, 5):
            if number * decade * REPORTS >= steps:
                return number * decade
        decade *= 10
