"""`python -m core open mine.run`: a recording from another machine becomes a run of this one."""

import argparse

from core.cli.errors import UsageError
from core.runs.store import Store


def add(verbs) -> None:
    parser = verbs.add_parser("open", help="open the recording of a watched run")
    parser.add_argument("file", metavar="FILE", help='what `watch(..., file="mine.run")` or the verb recording wrote')
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    from core.watch import recording  # imports torch: a second that other verbs need not wait

    try:
        with open(options.file, "rb") as file:
            data = file.read(recording.LARGEST + 1)  # no more: a device may have no end
    except OSError as error:
        raise UsageError(f"{options.file} cannot be read ({error.strerror}).") from None
    print(Store().add_recording(recording.read(data)))
    return 0
