"""Writing one character after the other, with and without remembering what was computed before.

>>> sampler = CachedSampler(model)              # of convolutions: wavenet-conv, wavenet-paper
>>> sampler.restart(), sampler.feed(5)          # logits (V,) after nothing but dots, and after one more character
>>> write(sampler, 2, seed=42)[0]               # codes of two words, logits of every step
[[5, 13, 13, 1], [10, 15, 18, 12, 9, 14]]

Both samplers run the same cells, so that equal inputs give equal bits: what one remembers is just what the other
computes again. The engine multiplies many positions in one product, which BLAS may round otherwise: its logits agree
with these to 1e-5, not to the bit.
"""

from collections import deque

import numpy as np

from core.lenses.convolution.one_position import TEXT, Cell, cells_of
from core.nn.sequential import Sequential
from core.training.sampling import LONGEST, SEED, drawn

DOT = 0  # the code that stands before a text


class PlainSampler:
    """Forgets everything: each character computes the whole tree below its prediction, every node of it once."""

    def __init__(self, model: Sequential):
        self.cells = cells_of(model)
        self.computed = [0] * len(self.cells)  # how many times each cell has run
        self._needed = _needed(self.cells)
        self._text: deque[int] = deque(maxlen=max(self._needed[TEXT]) + 1)

    def restart(self) -> np.ndarray:
        """Logits (V,) after nothing but dots."""
        self._text.extend([DOT] * self._text.maxlen)
        return self._logits()

    def feed(self, code: int) -> np.ndarray:
        """Logits (V,) after one more character."""
        self._text.append(code)
        return self._logits()

    def _logits(self) -> np.ndarray:
        values: dict[tuple[int, int], np.ndarray | int] = {
            (TEXT, back): self._text[-1 - back] for back in self._needed[TEXT]
        }
        with np.errstate(all="ignore"):  # weights that diverged give logits that are not finite, and no warnings
            for i, cell in enumerate(self.cells):
                for back in self._needed[i]:
                    inputs = [values[source, back + more] for source, more in cell.reads]
                    values[i, back] = cell.compute(inputs)
                self.computed[i] += len(self._needed[i])
        return values[len(self.cells) - 1, 0]


class CachedSampler:
    """Remembers: a queue for each cell that is read again later, as long as the dilation that reads it.

    Each character then computes one new node a level. Before the text there are only dots, so that all nodes there are
    equal: they are computed once, and fill the queues.
    """

    def __init__(self, model: Sequential):
        self.cells = cells_of(model)
        self.computed = [0] * len(self.cells)
        lengths = {source: max(backs) + 1 for source, backs in _read_back(self.cells).items()}
        self.queues = {source: deque(maxlen=length) for source, length in lengths.items()}

    def restart(self) -> np.ndarray:
        """Logits (V,) after nothing but dots."""
        return self._next(DOT, fill=True)

    def feed(self, code: int) -> np.ndarray:
        """Logits (V,) after one more character."""
        return self._next(code, fill=False)

    def _next(self, code: int, fill: bool) -> np.ndarray:
        self._remember(TEXT, code, fill)
        with np.errstate(all="ignore"):
            for i, cell in enumerate(self.cells):
                value = cell.compute([self.queues[source][-1 - back] for source, back in cell.reads])
                self._remember(i, value, fill)
                self.computed[i] += 1
        return value

    def _remember(self, source: int, value: np.ndarray | int, fill: bool) -> None:
        if source in self.queues:
            queue = self.queues[source]
            queue.extend([value] * (queue.maxlen if fill else 1))


def write(
    sampler: PlainSampler | CachedSampler, n: int = 10, seed: int = SEED, longest: int = LONGEST
) -> tuple[list[list[int]], list[np.ndarray]]:
    """Codes of n words, and the logits of every step. The random numbers are those of `core.training.sampling.sample`,
    so that the words are too, where no draw falls between two roundings.
    """
    uniform = np.random.default_rng(seed).random((n, longest))
    words: list[list[int]] = []
    seen: list[np.ndarray] = []
    for row in uniform:
        words.append([])
        seen.append(logits := sampler.restart())
        for number in row:
            code = int(drawn(logits[None], number[None])[0])
            if code == DOT:
                break
            words[-1].append(code)
            seen.append(logits := sampler.feed(code))
    return words, seen


def _read_back(cells: list[Cell]) -> dict[int, set[int]]:
    """For each cell that is read, how many positions back it is read."""
    found: dict[int, set[int]] = {}
    for cell in cells:
        for source, back in cell.reads:
            found.setdefault(source, set()).add(back)
    return found


def _needed(cells: list[Cell]) -> dict[int, list[int]]:
    """For each cell, how far back it must be computed for one prediction, farthest first. Every cell is at 0."""
    found = {i: {0} for i in range(TEXT, len(cells))}
    for i in reversed(range(len(cells))):
        for source, more in cells[i].reads:
            found[source] |= {back + more for back in found[i]}
    return {i: sorted(backs, reverse=True) for i, backs in found.items()}
