"""What is wrong with the current run at the current moment: a quiet button that opens a card for each finding.

>>> diagnosis_cards()       # in a page's title row; nothing where the run is healthy
"""

import streamlit as st

from core.lenses.diagnosis.rule import Finding
from core.runs.errors import NoSuchRun
from core.runs.info import RunInfo
from explorer import hunts, session
from explorer.feeds import diagnosis, recorded
from explorer.markdown import plain
from explorer.navigation import PLACES, link
from explorer.panels.run.state import following, still

TICK = 1.0  # seconds between two looks at a run that goes on: sentences to read, not a picture that moves
WIDTH = 430
TRAIN, GRADIENTS = ("train", {}), ("gradients", {"view": "update-data"})
SHOWS = {  # by rule: the page that shows it, and which of its views
    "divergence": TRAIN,
    "first-loss": TRAIN,
    "saturated-layer": ("activations", {}),
    "dead-units": ("activations", {"view": "unit-by-unit"}),
    "vanishing-gradients": ("gradients", {}),
    "exploding-gradients": ("gradients", {}),
    "updates-too-high": GRADIENTS,
    "updates-too-low": GRADIENTS,
    "running-statistics": ("activations", {"view": "batchnorm"}),
    "training-mode": TRAIN,
    "plateau": TRAIN,
    "small-batch": TRAIN,
    "train-val-gap": TRAIN,
    "drop-due": TRAIN,
}


def diagnosis_cards() -> None:
    """Draws nothing without a run, and while a round of the bug hunt is open: there, finding is the user's part."""
    try:
        info = recorded.info(session.run_id()) if session.run_id() else None
    except NoSuchRun:
        return
    if info is not None and not hunts.is_open(info):
        st.fragment(_cards, run_every=TICK if following(info) else None, key="diagnosis")(info.id)


def _cards(run_id: str) -> None:
    info = still(run_id)
    found = diagnosis.findings(info, session.moment())
    if not found:
        return
    label = "1 finding" if len(found) == 1 else f"{len(found)} findings"
    with (
        st.container(horizontal=True, horizontal_alignment="right"),
        st.popover(label, icon=":material/troubleshoot:", key="findings"),
    ):
        for finding in found:
            _card(info, finding)


def _card(info: RunInfo, finding: Finding) -> None:
    rule = finding.rule
    page, view = ("black_box", {}) if _has_black_box(info, rule.name) else SHOWS[rule.name]
    with st.container(gap="xsmall", width=WIDTH):
        st.markdown(f"**{rule.title}**  \n{plain(finding.evidence)}")
        with st.expander("Likely cause, and what to try", key=f"finding_{rule.name}"):
            st.markdown(f"**Likely cause:** {plain(rule.cause)}")
            st.markdown(f"**Try:** {plain(rule.try_)}")
            st.caption(f"In the course: {rule.chapter}.")
        link(page, view, label=f"See it on {PLACES[page].title}")


def _has_black_box(info: RunInfo, rule: str) -> bool:
    return rule == "divergence" and (info.kind, info.state) == ("trained", "diverged")
