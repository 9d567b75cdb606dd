"""The numbers that decide a run: a row of those that everybody sets, and a fold with those of single chapters.

>>> values = run_settings(words_menu)      # {"context": 8, "batch_size": 32, ...}: fields of RunConfig
>>> fill_in(config)                          # before they are drawn, or from another page

What stands in a box is for RunConfig to refuse; `labelled` says its sentence in the page's words.
"""

from collections.abc import Callable, Mapping

import streamlit as st

from core.nn.presets import PRESETS
from core.training.config import OPTIMISERS, TRAIN_ON, ConfigError, RunConfig
from core.training.defects import DEFECTS, parted
from explorer import session
from explorer.markdown import plain

LABELS = {
    "context": "Context",
    "batch_size": "Batch",
    "lr": "lr",
    "lr_after": "then",
    "lr_drop_step": "Drop after",
    "steps": "Steps",
    "seed": "Seed",
    "optimiser": "Optimiser",
    "l2": "L2",
    "positions": "Positions",
    "train_on": "Trained on",
    "defect": "Plant a bug",
}
SPOKEN = {"sgd": "plain descent", "adamw": "AdamW", "train": "training words", "all": "all words"}
FULL_BATCH = "setup_full_batch"
FEW = 10  # steps: fewer are seldom meant
RATES = {  # the learning rates that suit an optimiser at first, before and after the drop
    "sgd": (RunConfig.lr, RunConfig.lr_after),
    "adamw": (PRESETS["transformer"].settings["lr"], PRESETS["transformer"].settings["lr_after"]),
}
EMPTY = ""  # of a box: no number, and no full batch either
NO_BUG = "no bug"


def run_settings(last: Callable[[], None]) -> dict:
    """Draws them and returns them as they stand; `last` draws what comes at the end of the row."""
    full = session.get(session.keep(FULL_BATCH, False))
    columns = iter(st.columns([3, 3, 3, 3, 4, 4, 3, 6], gap="small"))
    with next(columns):
        _whole("context", "How many characters the model sees: T.")
    with next(columns):
        _whole("batch_size", "Examples a step: B.", disabled=full)
    with next(columns):
        values = {"lr": _real("lr", "Learning rate: how far a step moves the weights along their gradient.")}
    with next(columns):
        _real("lr_after", "The learning rate after the drop.")
    with next(columns):
        values["lr_drop_step"] = _whole(
            "lr_drop_step", "The last step with the first learning rate; empty: it never drops.", placeholder="never"
        )
    with next(columns):
        values["steps"] = _whole("steps", "How many batches it trains on.")
    with next(columns):
        _whole("seed", "Decides the first weights and every batch: the same seed, the same run.")
    with next(columns):
        last()
    if _never_drops(values):
        st.caption(
            f"The learning rate stays {values['lr']:g}: the run ends before it would drop, "
            f"after step {values['lr_drop_step']:,}."
        )
    if values["steps"] in range(1, FEW) and not full:
        st.caption("So few steps learn next to nothing. Write large numbers out: a box reads 1e3 as 1.")
    _advanced()
    return standing()


def standing() -> dict:
    """What stands in the boxes, also where it was typed since they were drawn: within a button's callback."""
    values = {name: session.get(_key(name)) for name in LABELS}
    values["defect"] = values["defect"] if values["defect"] in DEFECTS else None
    if session.get(FULL_BATCH):
        return values | {"batch_size": None}
    return values | {"batch_size": EMPTY} if values["batch_size"] is None else values


def _never_drops(values: dict) -> bool:
    lr, drop, steps = (values[name] for name in ("lr", "lr_drop_step", "steps"))
    return None not in (lr, drop, steps) and drop >= steps > 0


def fill_in(config: RunConfig, seed: bool = True) -> None:
    """Puts a config's numbers into their boxes; `seed`: that one too."""
    for name in LABELS:
        if name == "batch_size":
            session.put(FULL_BATCH, config.batch_size is None)
            session.put(_key(name), config.batch_size or RunConfig.batch_size)
        elif name == "defect":
            session.put(_key(name), parted(config.defect)[0].name if config.defect else NO_BUG)
        elif name != "seed" or seed:
            session.put(_key(name), getattr(config, name))


