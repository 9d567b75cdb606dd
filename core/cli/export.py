"""`python -m core export RUN --as notebook`: a run as a file that is of use without this project."""

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path

from tqdm import tqdm

from core.cli.errors import UsageError
from core.export.formats import FORMATS, Format, export, weights_step
from core.runs.info import RunInfo
from core.runs.store import Store


def add(verbs) -> None:
    parser = verbs.add_parser("export", help="write a run to a file: script, notebook, weights, tables, TensorBoard")
    parser.add_argument("run", metavar="RUN", help="the run's id, as `python -m core runs` lists it")
    parser.add_argument(
        "--as",
        dest="form",
        required=True,
        choices=list(FORMATS),
        metavar="FORM",
        help="; ".join(f"{form.name}: {form.about[0].lower()}{form.about[1:-1]}" for form in FORMATS.values()),
    )
    parser.add_argument("--to", metavar="PATH", type=Path, help="a file or a folder (default: RUN... in this one)")
    parser.add_argument("--step", type=int, metavar="N", help="of weights: those nearest at or before it")
    parser.add_argument("--force", action="store_true", help="overwrite what is there")
    parser.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    form, step = FORMATS[options.form], options.step
    if step is not None and not form.at_step:
        raise UsageError(f"--step {step}: only weights are of one step, {form.name} is of the whole run.")
    if step is not None and step < 0:
        raise UsageError(f"--step is {step}: steps count from 0, the initialisation.")
    store = Store()
    info = store.run(options.run)
    path = _path(store, info, form, options)
    with _written(path, options.force) as file, _bar() as bar:
        export(
            store,
            info,
            form.name,
            file,
            step=step,
            hidden=info.hunt is not None,
            progress=lambda done: bar.update(done - bar.n),
        )
    print(path)
    return 0


def _path(store: Store, info: RunInfo, form: Format, options: argparse.Namespace) -> Path:
    name = form.file_name(info, weights_step(store, info, options.step) if form.at_step else None)
    if options.to is None:
        return Path(name)
    if "\0" in str(options.to):
        raise UsageError(f"--to is {str(options.to)!r}: no file has such a name.")
    return options.to / name if os.path.isdir(options.to) else options.to


@contextlib.contextmanager
def _written(path: Path, force: bool):
    """A file that is there once it is whole; where writing fails, nothing is left behind."""
    temporary = None
    try:
        if path.exists() and not force:
            raise UsageError(f"{path} is there already: --force overwrites it, --to names another file.")
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
            temporary = Path(file.name)
            yield file
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror or error}): name another file with --to."
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _bar() -> tqdm:
    return tqdm(total=1.0, bar_format="{percentage:3.0f}%|{bar}|", leave=False, disable=not sys.stderr.isatty())
