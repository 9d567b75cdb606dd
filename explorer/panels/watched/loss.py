"""What Train says of a watched run beside the picture of its loss: only what its program told.

>>> watched_numbers(info, moment=None, window=1_000)
>>> st.caption(watched_caption(info, tables, log=True))
"""

import numpy as np
import streamlit as st

from core.runs.info import RunInfo
from explorer import theme
from explorer.charts.loss_tables import LossTables
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.panels.run.state import say

NEVER = "Its program never told the loss: say it with `run.log(loss)` in its loop."


def watched_numbers(info: RunInfo, moment: int | None, window: int) -> None:
    """The step, the mean of the losses that were told up to it, and the last validation loss that was."""
    losses = recorded.losses(info.id)
    at = len(losses) if moment is None else min(moment, len(losses))
    shown = losses[max(0, at - window) : at]
    shown = shown[np.isfinite(shown)]
    mean = float(shown.mean(dtype="float64")) if shown.size else None
    found = [e for e in recorded.evaluations(info.id) if e.split == "val" and (moment is None or e.step <= moment)]
    step, train, val, _ = st.columns([3, 6, 6, 6])
    step.metric("Step", theme.steps(info.step if moment is None else at))
    told = f"Loss, mean of {theme.steps(shown.size)}" if shown.size > 1 else "Loss"
    train.metric(told, theme.loss(mean), help="Of the losses up to here that its program told, finite ones.")
    val.metric(
        f"Validation, step {theme.steps(found[-1].step)}" if found else "Validation",
        theme.loss(found[-1].loss if found else None),
        help="As its program told it, with `run.log(loss, val=...)`.",
    )


def about_watched(info: RunInfo) -> None:
    """In place of samples."""
    about = recorded.watched(info.id)
    st.caption("Watched: its own program trains it.")
    st.caption(f"**Model**  \n{plain(about.modules[0].kind)}, {theme.count(info.parameters)} parameters")
    st.caption(f"**Optimiser**  \n{plain(about.optimiser) if about.optimiser else 'none of torch’s'}")
    st.caption(f"**Where**  \n{plain(about.device)}, torch {plain(about.torch)}")
    st.caption(f"**A frame**  \nat least every {theme.steps(about.every)} steps")


def watched_caption(info: RunInfo, tables: LossTables, log: bool) -> str:
    losses = recorded.losses(info.id)
    if not len(losses) and not info.step:
        return f"{plain(say(info))}. The curve begins with the first step."
    if not np.isfinite(losses).any() and not tables.broken.num_rows:
        return NEVER
    said = [f"Line: mean over {theme.steps(tables.window)} steps. Dots: single losses"]
    said[0] += f", one in {theme.steps(tables.bucket)}, in front of their range." if tables.bucket > 1 else "."
    if log and not tables.log:
        said.append("Losses below 0 have no logarithm: the axis is a plain one.")
    return " ".join(said)
