"""The pieces of Home: presets to train with one click, the course as a path, recent runs, and all results.

Home could do without a picture. With one, a browser has loaded the code that draws before somebody presses Train.
"""

import streamlit as st

from core.nn.presets import PRESETS, Preset
from core.runs.info import RunInfo
from core.runs.names import called
from explorer import hunts, session, theme, verbs
from explorer.chapters import CHAPTERS
from explorer.charts.small_loss import small_loss, small_loss_tables
from explorer.charts.word_lengths import length_table, word_lengths
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.navigation import go, link
from explorer.panels.home.results import results_table
from explorer.panels.live_chart import TICK, live_chart
from explorer.panels.run.state import ICONS, may_change, say, still

CARDS = ("bigram", "mlp", "wavenet", "transformer")  # one of each kind; the results have them all
VIEW, RESULTS = "home_view", "All models and results"
VIEWS = ("A path through the course", RESULTS)
RECENT = 3
WINDOWS = (1_000, 100, 10)  # steps of a mean in the small picture: the longest that gives ten points
PATH = {
    "bigram": "Count pairs, then learn to",
    "data": "Turn words into examples",
    "learning_rate": "Find a learning rate",
    "initialisation": "Begin well: scales and gains",
    "batchnorm": "Tie a batch together",
    "backprop": "Find every gradient by hand",
    "train": "Train, and read the loss curve",
    "receptive_field": "See what each node can see",
    "products": "See which shapes fit together",
    "shapes": "Follow shapes layer by layer",
    "activations": "Watch what the layers put out",
    "convolution": "Slide along a word",
    "gradients": "Check that every layer learns",
    "predict": "Let it write names",
}

DEBUG = {
    "hunt": "Find a hidden mistake by what it does to the pictures",
    "black_box": "What broke first, where a loss is NaN",
    "compare": "Where two runs part, and how far",
    "your_model": "Watch a PyTorch model of your own",
}


def _cards() -> None:
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
                on_click=verbs.train_preset,
                args=(name,),
                width="stretch",
                help=f"{preset.description} The loss is the course's, where it names one.",
            ):
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


def course_or_results() -> None:
    """Where to begin and the course as a path, or all models and what they reach."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        view = st.segmented_control(
            "Show",
            VIEWS,
            default=session.get(session.keep(VIEW, VIEWS[0])),
            key=VIEW,
            label_visibility="collapsed",
            required=True,
            width="stretch",
        )
        st.caption("When one does not learn:", width="content")
        for page, what in DEBUG.items():
            link(page, icon=None, help=what)
    if view == RESULTS:
        results_table()
        return
    _cards()
    _course_path()
    _recent_runs()


def _course_path() -> None:
    """In the course's order, down the left column and on down the right one."""
    half = (len(PATH) + 1) // 2
    for column, pages in zip(st.columns(2, gap="large"), (list(PATH)[:half], list(PATH)[half:]), strict=True):
        with column, st.container(gap="xxsmall"):
            for page in pages:
                where, what, when = st.columns([40, 49, 16], vertical_alignment="center", gap="xsmall")
                with where:
                    link(page, help=f"Where the course explains it: {CHAPTERS[page]}")
                what.caption(PATH[page])
                when.caption(f"part {CHAPTERS[page].part}")


def _recent_runs() -> None:
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
    tables = recorded.loss(run_id, _window(info), log=False)
    said = f"Loss of {called(info)}{'; dashed: validation' if tables.validation.num_rows else ''}."
    live_chart(small_loss, small_loss_tables(tables), key="small_loss", alt_text=said)
    st.caption(plain(said))


def _window(info: RunInfo) -> int:
    return next((window for window in WINDOWS if info.step >= 10 * window), WINDOWS[-1])


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
