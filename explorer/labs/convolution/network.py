"""Which network the Convolution lab computes with: the current run's where it is a WaveNet, else one freshly drawn.

>>> own = of_run()                       # Own(network, "weights of wavenet-k3x9q2 after 200,000 updates"), or why not
>>> chosen(own, vocab=27, dilations=(1, 2, 4), kernel=2).network.stack.field
8
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.lenses.convolution.network import SEED, Comparison, Network, compare, fresh, of_model
from core.lenses.convolution.stack import ConvolutionError, drawable
from core.nn.notation import parse
from explorer import session, theme
from explorer.feeds import models
from explorer.feeds.models import Loaded
from explorer.panels.model_source import known_run
from explorer.shared import Shared

_networks = Shared(seconds=3600, size=16)
_fresh = Shared(seconds=3600, size=64)
_comparisons = Shared(seconds=3600, size=64)


@dataclass(frozen=True)
class Own:
    """A network and where its weights come from; without one (`network` is None) `said` tells why."""

    network: Network | None
    said: str
    key: tuple = ()


def of_run() -> Own:
    """The current run's, at the moment in the sidebar."""
    run_id = known_run()
    if run_id is None:
        return Own(None, "")
    loaded = models.of_run(run_id, session.moment())
    if loaded is None:
        return Own(None, f"{run_id} has recorded no weights yet.")
    try:
        network = _networks.get(loaded.key, lambda: _slide(loaded))
    except ConvolutionError as error:
        return Own(None, f"{run_id} is not shown here. {error}")
    updates = f"{theme.steps(loaded.step)} update{'' if loaded.step == 1 else 's'}"
    return Own(network, f"Weights of {run_id} after {updates}.", loaded.key)


def _slide(loaded: Loaded) -> Network:
    with loaded.alone():
        state = loaded.model.state()
    network = of_model(parse(loaded.text), state)
    drawable(network.stack)
    return network


def chosen(own: Own, vocab: int, dilations: Sequence[int], kernel: int) -> Own:
    """The run's network where it has these dilations and this kernel, else a fresh one that has."""
    stack = own.network.stack if own.network else None
    if stack and (stack.dilations, stack.kernel) == (tuple(dilations), kernel):
        return own
    key = ("fresh", vocab, tuple(dilations), kernel)
    return Own(_fresh.get(key, lambda: fresh(vocab, dilations, kernel)), f"Weights freshly drawn, seed {SEED}.", key)


def logits(own: Own, codes: tuple[int, ...]) -> Comparison:
    """The logits at every position of a word, computed both ways."""
    return _comparisons.get((own.key, codes), lambda: compare(own.network, codes))
