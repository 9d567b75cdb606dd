"""What a fork may change, one thing at a time: the controls, and what they mean for its config.

>>> suggest(config, at=1_000)               # fills them in
>>> said = draw("lr", config, at=1_000)     # draws those of one kind; returns what there is to say
>>> changes("lr", config, at=1_000)         # fields of RunConfig
{'lr': 0.01}
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.nn.matching import matched
from core.nn.notation import canonical, parse
from core.nn.shapes import LayerShape
from core.training.config import RunConfig
from core.training.defects import DEFECTS
from explorer import session, theme
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.panels.run.model_editor import Checked, check, model_editor

KINDS = {"lr": "Learning rate", "schedule": "Drop", "model": "Model", "defect": "Planted bug", "steps": "Steps"}
LR, DROP, AFTER, TEXT, BUG, STEPS = (f"fork_{name}" for name in ("lr", "drop", "after", "text", "bug", "steps"))
LABELS = {
    "lr": "Learning rate",
    "lr_after": "Learning rate",
    "lr_drop_step": "The last step before the drop",
    "steps": "Steps in all",
}
NO_BUG = "none"
WIDTH = 280  # pixels


def suggest(config: RunConfig, at: int) -> None:
    """Something to begin with: a tenth of the learning rate, a drop here, twice the steps, the model as it is."""
    bugs = _bugs(config)
    values = {TEXT: config.model, STEPS: 2 * config.steps, BUG: bugs[0] if bugs else None}
    for key, value in (values | _suggested(config, at)).items():
        session.put(key, value)


def _suggested(config: RunConfig, at: int) -> dict[str, Any]:
    """What depends on the checkpoint."""
    lr = config.lr_at(at + 1) / 10
    return {LR: lr, DROP: max(at, 1), AFTER: lr}


def changes(kind: str, config: RunConfig, at: int) -> Mapping[str, Any]:
    """What stands in the controls of one kind, as fields of RunConfig."""
    match kind:
        case "lr":
            dropped = config.lr_drop_step is not None and at >= config.lr_drop_step
            return {"lr_after" if dropped else "lr": session.get(LR)}
        case "schedule":
            return {"lr_drop_step": session.get(DROP), "lr_after": session.get(AFTER)}
        case "model":
            return {"model": session.get(TEXT)}
        case "defect":
            return {"defect": None if session.get(BUG) == NO_BUG else session.get(BUG)}
        case _:
            return {"steps": session.get(STEPS)}


def moved(config: RunConfig, before: int, at: int) -> None:
    """Another checkpoint was chosen: what was suggested at the one before moves with it, what was typed stays."""
    then, now = _suggested(config, before), _suggested(config, at)
    for key, value in then.items():
        if session.get(key) == value:
            session.put(key, now[key])


def is_whole(kind: str, config: RunConfig) -> bool:
    """Does what stands there say something? A model text that does not fit says what is wrong with it itself."""
    return _checked(config).error is None if kind == "model" else kind != "defect" or session.get(BUG) is not None


def draw(kind: str, config: RunConfig, at: int) -> str:
    """Markdown: what else a reader should know, "" where there is nothing."""
    match kind:
        case "lr":
            _real(LR, "Learning rate from here on")
            return f"The learning rate was {config.lr_at(at + 1):g} here."
        case "schedule":
            with st.container(horizontal=True):
                _whole(DROP, "The last step before the drop")
                _real(AFTER, "Learning rate after it")
            return f"The first learning rate is {config.lr:g}."
        case "model":
            dataset = recorded.store().dataset(config.dataset)
            checked = model_editor(dataset, config.rows(dataset), config.context, config.positions, key=TEXT)
            return _kept(config, checked.text, checked.shapes) if checked.error is None else ""
        case "defect":
            return _bug(config)
        case _:
            _whole(STEPS, "Steps in all")
            return f"{theme.steps(config.steps)} were planned."


def _kept(config: RunConfig, text: str, shapes: tuple[LayerShape, ...]) -> str:
    """Which layers keep their weights."""
    before, after = parse(config.model), parse(text)
    if canonical(before) == canonical(after):
        return "The model is as it was."
    stay = {place for _, place in matched(before, after)}
    drawn = [shape.name for place, shape in enumerate(shapes) if shape.parameters and place not in stay]
    if not drawn:
        return "All layers keep their weights."
    return f"Drawn anew: {plain(', '.join(drawn))}. All other layers keep their weights."


def _bug(config: RunConfig) -> str:
    bugs = _bugs(config)
    if not bugs:
        return "No bug can sit in this model."
    chosen = session.get(session.keep_choice(BUG, bugs))
    chosen = st.selectbox("Bug", bugs, index=bugs.index(chosen), key=BUG, format_func=_title, width=2 * WIDTH)
    return "" if chosen == NO_BUG else DEFECTS[chosen].did


def _title(bug: str) -> str:
    return "No bug" if bug == NO_BUG else DEFECTS[bug].title


def _bugs(config: RunConfig) -> list[str]:
    """Those that can sit in the model; of a run that has one, none at all comes first."""
    healthy = _checked(config, config.model)
    possible = [name for name, defect in DEFECTS.items() if defect.layers(healthy.shapes)]
    return possible if config.defect is None else [NO_BUG, *possible]


def _checked(config: RunConfig, text: str | None = None) -> Checked:
    dataset = recorded.store().dataset(config.dataset)
    text = session.get(TEXT) if text is None else text
    return check(text, config.rows(dataset), config.context, dataset.vocab_size, config.positions)


def _real(key: str, label: str) -> None:
    key = session.keep(key, None)
    st.number_input(label, value=session.get(key), key=key, step=0.01, format="%g", width=WIDTH)


def _whole(key: str, label: str) -> None:
    key = session.keep(key, None)
    st.number_input(label, value=session.get(key), key=key, step=1, format="%d", width=WIDTH)
