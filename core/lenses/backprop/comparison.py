"""A gradient beside autograd's: exact, approximately equal, largest difference.

>>> compare(torch.ones(3), torch.ones(3) + 1e-9)
Agreement(exact=True, approximate=True, largest=0.0)
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor

from core.lenses.backprop.backward import SMALL_STEPS
from core.lenses.backprop.expressions import Program, run
from core.lenses.backprop.network import Look


@dataclass(frozen=True)
class Agreement:
    """`exact`: every bit. `approximate`: `torch.allclose` with its defaults. `largest`: of the differences."""

    exact: bool
    approximate: bool
    largest: float


def compare(ours: Tensor, theirs: Tensor) -> Agreement:
    """Both of one shape."""
    largest = (ours - theirs).abs().max().item()
    return Agreement(bool((ours == theirs).all()), torch.allclose(ours, theirs), largest)


def by_hand(look: Look, programs: Mapping[str, Program] | None = None) -> dict[str, Tensor]:
    """Every gradient from those before it, by name ("dprobs"): our own solutions, or `programs` in their places."""
    chosen = {name: exercise.program for name, exercise in SMALL_STEPS.items()} | dict(programs or {})
    names, found = look.names, {}
    for name in SMALL_STEPS:
        found[name] = names[name] = run(chosen[name], names, name)
    return found


def comparison_table(look: Look) -> pd.DataFrame:
    """One row a tensor, from the loss back: tensor, shape, exact, approximate, largest."""
    ours = by_hand(look)
    rows = []
    for name, exercise in SMALL_STEPS.items():
        theirs = look.gradients[exercise.tensor]
        found = compare(ours[name], theirs)
        rows.append(
            {
                "tensor": exercise.tensor,
                "shape": tuple(theirs.shape),
                "exact": found.exact,
                "approximate": found.approximate,
                "largest": found.largest,
            }
        )
    return pd.DataFrame(rows)
