"""How many numbers a statistic is made from: the 3-D bug, and the variance of small batches.

>>> bug_view(words())
"""

from functools import partial

import streamlit as st

from core.dataset import Dataset
from core.lenses.batchnorm.bug import DRAWS, hidden_sums, noise, one_batch
from core.lenses.batchnorm.variance import DRAWS as VARIANCE_DRAWS
from core.lenses.batchnorm.variance import shrinking
from explorer import session, theme
from explorer.charts.norm_means import means_chart, means_tables
from explorer.charts.norm_sizes import noise_chart, noise_tables, variance_chart, variance_tables
from explorer.panels.live_chart import live_chart
from explorer.shared import Shared

BATCH, DRAW, SEED = 32, "norm_draw", 42

_results = Shared(seconds=3600, size=30)


def bug_view(dataset: Dataset) -> None:
    with st.spinner("Drawing batches"):
        x = _results.get((dataset.sha256, "sums"), partial(hidden_sums, dataset, SEED))
        table = _results.get((dataset.sha256, "noise"), partial(noise, x))
    draw = session.get(session.keep(DRAW, 0))
    left, right = st.columns([11, 9], gap="small")
    with left:
        said = "The means of one batch: four for each channel with the bug, one without."
        live_chart(means_chart, means_tables(one_batch(x, BATCH, draw), BATCH), key="norm_means", alt_text=said)
        st.button("Another batch", icon=":material/casino:", on_click=lambda: session.put(DRAW, draw + 1))
    with right:
        said = "The standard error of a batch's mean by how many numbers it is made from, beside 1 over the root."
        live_chart(noise_chart, noise_tables(table), key="norm_noise", alt_text=said)
    at = table[table["size"] == BATCH].set_index("way")
    bug, right_one, apart = (theme.number(at.loc[way, "measured"]) for way in ("bug", "right", "independent"))
    many = 4 * BATCH
    st.caption(
        f"The first BatchNorm of `wavenet` reads (B {BATCH}, T 4, C 68). Averaged over dim 0 alone, each mean is "
        f"made from {BATCH} numbers and strays by {bug} standard deviations (dashed: 1/√{BATCH} = "
        f"{theme.number(BATCH**-0.5)}); over (0, 1) from {many}, by {right_one}. Neighbours in a word are alike, so "
        f"{many} numbers tell a little less than 1/√{many} = {theme.number(many**-0.5)} promises; from words of their "
        f"own they stray by {apart}. Measured on {DRAWS} batches of each size."
    )


def variance_view(dataset: Dataset) -> None:
    table = _results.get((dataset.sha256, "variance"), partial(shrinking, dataset, SEED))
    said = "The mean variance of batches beside the true variance, divided by n and by n − 1, for batches of 2 to 64."
    live_chart(variance_chart, variance_tables(table), key="norm_variance", alt_text=said)
    at = table[table["divisor"] == "n"].set_index("size")
    st.caption(
        f"Marks: means over {VARIANCE_DRAWS:,} random batches of one hidden unit, with two standard errors. Dashed: "
        "(n − 1)/n and 1. A batch is closer to its own mean than to the true one, so that dividing by n comes out too "
        f"small: with 4 examples {at.loc[4, 'measured']:.3f} of the true variance (theory 0.750), with 32 "
        f"examples {at.loc[32, 'measured']:.3f} (theory 0.969). The course normalises with n − 1 and keeps "
        "that; torch.nn.BatchNorm1d normalises with n and keeps n − 1."
    )
