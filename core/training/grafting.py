"""A checkpoint of one config, made into one of another that shares layers with it."""

from dataclasses import replace

import numpy as np
import torch

from core.nn.matching import matched
from core.nn.notation import parse
from core.nn.sequential import Sequential
from core.training.config import ConfigError, RunConfig
from core.training.optimisers import RULES
from core.training.planting import PREFIX as PLANTED
from core.training.planting import built
from core.training.trainer import PROGRESS


def graft(checkpoint: dict[str, np.ndarray], before: RunConfig, after: RunConfig) -> dict[str, np.ndarray]:
    """The checkpoint of a run with config `before` as one that a Trainer with config `after` can restore.

    >>> trainer = Trainer(after, dataset)
    >>> trainer.restore(graft(checkpoint, before, after))      # goes on from there

    Layers that stay (`matched`) keep each array whose size stays, and the optimiser's memory of it; all else is drawn
    as a new run of `after` would draw it, from its seed, and has no memory yet; so is what a planted bug changes in the
    first weights. The step and the generator's state are the checkpoint's own. Where the optimiser is another one, it
    begins without memory.
    """
    old, new = built(before), built(after, _generator(after))
    new.connect(2, after.positions)  # rows enough for any layer: what they remember does not depend on the batch
    state = new.state()
    drawn_anew = _touched(new, before, after)
    origin: dict[str, str] = {}
    for i, j in matched(parse(before.model), parse(after.model)):
        was, now = f"{old.layers[i].name}.", f"{new.layers[j].name}."
        for name in (name for name in state if name.startswith(now) and name not in drawn_anew):
            source = was + name.removeprefix(now)
            if source in checkpoint and checkpoint[source].shape == state[name].shape:
                origin[name] = source
    state |= {name: checkpoint[source].copy() for name, source in origin.items()}
    memory = RULES[after.optimiser](new.size).state()
    if before.defect == after.defect:
        memory |= {key: np.zeros(new.size, np.float32) for key in checkpoint if key.startswith(PLANTED)}
    for key in memory.keys() & checkpoint.keys():
        memory[key] = _carried(old, checkpoint[key], new, memory[key], origin)
    return state | memory | {name: checkpoint[name] for name in PROGRESS}


def _touched(new: Sequential, before: RunConfig, after: RunConfig) -> set[str]:
    """Parameters of the new model that begin otherwise than with the bug, or without one, of before."""
    if before.defect == after.defect:
        return set()
    try:
        other = built(replace(after, defect=before.defect), _generator(after))
    except ConfigError:  # that bug cannot sit in this model, so it did not touch what stays
        return set()
    pairs = zip(new.parameters(), other.parameters(), strict=True)
    return {one.name for one, another in pairs if not np.array_equal(one.data, another.data)}


def _generator(config: RunConfig) -> torch.Generator:
    return torch.Generator().manual_seed(config.seed)


def _carried(
    old: Sequential, held: np.ndarray, new: Sequential, empty: np.ndarray, origin: dict[str, str]
) -> np.ndarray:
    """What is remembered from step to step: one number, or one for each weight of all parameters, flat."""
    if not empty.shape:
        return held
    parts = dict(zip((p.name for p in old.parameters()), old.split(held), strict=True))
    for parameter, part in zip(new.parameters(), new.split(empty), strict=True):
        if parameter.name in origin:
            part[:] = parts[origin[parameter.name]]
    return empty
