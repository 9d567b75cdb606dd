"""The last runs and a small picture of the newest one's loss; before there is one, of the words that it will learn.

Home could do without a picture. With one, a browser has loaded the code that draws before somebody presses Train.

>>> recent_runs()
"""

import streamlit as st

from core.nn.presets import PRESETS
from core.runs.names import called
from explorer import hunts, session, theme
from explorer.charts.loss_tables import fitting_window
from explorer.charts.small_loss import small_loss, small_loss_tables
from explorer.charts.word_lengths import length_table, word_lengths
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.navigation import go
from explorer.panels.live_chart import TICK, live_chart
from explorer.panels.run.state import ICONS, may_change, say, still

RECENT = 3


def recent_runs() -> None:
    """The last few runs beside the last one's loss; in an empty store the words that the first will learn from."""
    runs = hunts.shown(recorded.runs())[:RECENT]
    left, right = st.columns([4, 5], gap="large")
    with left, st.container(gap=None):
        st.markdown("**Recent runs**")
        if not runs:
            st.caption("No run yet. Press one of the Train buttons above: the first picture is there within a second.")
        for run in runs:
            with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
                if st.button(plain(called(run)), key=f"open_{run.id}", icon=ICONS[run.state], type="tertiary"):
                    session.choose(run.id)
                    session.put("train_view", "watch")
                    go("train")
                st.caption(say(run), width="stretch")
    with right:
        last = next((run for run in runs if run.step), None)
        if last:
            st.fragment(_loss, run_every=TICK if may_change(last) else None, key="home_loss")(last.id)
        else:
            _words()


def _loss(run_id: str) -> None:
    info = still(run_id)
    tables = recorded.loss(run_id, fitting_window(info.step), log=False)
    said = f"Loss of {called(info)}"
    live_chart(small_loss, small_loss_tables(tables), key="small_loss", alt_text=f"{said} over the steps.")
    st.caption(f"{plain(said)}{'; dashed: validation' if tables.validation.num_rows else ''}.")


def _words() -> None:
    dataset, context = recorded.store().dataset(""), PRESETS["wavenet"].context
    whole = sum(len(word) <= context for word in dataset.words) / len(dataset.words)
    said = (
        f"{theme.steps(len(dataset.words))} names by their length: a model that sees {context} characters sees "
        f"{whole:.0%} of them whole."
    )
    table = length_table(dataset.words)
    live_chart(word_lengths, table, key="word_lengths", alt_text=said, context=context, height=128)
    st.caption(said)
