"""A few presets to begin with, each trained with one click.

>>> preset_cards()
"""

import streamlit as st

from core.nn.presets import PRESETS, Preset
from explorer import session, theme, verbs
from explorer.navigation import go

CARDS = ("bigram", "mlp", "wavenet", "transformer")  # one of each kind; the results have them all


def preset_cards() -> None:
    """One card for each of a few presets; its button trains it and goes to the picture."""
    for column, name in zip(st.columns(len(CARDS), gap="small"), CARDS, strict=True):
        preset = PRESETS[name]
        with column, st.container(border=True, height="stretch", vertical_alignment="distribute", gap="xsmall"):
            st.markdown(f"**{preset.title}**")
            st.caption(_figures(preset))
            if st.button(
                "Train",
                key=f"train_{name}",
                icon=":material/play_arrow:",
                type="primary" if name == "wavenet" else "secondary",
                width="stretch",
                help=f"{preset.description} The loss is the course's, where it names one.",
            ):  # not a callback: the sidebar of the new run is drawn once, on the page that is left for
                verbs.train_preset(name)
                session.put("train_view", "watch")
                go("train")


def _figures(preset: Preset) -> str:
    """What the course says of it, in a line."""
    reached = ""
    if preset.val_loss is not None:
        reached = f", {theme.loss(preset.val_loss)} val"
    elif preset.train_loss is not None:
        reached = f", {theme.loss(preset.train_loss)} train"
    return f"{theme.count(preset.parameters)} parameters{reached}"
