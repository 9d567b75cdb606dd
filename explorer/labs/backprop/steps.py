"""The forward pass in its small steps: value, gradient and local derivative of the chosen tensor, and the comparison.

>>> steps_view(dataset)
"""

import pandas as pd
import streamlit as st

from core.dataset import Dataset
from core.lenses.backprop.backward import SMALL_STEPS
from core.lenses.backprop.expressions.fitting import written
from core.lenses.backprop.forward import PARAMETERS, step, uses
from explorer import theme
from explorer.labs.backprop import state
from explorer.labs.backprop.pictures import choose_tensor, graph, picture

EXACT, CLOSE, APART = "=", "≈", "≠"


def steps_view(dataset: Dataset) -> None:
    table = state.table(dataset)
    marks = {row.tensor: _mark(row) for row in table.itertuples()}
    left, right = st.columns([5, 7], gap="medium")
    with left:
        graph(
            marks,
            "Beside autograd: = exact, ≈ equal but for float noise.",
            said="The steps of the forward pass from the characters above to the loss below.",
        )
    with right:
        tensor = choose_tensor()
        _tensor(dataset, tensor, table.set_index("tensor").loc[tensor])
    _comparison(table)


def _mark(row) -> str:
    return EXACT if row.exact else CLOSE if row.approximate else APART


def _tensor(dataset: Dataset, tensor: str, row: pd.Series) -> None:
    look, exercise = state.look(dataset), SMALL_STEPS[f"d{tensor}"]
    made = "a parameter, drawn at random" if tensor in PARAMETERS else f"`{step(tensor).line}`"
    st.markdown(f"{made} · shape `{written(row['shape'])}` · read by {', '.join(f'`{name}`' for name in uses(tensor))}")
    first, second = st.columns(2, gap="small")
    with first:
        picture(look.values[tensor], tensor, tensor, "backprop_value")
    with second:
        picture(look.gradients[tensor], tensor, f"d{tensor}, its gradient", "backprop_gradient")
    st.markdown(exercise.words)
    st.latex(exercise.symbols)
    noise = f"autograd's but for float noise, at most {theme.number(row.largest)}"
    st.caption(f"By hand: `{exercise.solution}`, {'bit by bit autograd’s' if row.exact else noise}.")


def _comparison(table: pd.DataFrame) -> None:
    exact, close = int(table.exact.sum()), int((table.approximate & ~table.exact).sum())
    with st.expander(
        f"All {len(table)} gradients beside autograd's: {exact} exact, {close} approximately equal",
        icon=":material/table:",
    ):
        shown = pd.DataFrame(
            {
                "tensor": table.tensor,
                "shape": [written(shape) for shape in table["shape"]],
                "exact": table.exact,
                "approximately equal": table.approximate,
                "largest difference": [theme.number(value) for value in table.largest],
                "by hand": [exercise.solution for exercise in SMALL_STEPS.values()],
            }
        )
        st.dataframe(shown, hide_index=True, height=35 * (len(shown) + 1) + 3)
        st.caption(
            "Exact: every bit is the same. Approximately equal: what torch.allclose takes for equal."
            " From hpreact on, autograd computes in another order than the formula, and what is left is float noise."
        )