def labelled(error: ConfigError, labels: Mapping[str, str] = LABELS) -> str:
    """The sentence, as Markdown, with the setting called as it is on the page; an empty box is called empty."""
    name, found, rest = str(error).partition(" is ")
    if name not in labels:
        return plain(str(error))
    rest = rest.replace("None:", "empty:", 1).replace(f"{EMPTY!r}:", "empty:", 1)
    return f"**{labels[name]}**{plain(found + rest)}"


def _advanced() -> None:
    with st.expander("Advanced", key="setup_advanced"):
        columns = iter(st.columns([7, 5, 5, 8, 7, 11], gap="small", vertical_alignment="bottom"))
        with next(columns):
            help = (
                "AdamW gives every weight a learning rate of its own, and lets all weights decay a little. Where the "
                f"rate is as usual, it becomes {RATES['adamw'][0]:g}."
            )
            values = {"optimiser": _choice("optimiser", OPTIMISERS, help, on_change=_suit_rates)}
        with next(columns):
            help = (
                "This times the mean square of the weights of each Linear, Skip and CausalConv1d layer is added to the "
            )
            help += "loss. Other layers' weights are not held small."
            values["l2"] = _real("l2", help)
        with next(columns):
            help = "How many of a text's characters are predicted in one pass, by a model without FlattenConsecutive."
            values["positions"] = _whole("positions", help)
        with next(columns):
            help = "The other words are left to judge the model by; all words leave none."
            values["train_on"] = _choice("train_on", TRAIN_ON, help)
        with next(columns):
            key = session.keep(FULL_BATCH, False)
            st.toggle("Full batch", value=session.get(key), key=key, help="All examples at every step.")
        with next(columns):
            values["defect"] = _bug()
    if unusual := _unusual(values):
        st.caption(f"Advanced: {unusual}.")


def _bug() -> str | None:
    key, options = session.keep(_key("defect"), NO_BUG), [NO_BUG, *DEFECTS]
    chosen = st.selectbox(
        LABELS["defect"],
        options,
        index=options.index(session.get(key)),
        key=key,
        format_func=lambda name: DEFECTS[name].title if name in DEFECTS else name,
        help="A deliberate mistake, to see what it does to every lens. The run's name says which. On the page Bug hunt "
        "you are not told.",
    )
    return chosen if chosen in DEFECTS else None


def _suit_rates() -> None:
    """With the optimiser, rates that suited the other one change, and those of one's own stay."""
    rates = tuple(session.get(_key(name)) for name in ("lr", "lr_after"))
    if rates in RATES.values():
        lr, lr_after = RATES[session.get(_key("optimiser"))]
        session.put(_key("lr"), lr)
        session.put(_key("lr_after"), lr_after)


def _unusual(values: dict) -> str:
    """What the fold holds that is not as usual, for when it is closed."""
    spoken = {
        "optimiser": SPOKEN.get(values["optimiser"]),
        "l2": f"L2 of {values['l2']}",
        "positions": f"{values['positions']} positions in one pass",
        "train_on": SPOKEN.get(values["train_on"]),
        "defect": f"a planted bug, {DEFECTS[values['defect']].title}" if values["defect"] else None,
    }
    said = [spoken[name] for name in values if values[name] not in (None, getattr(RunConfig, name))]
    return ", ".join([*said, "full batch"] if session.get(FULL_BATCH) else said)


def _key(name: str) -> str:
    return f"setup_{name}"


def _kept(name: str) -> str:
    return session.keep(_key(name), getattr(RunConfig, name, None))


def _whole(name: str, help: str, **options) -> int | None:
    key = _kept(name)
    return st.number_input(LABELS[name], value=session.get(key), key=key, step=1, format="%d", help=help, **options)


def _real(name: str, help: str) -> float | None:
    key = _kept(name)
    return st.number_input(LABELS[name], value=session.get(key), key=key, step=0.01, format="%g", help=help)


def _choice(name: str, options: tuple[str, ...], help: str, **more) -> str:
    key = _kept(name)
    index = options.index(session.get(key))
    return st.selectbox(LABELS[name], options, index=index, key=key, format_func=SPOKEN.get, help=help, **more)
