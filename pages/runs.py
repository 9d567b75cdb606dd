"""Which runs are there, and what do they take up?"""

import streamlit as st

from core.runs import room
from core.spelling import size
from explorer import hunts, theme
from explorer.feeds import recorded
from explorer.panels.run.state import no_run_yet
from explorer.panels.run.table import runs_table

BOUND = (
    "However long a run trains, it keeps about ten moments for each power of ten of steps: a frame, samples and a "
    f"checkpoint each. Its frames take {size(room.KEPT_BYTES)} at most, and so do its checkpoints: of a large model "
    "fewer are kept. Losses take 4 bytes a step."
)

st.title("Which runs are there?")
st.caption("Look for the lowest validation loss; star what matters, delete what does not. A click on a head sorts.")
runs = hunts.shown(recorded.runs())
if runs:
    runs_table(runs)
    total = size(sum(recorded.sizes().values()))
    count = "1 run takes" if len(runs) == 1 else f"{theme.steps(len(runs))} runs take"
    st.caption(f"{count} {total} of the disk.", help=BOUND)
else:
    no_run_yet()
