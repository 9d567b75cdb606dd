"""How many times as long it takes to compute shared nodes again and again, measured on this machine.

>>> measure(network, codes)       # by ways of using a network; each the median of many pairs, one right after the other
Ratios(calls=7.1, training=1.4, sampling=1.7)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from core.lenses.convolution.network import Network, padded, windows_through
from core.lenses.convolution.sampling import CachedSampler, PlainSampler
from core.nn.sequential import Sequential

PAIRS = 41
WORDS = 32  # of a training batch
LONG_ENOUGH = 0.002  # seconds that one half of a pair should take at least


@dataclass(frozen=True)
class Ratios:
    """The time of separate trees, divided by the time of the way that shares nodes."""

    calls: float  # one word: a call for each prediction against one pass
    training: float  # forward and backward of a batch of words: a window for each prediction against one pass
    sampling: float  # writing the word: the whole tree for each character against remembered states


def measure(
    network: Network, codes: Sequence[int], progress: Callable[[float], None] = lambda share: None, pairs: int = PAIRS
) -> Ratios:
    """`progress` hears which share is done. Leaves the network's weights and statistics alone."""
    ratios = []
    works = (_calls, _training, _sampling)
    for done, work in enumerate(works):

        def tell(share: float, done: int = done) -> None:
            progress((done + share) / len(works))

        ratios.append(_ratio(*work(network, codes), pairs, tell))
    return Ratios(*ratios)


def _calls(network: Network, codes: Sequence[int]) -> tuple[Callable, Callable]:
    text = padded(codes, network.stack.field)
    alone, conv = network.alone.twin(1), network.conv.twin(1, positions=len(codes) + 1)
    return lambda: list(windows_through(alone, text)), lambda: conv.forward(text[None], training=False)


def _training(network: Network, codes: Sequence[int]) -> tuple[Callable, Callable]:
    """Training moves the statistics of BatchNorm, so that it gets models of its own."""
    predictions, field = len(codes) + 1, network.stack.field
    text = padded(codes, field)
    targets = np.array([*codes, 0], np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(text, field)
    return (
        _step(network.alone.copy(WORDS * predictions), np.tile(windows, (WORDS, 1)), np.tile(targets, WORDS)),
        _step(network.conv.copy(WORDS, predictions), np.tile(text, (WORDS, 1)), _per_word(targets)),
    )


def _per_word(targets: np.ndarray) -> np.ndarray:
    """(P,) -> (WORDS, P); (WORDS,) where P is 1."""
    return np.tile(targets, (WORDS, 1)) if len(targets) > 1 else np.tile(targets, WORDS)


def _step(model: Sequential, contexts: np.ndarray, targets: np.ndarray) -> Callable[[], None]:
    def step() -> None:
        model.loss(contexts, targets)
        model.backward()

    return step


def _sampling(network: Network, codes: Sequence[int]) -> tuple[Callable, Callable]:
    def writer(sampler: PlainSampler | CachedSampler) -> Callable[[], None]:
        def write() -> None:
            sampler.restart()
            for code in codes:
                sampler.feed(code)

        return write

    return writer(PlainSampler(network.conv.model)), writer(CachedSampler(network.conv.model))


def _ratio(slow: Callable, fast: Callable, pairs: int, tell: Callable[[float], None]) -> float:
    """The median of slow's time over fast's; both take turns, so that what disturbs one disturbs the other too."""
    times = max(1, round(LONG_ENOUGH / max(_time(fast, 1), 1e-6)))  # the first call also warms up
    slow()
    found = []
    for pair in range(pairs):
        found.append(_time(slow, times) / _time(fast, times))
        tell((pair + 1) / pairs)
    return float(np.median(found))


def _time(work: Callable, times: int) -> float:
    begun = perf_counter()
    for _ in range(times):
        work()
    return perf_counter() - begun
