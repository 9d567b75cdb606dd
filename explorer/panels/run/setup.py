"""Setting up a run: a preset or a model text of your own, the words, and the numbers that decide it.

>>> run_setup()     # draws everything; its Train button makes the run the current one and starts it
"""

import streamlit as st

from core.dataset import Dataset
from core.nn.notation import parse
from core.nn.presets import PRESETS, preset_of
from core.training.config import ConfigError, RunConfig, check_alone, check_norms, of_preset
from explorer import session, theme, verbs
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.panels.run.model_editor import KEY as TEXT
from explorer.panels.run.model_editor import Checked, check, model_editor
from explorer.panels.run.settings import fill_in, labelled, run_settings, standing
from explorer.panels.word_choice import BUILTIN, chosen, menu
from explorer.panels.word_loader import load_words

PRESET, CONTEXT, WORDS = "setup_preset", "setup_context", "setup_words"
USED, SYMBOLS = "setup_words_used", "setup_symbols"  # the list that is set up, and how many symbols its text is for
LOAD = "Load a file …"
DEFAULT = "wavenet"


def run_setup() -> None:
    dataset = _dataset()
    _refit(dataset)
    presets, button = st.columns([4, 1], vertical_alignment="center")
    with presets:
        _preset_picker(dataset)
    values = run_settings(_words_menu)
    _words(dataset)
    cost, refusal = st.empty(), st.empty()
    refused = _refused(values)
    possible = {name: _possible(name, value) for name, value in values.items()}
    shown = RunConfig(model=PRESETS[DEFAULT].text(27), **possible)
    if values["batch_size"] is None:
        cost.caption(_cost(shown.rows(dataset)))
    checked = model_editor(dataset, shown.rows(dataset), shown.context, shown.positions)
    config = None
    if refused is None:
        config, refused = _config(checked, values, dataset)
    if refused:
        refusal.error(refused)
    button.button(
        "Train",
        key="train",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=config is None,
        on_click=_train,
    )


def prefill(config: RunConfig) -> None:
    """Puts a config's model and numbers into the form, from a page that does not draw it."""
    session.put(TEXT, config.model)
    fill_in(config)


def _cost(examples: int) -> str:
    """What a full batch means, in batches."""
    usual = RunConfig.batch_size
    return (
        f"Full batch: each step reads all {theme.steps(examples)} examples, about {theme.number(examples / usual, 2)} "
        f"times the work of a batch of {usual}."
    )


def _preset_picker(dataset: Dataset) -> None:
    # Says which preset the text is; none once it is changed.
    session.put(PRESET, preset_of(session.get(TEXT), dataset.vocab_size, session.get(CONTEXT)))
    st.pills(
        "Start from a preset",
        list(PRESETS),
        key=PRESET,
        on_change=_load_preset,
        args=(dataset,),
        label_visibility="collapsed",
        wrap=True,
    )


def _load_preset(dataset: Dataset) -> None:
    """Its text and the settings it is trained with."""
    name = session.get(PRESET)
    if name:
        config = of_preset(PRESETS[name], dataset)
        session.put(TEXT, config.model)
        fill_in(config, seed=False)


def _words_menu() -> None:
    menu(WORDS, "Words", last=(LOAD,), help="What it learns to continue: the built-in names, or a file of yours.")


def _dataset() -> Dataset:
    """The words that are chosen; while a file is being loaded, those that were chosen before."""
    option = chosen(WORDS, (LOAD,))
    if option != LOAD:
        session.put(USED, option)
    return recorded.store().dataset(session.get(USED, BUILTIN))


def _words(dataset: Dataset) -> None:
    if session.get(WORDS) == LOAD:
        load_words("setup", on_use=lambda option: session.put(WORDS, option))
        st.caption("Keep a file's words to train on them, or choose a list that is there.")
    elif session.get(WORDS) != BUILTIN:
        st.caption(f"{plain(dataset.name)}: {theme.steps(len(dataset.words))} words, {dataset.vocab_size} symbols.")


def _refit(dataset: Dataset) -> None:
    """After a change of words, a preset's text is that preset's for the new vocabulary; one's own text stays."""
    text = session.get(session.keep(TEXT, PRESETS[DEFAULT].text(dataset.vocab_size)))
    context = session.get(session.keep(CONTEXT, PRESETS[DEFAULT].context))
    before = session.get(SYMBOLS, dataset.vocab_size)
    if before != dataset.vocab_size and (name := preset_of(text, before, context)):
        session.put(TEXT, PRESETS[name].text(dataset.vocab_size))
    session.put(SYMBOLS, dataset.vocab_size)


def _refused(values: dict) -> str | None:
    """One sentence on the first of these numbers that is not possible, whatever the model."""
    try:
        RunConfig(model=PRESETS[DEFAULT].text(27), **values)
    except ConfigError as error:
        return labelled(error)
    return None


def _possible(name: str, value):
    """The value, or the last possible one: the editor does not explain a model by one that is refused anyway."""
    kept = f"setup_possible_{name}"
    if _refused({name: value}) is None:
        session.put(kept, value)
    return session.get(kept, getattr(RunConfig, name))


def _config(checked: Checked, values: dict, dataset: Dataset) -> tuple[RunConfig | None, str | None]:
    """What Train would train, or None; and one sentence on why not, unless another part of the page says so already."""
    if checked.error is not None or session.get(WORDS) == LOAD:
        return None, None
    try:
        name = preset_of(checked.text, dataset.vocab_size, values["context"])
        config = RunConfig(model=checked.text, preset=name, **values)
        check_norms(checked.shapes, config.positions)
        check_alone(parse(checked.text), config.context, dataset.vocab_size, config.positions)
        if config.defect:
            config.defect_layers()
    except ConfigError as error:
        return None, labelled(error)
    return config, None


def _train() -> None:
    """Trains what stands in the form now: a number that was typed just before the click is not drawn yet."""
    dataset = _dataset()
    _refit(dataset)
    values = standing()
    if _refused(values):  # as the page says when it comes back
        return
    shown = RunConfig(model=PRESETS[DEFAULT].text(27), **values)
    text = session.get(TEXT)
    checked = check(text, shown.rows(dataset), shown.context, dataset.vocab_size, shown.positions)
    config, _ = _config(checked, values, dataset)
    if config is None:
        return
    before = session.run_id()
    verbs.train(config, dataset)
    if session.run_id() != before:
        session.put("train_view", "watch")
