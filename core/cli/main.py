"""Reads the command line and runs the verb it names."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from core.cli import (
    defects,
    delete,
    export,
    fork,
    opening,
    presets,
    recording,
    rename,
    results,
    resume,
    runs,
    shapes,
    star,
    train,
)
from core.cli.errors import UsageError
from core.dataset import DatasetError
from core.export.errors import ExportError
from core.nn.notation import ModelTextError
from core.nn.presets import PresetError
from core.runs.errors import NotForkable, NotResumable, StoreError
from core.training.config import ConfigError

VERBS = (train, resume, fork, runs, rename, star, delete, export, recording, opening, results, presets, defects, shapes)
MISTAKES = (
    UsageError,
    ConfigError,
    DatasetError,
    ExportError,
    ModelTextError,
    PresetError,
    NotForkable,
    NotResumable,
    StoreError,
)


class Parser(argparse.ArgumentParser):
    """Answers a mistake in one line instead of two paragraphs."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (`{self.prog} --help` shows what there is)")


def parser() -> argparse.ArgumentParser:
    root = Parser(prog="python -m core", description="Train the models of the makemore course and look at their runs.")
    verbs = root.add_subparsers(title="verbs", metavar="VERB", required=True, parser_class=Parser)
    for verb in VERBS:
        verb.add(verbs)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 the run ended otherwise than wished, 2 bad input (one line on stderr says what)."""
    try:
        options = parser().parse_args(arguments)
        status = options.verb(options)
        sys.stdout.flush()
        return status
    except MISTAKES as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except MemoryError:
        print("Error: there is not enough memory: use smaller layers, a smaller batch or fewer words.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        # The reader has gone (`| head`), or the disk is full. Python would try to flush once more at its end: give it
        # somewhere to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return 141
        print(f"Error: {error}", file=sys.stderr)
        return 2
