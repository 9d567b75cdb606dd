"""`python -m core open mine.run`: a recording from another machine becomes a run of this one."""

import argparse
from pathlib import Path

from core.cli.errors import UsageError
from core.runs.store import Store


def add(verbs) -> None:
    parser = verbs.add_parser("open", help="open the recording of a watched run")
    parser.add_argument("file", metavar="FILE", help='what `watch(..., file="mine.run")` or the verb recording wrote')
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    from core.watch import recording  # imports torch: a second that other verbs need not wait

    path = Path(options.file)
    try:
        if path.stat().st_size > recording.LARGEST:
            raise UsageError(f"{path} has more than {recording.LARGEST // 1_000_000} MB: it is no recording.")
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from None
    print(Store().add_recording(recording.read(data)))
    return 0
