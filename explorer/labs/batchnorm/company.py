"""One example of a batch is moved by hand: what becomes of the others?

>>> company_view(words())
"""

from functools import partial

import numpy as np
import streamlit as st

from core.dataset import Dataset
from core.lenses.batchnorm.company import a_batch, normalised
from explorer import session, theme
from explorer.charts.norm_company import company_chart, company_tables
from explorer.markdown import plain
from explorer.panels.live_chart import live_chart
from explorer.shared import Shared

MODE, SIZE, BY = "norm_mode", "norm_size", "norm_by"
TRAINING, EVALUATION = "Training", "Evaluation"
REACH, SEED = 8.0, 42  # how far the slider moves an example, either way

_batches = Shared(seconds=3600, size=30)


def company_view(dataset: Dataset) -> None:
    training, size, by = _controls()
    company = _batches.get((dataset.sha256, size), partial(a_batch, dataset, size, SEED))
    moved = company.moved(0, by)
    before, after = normalised(company, company.x, training), normalised(company, moved, training)
    low, high = float(company.x.min()) - 1, float(company.x.max()) + 1
    ends = min(low, float(company.x[0]) - REACH), max(high, float(company.x[0]) + REACH)
    deviation = company.var**0.5
    normal_ends = (ends[0] - company.mean) / deviation, (ends[1] - company.mean) / deviation
    said = "Each example of a batch before and after BatchNorm, as it was and as it is now that one of them moved."
    for column, title, was, now, reach in zip(
        st.columns(2, gap="small"),
        ("before BatchNorm", f"after BatchNorm, {'training' if training else 'evaluation'} mode"),
        (company.x, before),
        (moved, after),
        (ends, normal_ends),
        strict=True,
    ):
        with column:
            tables = company_tables(company.names, was, now, 0, reach)
            key = f"norm_{title.split()[0]}"
            live_chart(company_chart, tables, key=key, alt_text=said, names=company.names, title=title)
    others = np.abs(after - before)[1:]
    st.caption(
        f"Rows: {len(company.names)} contexts of your words; across: what one hidden unit computes of them. Rings: "
        f"before you moved “{plain(company.names[0])}” by {f'{by:+.1f}'.replace('-', '−')}. "
        + (
            f"After the norm each of the others moved too, by {theme.number(float(others.mean()))} on average: the "
            "batch’s mean and deviation changed, and all are measured by them."
            if training
            else "After the norm no other moved: evaluation mode takes a fixed mean "
            f"({theme.number(company.mean)}) and deviation ({theme.number(deviation)}), whatever stands in the batch."
        )
    )


def _controls() -> tuple[bool, int, float]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        by = st.slider(
            "Move the first example by",
            -REACH,
            REACH,
            session.get(session.keep(BY, 5.0)),
            0.1,
            key=BY,
            width=360,
        )
        mode = st.segmented_control(
            "Mode", [TRAINING, EVALUATION], default=session.get(session.keep(MODE, TRAINING)), key=MODE, required=True
        )
        size = st.select_slider(
            "Examples", [2, 4, 8, 12], value=session.get(session.keep(SIZE, 8)), key=SIZE, width=160
        )
    return mode == TRAINING, size, by
