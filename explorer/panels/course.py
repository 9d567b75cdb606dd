"""The pieces of Home: presets to train with one click, the course as a path, recent runs and how the last one learns.

Home could do without a picture. With one, a browser has loaded the code that draws before somebody presses Train.
"""

import streamlit as st

from core.nn.presets import PRESETS
from core.runs.info import RunInfo
from explorer import feeds, session, theme, verbs
from explorer.chapters import CHAPTERS
from explorer.charts.small_loss import small_loss, small_loss_tables
from explorer.charts.word_lengths import length_table, word_lengths
from explorer.navigation import go, link
from explorer.panels.live_chart import TICK, live_chart
from explorer.panels.run_state import ICONS, may_change, say

RECENT = 3
WINDOWS = (1_000, 100, 10)  # steps of a mean in the small picture: the longest that gives ten points
PATH = {
    "data": "Turn words into examples",
    "bigram": "Count pairs, then learn to",
    "learning_rate": "Find a learning rate",
    "initialisation": "Begin well: scales, gains, saturation",
    "batchnorm": "Tie a batch together, and what goes wrong",
    "backprop": "Find every gradient by hand",
    "train": "Train a model and read its loss curve",
    "products": "See which shapes fit together",
    "shapes": "Follow the shapes layer by layer",
    "receptive_field": "See what each node can see",
    "activations": "Watch what the layers put out",
    "gradients": "Check that every layer learns",
    "convolution": "Slide along a word instead of starting over",
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
    """The last run's loss and the last few runs; in an empty store the words that the first will learn from."""
    runs = feeds.runs()[:RECENT]
    st.subheader("Recent runs" if runs else "What they learn from")
    last = next((run for run in runs if run.step), None)
    if last:
        st.fragment(_loss, run_every=TICK if may_change(last) else None, key="home_loss")(last.id)
    else:
        _words()
    with st.container(gap="xxsmall"):
        for run in runs:
            with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
                if st.button(run.id, key=f"open_{run.id}", icon=ICONS[run.state], type="tertiary"):
                    session.choose(run.id)
                    session.put("train_view", "watch")
                    go("train")
                st.caption(say(run), width="stretch")


def _loss(run_id: str) -> None:
    info = feeds.info(run_id)
    tables = feeds.loss(run_id, _window(info), log=False)
    said = f"Loss of {run_id}; dashed: validation."
    live_chart(small_loss, small_loss_tables(tables), key="small_loss", alt_text=said)
    st.caption(said)


def _window(info: RunInfo) -> int:
    return next((window for window in WINDOWS if info.step >= 10 * window), WINDOWS[-1])


def _words() -> None:
    dataset, context = feeds.store().dataset(""), PRESETS["wavenet"].context
    whole = sum(len(word) <= context for word in dataset.words) / len(dataset.words)
    said = (
        f"{theme.steps(len(dataset.words))} names by their length: a model that sees {context} characters sees "
        f"{whole:.0%} of them whole."
    )
    live_chart(word_lengths, length_table(dataset.words), key="word_lengths", alt_text=said, context=context)
    st.caption(said)
    if not feeds.runs():
        st.caption("No run yet. Press one of the Train buttons above: the first picture is there within a second.")
