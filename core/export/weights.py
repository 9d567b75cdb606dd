"""A model's weights at a moment, as one safetensors file that torch and numpy read.

>>> write_weights(store, info, file, step=1000)
>>> safetensors.safe_open("wavenet-k3x9q2-step-1000.safetensors", "np").metadata()["step"]
'1000'
"""

import json
from typing import BinaryIO

from safetensors.numpy import save

from core.export.errors import ExportError, no_weights
from core.runs.info import RunInfo
from core.runs.store import Store
from core.training.trainer import weights_of


def write_weights(store: Store, info: RunInfo, file: BinaryIO, step: int | None = None) -> None:
    """Parameters and BatchNorm's running statistics, by name, nearest at or before `step` (None: the newest).

    The metadata are the run's id, the step, and its settings as JSON, the model text among them; of a round of the bug
    hunt without what is hidden. Raises ExportError where the run has no weights there.
    """
    found = store.checkpoint(info.id, step)
    if found is None:
        raise ExportError(no_weights(info))
    at, state = found
    metadata = {"run": info.id, "step": str(at), "config": _settings(store, info)}
    file.write(save(weights_of(state), metadata))


def _settings(store: Store, info: RunInfo) -> str:
    settings = json.loads(store.config(info.id).to_json())
    if info.hunt is not None:
        settings.pop("defect", None)
    return json.dumps(settings)
