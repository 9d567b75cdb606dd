"""A checkpoint of one model, made into one of another that shares layers with it."""

import numpy as np
import torch

from core.nn.matching import matched
from core.nn.notation import parse
from core.nn.sequential import Sequential
from core.training.config import RunConfig
from core.training.optimisers import RULES
from core.training.trainer import PROGRESS


def graft(checkpoint: dict[str, np.ndarray], before: RunConfig, after: RunConfig) -> dict[str, np.ndarray]:
    """The checkpoint of a run with config `before` as one that a Trainer with config `after` can restore.

    >>> trainer = Trainer(after, dataset)
    >>> trainer.restore(graft(checkpoint, before, after))      # goes on from there, on the same batches

    Layers that stay (`matched`) keep each array whose size stays, and the optimiser's memory of it; all else is drawn
    as a new run of `after` would draw it, from its seed, and has no memory yet. The step and the generator's state are
    the checkpoint's own. Where the optimiser is another one, it begins without memory.
    """
    old = Sequential.build(parse(before.model), before.context)
    new = Sequential.build(parse(after.model), after.context, torch.Generator().manual_seed(after.seed))
    new.connect(2, after.positions)  # rows enough for any layer: what they remember does not depend on the batch
    state = new.state()
    origin: dict[str, str] = {}
    for i, j in matched(parse(before.model), parse(after.model)):
        was, now = f"{old.layers[i].name}.", f"{new.layers[j].name}."
        for name in state:
            source = was + name.removeprefix(now)
            if name.startswith(now) and source in checkpoint and checkpoint[source].shape == state[name].shape:
                origin[name] = source
    state |= {name: checkpoint[source].copy() for name, source in origin.items()}
    memory = RULES[after.optimiser](new.size).state()
    for key in memory.keys() & checkpoint.keys():
        memory[key] = _carried(old, checkpoint[key], new, memory[key], origin)
    return state | memory | {name: checkpoint[name] for name in PROGRESS}


def _carried(
    old: Sequential, held: np.ndarray, new: Sequential, empty: np.ndarray, origin: dict[str, str]
) -> np.ndarray:
    """What an optimiser remembers: one number, or one for each weight of all parameters, flat."""
    if not empty.shape:
        return held
    parts = dict(zip((p.name for p in old.parameters()), old.split(held), strict=True))
    for parameter, part in zip(new.parameters(), new.split(empty), strict=True):
        if parameter.name in origin:
            part[:] = parts[origin[parameter.name]]
    return empty
