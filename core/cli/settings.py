"""The arguments that set the numbers of a run, the same for every verb that trains."""

import argparse
from dataclasses import fields

from core.training.config import OPTIMISERS, TRAIN_ON, RunConfig


def add_arguments(parser: argparse.ArgumentParser, usual: bool = True) -> None:
    """`usual`: the help says what a setting is where it is not given. The parser leaves those out of its options."""

    def setting(flag: str, kind, metavar: str, help: str = "", field: str | None = None) -> None:
        """An argument that becomes a field of RunConfig."""
        field = field or flag.lstrip("-").replace("-", "_")
        default = f"(default: {getattr(RunConfig, field)})" if usual else ""
        parser.add_argument(
            flag, type=kind, metavar=metavar, dest=field, default=argparse.SUPPRESS, help=f"{help} {default}".strip()
        )

    setting("--seed", int, "N")
    setting("--steps", int, "N")
    setting("--batch", _batch, "B", "examples a step, or all", "batch_size")
    setting("--lr", float, "R", "learning rate")
    setting("--lr-drop-step", _drop, "N", "the last step with --lr; from then on --lr-after holds; never: none is")
    setting("--lr-after", float, "R")
    setting("--optimiser", str, "|".join(OPTIMISERS))
    setting("--l2", float, "R", "adds R times the mean squares of Linear, Skip and CausalConv1d weights to the loss")
    setting("--positions", int, "P", "how many of a text's characters are predicted in one pass")
    setting("--defect", _defect, "NAME", "a bug of `python -m core defects`, as NAME or NAME:LAYER; none: no bug")
    setting("--train-on", str, "|".join(TRAIN_ON), "the training split, or all words")


def given(options: argparse.Namespace) -> dict:
    """Those that were given, as fields of RunConfig."""
    return {field.name: getattr(options, field.name) for field in fields(RunConfig) if hasattr(options, field.name)}


def _batch(text: str) -> int | None:
    return None if text == "all" else int(text)


def _drop(text: str) -> int | None:
    return None if text == "never" else int(text)


def _defect(text: str) -> str | None:
    return None if text == "none" else text


_batch.__name__ = _drop.__name__ = "int"  # argparse: "invalid int value"
