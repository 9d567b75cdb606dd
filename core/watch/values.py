"""From whatever a module gives to rows of statistics.

>>> [name for name, tensor in leaves((out, {"hidden": h, "memory": None}))]
['[0]', '[1][hidden]']
>>> row = Row("lstm", out); resolve([row])     # row.stats (12,), row.counts (64,), as in a Frame
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass

import numpy as np
import torch
from torch import Tensor

from core.training.frame import BINS, STATS
from core.training.summary import summarise
from core.watch.on_device import summarise_on_device

MOST_LEAVES, DEEPEST = 16, 4  # of one output: a list of a thousand tensors is not shown tensor by tensor
COUNTED = STATS.index("saturated")  # the first so many statistics are `summarise`'s


def leaves(output: object) -> list[tuple[str, Tensor]]:
    """The tensors in an output and how each is reached: in tuples, lists, dicts and dataclasses, to some depth."""
    found = []
    for leaf in _walk(output, "", DEEPEST):
        found.append(leaf)
        if len(found) == MOST_LEAVES:
            break
    return found


def _walk(value: object, key: str, depth: int) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield key, value
    elif depth and isinstance(value, Mapping):
        for name, inside in value.items():
            yield from _walk(inside, f"{key}[{name}]", depth - 1)
    elif depth and isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for i, inside in enumerate(value):
            yield from _walk(inside, f"{key}[{i}]", depth - 1)
    elif depth and is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _walk(getattr(value, field.name), f"{key}[{field.name}]", depth - 1)


@torch.no_grad()
def numbers(tensor: Tensor) -> Tensor | None:
    """All numbers of a tensor, float32 (n,), on its device; None where it has none to read.

    Of a sparse tensor those that it stores, of complex numbers the real and the imaginary parts. A contiguous float32
    tensor is not copied.
    """
    tensor = tensor.detach()
    if tensor.device.type == "meta" or (tensor.is_cuda and torch.cuda.is_current_stream_capturing()):
        return None
    try:
        if tensor.layout != torch.strided:
            tensor = (tensor.coalesce() if tensor.layout == torch.sparse_coo else tensor).values()
        if tensor.is_quantized:
            tensor = tensor.dequantize()
        if tensor.is_complex():
            tensor = torch.view_as_real(tensor.resolve_conj())
        flat = tensor.resolve_neg().to(torch.float32).reshape(-1)
        flat.data_ptr()  # raises where there is none
        return flat
    except RuntimeError:  # tensors that stand for others (torch.func, tracing) do not give their numbers away
        return None


class Row:
    """One row of a frame that is being made: of a tensor on an accelerator, its figures stay there until `resolve`."""

    def __init__(self, layer: str, tensor: Tensor):
        self.layer, self.shape = layer, tuple(tensor.shape)
        self.stats = np.full(len(STATS), np.nan, np.float32)
        self.counts = np.zeros(BINS, np.int32)
        self.shares: Tensor | None = None  # (2,): saturated, dead
        self.moved: Tensor | float | None = None  # (): of a weight, the standard deviation of its update
        self.waiting: Tensor | None = None  # (72,): the statistics and counts, still on the accelerator
        flat = numbers(tensor)
        self.readable = flat is not None
        if flat is None:
            return
        if flat.device.type == "cpu":
            summarise(flat.contiguous().numpy(), self.stats, self.counts)
        else:
            self.waiting = summarise_on_device(flat)

    def also(self, layer: str) -> "Row":
        """The same tensor as the output of another module, a container of this one."""
        other = object.__new__(Row)
        other.layer, other.shape, other.readable = layer, self.shape, self.readable
        other.stats, other.counts, other.waiting = self.stats.copy(), self.counts, self.waiting
        other.stats[COUNTED:] = np.nan
        other.shares = other.moved = None
        return other


def resolve(rows: Iterable[Row]) -> None:
    """Fetch what still lies on an accelerator, all of it in one piece. `moved` becomes a number."""
    rows = list(rows)
    asked = {id(t): t for row in rows for t in (row.waiting, row.shares, row.moved) if t is not None}
    here = dict(zip(asked, _fetched(list(asked.values())), strict=True))
    for row in rows:
        if row.waiting is not None:
            figures = here[id(row.waiting)]
            row.stats[:COUNTED] = figures[:COUNTED]
            row.counts = figures[COUNTED:].astype(np.int32)
        if row.shares is not None:
            row.stats[COUNTED : COUNTED + 2] = here[id(row.shares)]
        if row.moved is not None:
            row.moved = float(here[id(row.moved)][0])
        row.waiting = row.shares = None


def _fetched(tensors: list[Tensor]) -> list[np.ndarray]:
    """Flat arrays; tensors of one device travel together."""
    arrays: list[np.ndarray] = [np.empty(0)] * len(tensors)
    for device in {tensor.device for tensor in tensors}:
        places = [i for i, tensor in enumerate(tensors) if tensor.device == device]
        exact = torch.float32 if device.type == "mps" else torch.float64
        joined = torch.cat([tensors[i].reshape(-1).to(exact) for i in places]).cpu().numpy()
        ends = np.cumsum([tensors[i].numel() for i in places])
        for i, part in zip(places, np.split(joined, ends[:-1]), strict=True):
            arrays[i] = part
    return arrays
