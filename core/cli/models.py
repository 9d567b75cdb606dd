"""The arguments that name a model, the same for every verb that takes one."""

import argparse
from dataclasses import dataclass

from core.cli.errors import UsageError
from core.nn.notation import MAX_TEXT, ModelTextError, parse
from core.nn.presets import PRESETS, preset, preset_of
from core.nn.shapes import context_of


@dataclass(frozen=True)
class Model:
    """A model text, how many characters it reads, and the preset it is, if it is one."""

    text: str
    context: int
    preset: str | None
    source: str  # what to call it in an error


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--preset", metavar="NAME", help=f"a model of the course: {', '.join(PRESETS)}")
    which.add_argument("--model", metavar="FILE", help="a model text: one layer call a line")
    parser.set_defaults(preset=None, model=None, context=None)
    parser.add_argument(
        "--context", type=int, metavar="N", help="characters the model of --model reads (default: what it joins)"
    )


def chosen(options: argparse.Namespace, vocab_size: int | None) -> Model:
    """The model that the arguments name, for a vocabulary (None: the course's 27 symbols, or what the text says).

    Raises UsageError, PresetError, ModelTextError.
    """
    if options.preset is not None:
        named = preset(options.preset)
        if options.context not in (None, named.context):
            raise UsageError(f"--context {options.context}: {named.name} reads {named.context} characters.")
        return Model(named.text(vocab_size or 27), named.context, named.name, named.name)
    text = read(options.model)
    context = options.context if options.context is not None else context_of(text)
    try:
        specs = parse(text)
    except ModelTextError as error:
        raise named_after(error, options.model) from None
    vocab_size = vocab_size or specs[0].arguments.get("vocab", 27)
    return Model(text, context, preset_of(text, vocab_size, context), options.model)


def named_after(error: ModelTextError, source: str) -> UsageError:
    """The same mistake with the file it is in."""
    return UsageError(f"{source}: {error}")


def read(path: str) -> str:
    """The model text in a file. Raises UsageError."""
    most = 4 * MAX_TEXT  # bytes: a character has at most 4
    try:
        with open(path, "rb") as file:
            data = file.read(most + 1)  # no more: a device may have no end
        if len(data) > most:
            raise UsageError(f"{path} is too long for a model text: one layer a line, at most {MAX_TEXT:,} characters.")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not plain text in UTF-8: give a file with one layer call a line.") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{path} cannot be read ({reason}): give a file with one layer call a line.") from None
