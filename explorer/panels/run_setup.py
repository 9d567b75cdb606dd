"""Setting up a run: a preset or a model text of your own, the words, and the numbers that decide it.

>>> run_setup()     # draws everything; its Train button makes the run the current one and starts it
"""

import streamlit as st

from core.dataset import Dataset
from core.nn.notation import parse
from core.nn.presets import PRESETS, preset_of
from core.training.config import ConfigError, RunConfig, check_batch
from explorer import feeds, session, theme, verbs
from explorer.markdown import plain
from explorer.panels.model_editor import KEY as TEXT
from explorer.panels.model_editor import Checked, model_editor
from explorer.panels.word_choice import BUILTIN, chosen, menu
from explorer.panels.word_loader import load_words

PRESET, CONTEXT, WORDS = "setup_preset", "setup_context", "setup_words"
USED, SYMBOLS = "setup_words_used", "setup_symbols"  # the list that is set up, and how many symbols its text is for
LOAD = "Load a file …"
DEFAULT = "wavenet"
LABELS = {
    "context": "Context",
    "batch_size": "Batch",
    "lr": "lr",
    "lr_after": "then",
    "lr_drop_step": "Drop after",
    "steps": "Steps",
    "seed": "Seed",
}


def run_setup() -> None:
    dataset = _dataset()
    _refit(dataset)
    presets, button = st.columns([4, 1], vertical_alignment="center")
    with presets:
        _preset_picker(dataset)
    values = _numbers()
    _words(dataset)
    refusal = st.empty()
    refused = _refused(values)
    checked = model_editor(dataset, _possible("batch_size", values), _possible("context", values))
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
        args=(config, dataset),
    )


def prefill(config: RunConfig) -> None:
    """Puts a config's model and numbers into the form, from a page that does not draw it."""
    session.put(TEXT, config.model)
    for name in LABELS:
        session.put(CONTEXT if name == "context" else f"setup_{name}", getattr(config, name))


def _preset_picker(dataset: Dataset) -> None:
    # Says which preset the text is; none once it is changed.
    session.put(PRESET, preset_of(session.get(TEXT), dataset.vocab_size, session.get(CONTEXT)))
    st.pills(
        "Start from a preset",
        list(PRESETS),
        key=PRESET,
        on_change=_load_preset,
        args=(dataset.vocab_size,),
        label_visibility="collapsed",
    )


def _load_preset(vocab_size: int) -> None:
    name = session.get(PRESET)
    if name:
        session.put(TEXT, PRESETS[name].text(vocab_size))
        session.put(CONTEXT, PRESETS[name].context)


def _numbers() -> dict:
    """The numbers as they stand in their boxes; an empty or impossible one is for RunConfig to refuse."""

    def whole(name: str, default: int, help: str) -> int | None:
        key = session.keep(f"setup_{name}", default)
        return st.number_input(LABELS[name], value=session.get(key), key=key, step=1, format="%d", help=help)

    def rate(name: str, default: float, help: str) -> float | None:
        key = session.keep(f"setup_{name}", default)
        return st.number_input(LABELS[name], value=session.get(key), key=key, step=0.01, format="%g", help=help)

    columns = st.columns([3, 3, 3, 3, 4, 4, 3, 6], gap="small")
    with columns[0]:
        context = whole("context", 8, "How many characters the model sees: T.")
    with columns[1]:
        batch = whole("batch_size", 32, "Examples a step: B.")
    with columns[2]:
        lr = rate("lr", 0.1, "Learning rate: how far a step moves the weights along their gradient.")
    with columns[3]:
        lr_after = rate("lr_after", 0.01, "The learning rate after the drop.")
    with columns[4]:
        drop = whole("lr_drop_step", 150_000, "The last step with the first learning rate.")
    with columns[5]:
        steps = whole("steps", 200_000, "How many batches it trains on.")
    with columns[6]:
        seed = whole("seed", 42, "Decides the first weights and every batch: the same seed, the same run.")
    with columns[7]:
        menu(WORDS, "Words", last=(LOAD,), help="What it learns to continue: the built-in names, or a file of yours.")
    return {
        "context": context,
        "batch_size": batch,
        "lr": lr,
        "lr_after": lr_after,
        "lr_drop_step": drop,
        "steps": steps,
        "seed": seed,
    }


def _dataset() -> Dataset:
    """The words that are chosen; while a file is being loaded, those that were chosen before."""
    option = chosen(WORDS, (LOAD,))
    if option != LOAD:
        session.put(USED, option)
    return feeds.store().dataset(session.get(USED, BUILTIN))


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


def _possible(name: str, values: dict) -> int:
    """The number, or the last possible one: the editor does not explain a model by a number that is refused anyway."""
    kept = f"setup_possible_{name}"
    if _refused({name: values[name]}) is None:
        session.put(kept, values[name])
    return session.get(kept, getattr(RunConfig, name))


def _config(checked: Checked, values: dict, dataset: Dataset) -> tuple[RunConfig | None, str | None]:
    """What Train would train, or None; and one sentence on why not, unless another part of the page says so already."""
    if checked.error is not None or session.get(WORDS) == LOAD:
        return None, None
    try:
        name = preset_of(checked.text, dataset.vocab_size, values["context"])
        config = RunConfig(model=checked.text, preset=name, **values)
        check_batch(parse(checked.text), checked.shapes)
    except ConfigError as error:
        return None, labelled(error)
    return config, None


def labelled(error: ConfigError) -> str:
    """The sentence, as Markdown, with the setting called as it is on the page; an empty box is called empty."""
    name, found, rest = str(error).partition(" is ")
    if name not in LABELS:
        return plain(str(error))
    return f"**{LABELS[name]}**{plain(found + rest.replace('None:', 'empty:', 1))}"


def _train(config: RunConfig, dataset: Dataset) -> None:
    before = session.run_id()
    verbs.train(config, dataset)
    if session.run_id() != before:
        session.put("train_view", "watch")
