"""The forms that a run can be taken along in: one registry for the command line and the app.

>>> with open(FORMATS["script"].file_name(info), "wb") as file:
...     export(store, info, "script", file)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from core.export.errors import ExportError, no_weights
from core.runs.errors import StoreError
from core.runs.info import RunInfo
from core.runs.store import Store

Progress = Callable[[float], None]  # how much is done, 0 to 1
Write = Callable[[Store, RunInfo, BinaryIO, int | None, Progress], None]


@dataclass(frozen=True)
class Format:
    """One form: what it is called, its file, and whether it holds what only a run trained here has."""

    name: str
    title: str
    about: str  # one sentence
    ending: str  # of the file's name, behind the run's id
    mime: str
    write: Write
    trained: bool = False  # of watched runs there is none
    code: bool = False  # says how the run was trained: not of a round of the bug hunt that is open
    at_step: bool = False  # of one moment

    def file_name(self, info: RunInfo, step: int | None = None) -> str:
        """'wavenet-k3x9q2.py'; of weights with the step they are of."""
        moment = f"-step-{step}" if self.at_step and step is not None else ""
        return f"{info.id}{moment}{self.ending}"

    def refusal(self, info: RunInfo, hidden: bool = False) -> str | None:
        """Why this run has no such form, in one sentence; None where it has. `hidden`: a round of the hunt is open."""
        if self.trained and info.kind == "watched":
            return f"A watched run has no {self.name}: its own program trains it. Export its curves and frames."
        if self.code and hidden:
            return f"This run is a round of the bug hunt, and a {self.name} would give it away: answer first."
        return None


def export(
    store: Store,
    info: RunInfo,
    name: str,
    file: BinaryIO,
    *,
    step: int | None = None,
    hidden: bool = False,
    progress: Progress = lambda done: None,
) -> None:
    """Write a run in one of FORMATS. `step`: the moment of weights (None: the newest).

    Raises ExportError, one clear sentence, where the run has no such form, and StoreError.
    """
    if refused := FORMATS[name].refusal(info, hidden):
        raise ExportError(refused)
    FORMATS[name].write(store, info, file, step, progress)


def why_not(store: Store, info: RunInfo, name: str, hidden: bool = False) -> str | None:
    """What `export` would refuse with; None where it would write the file."""
    form = FORMATS[name]
    if refused := form.refusal(info, hidden):
        return refused
    if form.at_step and weights_step(store, info, None) is None:
        return no_weights(info)
    if form.code:
        from core.export.phases import phases
        from core.export.story import check

        try:
            check(phases(store, info)[-1].config)
        except (ExportError, StoreError) as error:
            return str(error)
    return None


def weights_step(store: Store, info: RunInfo, step: int | None) -> int | None:
    """The step of the weights that `export` gives for `step`; None where there are none."""
    return max((at for at in store.checkpoint_steps(info.id) if step is None or at <= step), default=None)


# What a form needs is imported when it is asked for: torch, pyarrow and numba take a second each.


def _script(store, info, file, step, progress):
    from core.export.phases import phases
    from core.export.script import script

    of = phases(store, info)
    file.write(script(of, store.dataset(of[-1].config.dataset)).encode())


def _notebook(store, info, file, step, progress):
    from core.export.notebook import notebook
    from core.export.phases import phases

    of = phases(store, info)
    file.write(notebook(of, store.dataset(of[-1].config.dataset)).encode())


def _weights(store, info, file, step, progress):
    from core.export.weights import write_weights

    write_weights(store, info, file, step)


def _csv(store, info, file, step, progress):
    from core.export.archive import write_csv

    write_csv(store, info, file, progress)


def _parquet(store, info, file, step, progress):
    from core.export.archive import write_parquet

    write_parquet(store, info, file, progress)


def _tensorboard(store, info, file, step, progress):
    from core.export.tensorboard import write_events

    write_events(store, info, file, progress)


_ZIP, _BYTES = "application/zip", "application/octet-stream"
FORMATS = {
    one.name: one
    for one in (
        Format(
            "script",
            "Python script",
            "The same training in plain torch, in one file.",
            ".py",
            "text/x-python",
            _script,
            trained=True,
            code=True,
        ),
        Format(
            "notebook",
            "Notebook",
            "The script part by part, for Jupyter and Colab.",
            ".ipynb",
            "application/x-ipynb+json",
            _notebook,
            trained=True,
            code=True,
        ),
        Format(
            "weights",
            "Weights",
            "As safetensors, of the chosen moment.",
            ".safetensors",
            _BYTES,
            _weights,
            trained=True,
            at_step=True,
        ),
        Format("csv", "CSV", "Losses, statistics and histograms as tables.", "-csv.zip", _ZIP, _csv),
        Format("parquet", "Parquet", "The same tables, typed and quicker to read.", "-parquet.zip", _ZIP, _parquet),
        Format("tensorboard", "TensorBoard", "An event file for a folder of logs.", ".tfevents", _BYTES, _tensorboard),
    )
}
