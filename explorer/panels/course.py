"""The pieces of Home: presets to train with one click, the course as a path through the pages, recent runs."""

import streamlit as st

from core.nn.presets import PRESETS
from explorer import feeds, session, theme, verbs
from explorer.chapters import CHAPTERS
from explorer.navigation import go, link
from explorer.panels.run_state import ICONS, say

RECENT = 5
PATH = {
    "train": "Train a model and read its loss curve",
    "shapes": "Follow the shapes layer by layer",
    "receptive_field": "See what each node can see",
    "activations": "Watch what the layers put out",
    "gradients": "Check that every layer learns",
    "predict": "Let it write names; beat the course",
}


def preset_cards() -> None:
    """One card a preset; its button trains it and goes to the picture."""
    for column, preset in zip(st.columns(len(PRESETS), gap="small"), PRESETS.values(), strict=True):
        with column, st.container(border=True, height="stretch", vertical_alignment="distribute", gap="small"):
            st.markdown(f"**{preset.title}**")
            st.caption(
                f"{theme.count(preset.parameters)} parameters  \n"
                f"{theme.loss(preset.train_loss)} train, {theme.loss(preset.val_loss)} val"
            )
            if st.button(
                "Train",
                key=f"train_{preset.name}",
                icon=":material/play_arrow:",
                type="primary" if preset.name == "wavenet" else "secondary",
                on_click=verbs.train_preset,
                args=(preset.name,),
                width="stretch",
                help=f"{preset.description} The losses are the course's after 200,000 steps.",
            ):
                session.put("train_view", "watch")
                go("train")


def course_path() -> None:
    st.subheader("A path through the course")
    with st.container(gap="xxsmall"):
        for page, todo in PATH.items():
            where, what, when = st.columns([4, 8, 3], vertical_alignment="center", gap="small")
            with where:
                link(page)
            what.markdown(todo)
            chapter = CHAPTERS[page]
            when.caption(chapter.place, help=f"Where the course explains it: {chapter}")


def recent_runs() -> None:
    st.subheader("Recent runs")
    runs = feeds.runs()[:RECENT]
    if not runs:
        st.caption("None yet. Press one of the Train buttons above: the first picture is there within a second.")
    with st.container(gap="xxsmall"):
        for run in runs:
            with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
                if st.button(run.id, key=f"open_{run.id}", icon=ICONS[run.state], type="tertiary"):
                    session.choose(run.id)
                    session.put("train_view", "watch")
                    go("train")
                st.caption(say(run), width="stretch")
