"""Shapes of products and of number-by-number operations, from shapes that the user types.

>>> products_lab()
"""

from collections.abc import Callable
from math import prod

import streamlit as st

from core.lenses.products import Result, Shape, ShapeError, broadcast, parse_shape, product, show
from explorer import session, theme
from explorer.charts.products import box_tables, boxes_chart
from explorer.labs.products.views import views_lab
from explorer.markdown import plain
from explorer.panels.live_chart import live_chart
from explorer.panels.typed_text import LIVE, refusal
from explorer.panels.view_switch import chosen_view, view_switch

VIEW = "products_view"
PRODUCT, BROADCAST, JOIN = "a @ b", "a + b", "view and cat"
LOOK_FOR = {
    PRODUCT: "Type two shapes: the last dimension of a meets the last but one of b, and summing takes both away.",
    BROADCAST: "Type two shapes and look at them from the right: which dimensions are equal, are repeated, or clash.",
    JOIN: "Look how a view puts neighbouring positions side by side, just as a concatenation of slices does.",
}
EXAMPLES = {
    PRODUCT: ("4, 5, 6, 80 @ 80, 200", "4, 8, 10 @ 20, 68", "2, 1, 3, 4 @ 5, 4, 6", "27 @ 27, 27"),
    BROADCAST: ("27, 27 + 27, 1", "27, 27 + 27", "32, 4 + 32", "32, 1 + 64", "4, 1, 68 + 8, 1"),
}
SIGN = {PRODUCT: "@", BROADCAST: "+"}


def look_for() -> str:
    """What to look for in the picture of the chosen operation."""
    return LOOK_FOR[chosen_view(VIEW, LOOK_FOR)]


def products_lab() -> None:
    view = view_switch(VIEW, LOOK_FOR, "Operation")
    if view == JOIN:
        views_lab()
    else:
        _operation(view, product if view == PRODUCT else broadcast)


def _operation(view: str, rule: Callable[[Shape, Shape], Result]) -> None:
    keys = [f"products_{operand}_{SIGN[view]}" for operand in "ab"]
    first = EXAMPLES[view][0].split(SIGN[view])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        texts = [_typed(operand, key, text.strip()) for operand, key, text in zip("ab", keys, first, strict=True)]
        for example in EXAMPLES[view]:
            st.button(example, key=f"example_{example}", type="tertiary", on_click=_write, args=(keys, example, view))
    if not any(text.strip() for text in texts):
        st.info("Type the shapes of a and b, such as 4, 8, 10; one that stays empty is a single number.")
        return
    refused: list[str] = []
    a, b = (_shape(text, f"{key}_good", refused) for text, key in zip(texts, keys, strict=True))
    result = rule(a, b)
    if refused:
        st.warning("  \n".join(refused), icon=":material/rule:")
    else:
        _outcome(result, view, a, b, keys)
    said = f"The dimensions of {show(a)} and {show(b)} as boxes, aligned at the right."
    live_chart(boxes_chart, box_tables(result, view), key="boxes", alt_text=said)
    st.caption(_legend(view))


def _typed(operand: str, key: str, default: str) -> str:
    return st.text_input(
        f"Shape of {operand}",
        session.get(session.keep(key, default)),
        key=key,
        live=LIVE,
        width=190,
        max_chars=80,
        help="Sizes with commas, such as 4, 8, 10. Nothing is a single number.",
    )


def _shape(text: str, good: str, refused: list[str]) -> Shape:
    """What is typed; while that is no shape, what was typed before. `good` is the key that it is kept under."""
    try:
        session.put(good, parse_shape(text))
    except ShapeError as error:
        before = session.get(good, ())
        refused.append(refusal(error, show(before) if before else "a single number"))
    return session.get(good, ())


def _write(keys: list[str], example: str, view: str) -> None:
    for key, text in zip(keys, example.split(SIGN[view]), strict=True):
        session.put(key, text.strip())


def _outcome(result: Result, view: str, a: Shape, b: Shape, keys: list[str]) -> None:
    if result.shape is not None:
        st.success(f"`{show(a)} {SIGN[view]} {show(b)}` is `{show(result.shape)}`. {_why(result, view, a, b)}")
        return
    words, mend = st.columns([4, 1], vertical_alignment="center")
    words.error(plain(result.mistake), icon=":material/rule:")
    if result.fix is not None:
        fix = result.fix
        mend.button(
            f"Write {show(fix.shape)} for {fix.operand}",
            icon=":material/build:",
            on_click=session.put,
            args=(keys["ab".index(fix.operand)], ", ".join(map(str, fix.shape))),
            width="stretch",
        )


def _why(result: Result, view: str, a: Shape, b: Shape) -> str:
    """What happens to the numbers, in a sentence."""
    if view == PRODUCT:
        sums, products = prod(result.shape), f"{theme.steps(a[-1])} product{'' if a[-1] == 1 else 's'}"
        if sums == 1:
            return f"Its one number is a sum over {products}."
        return f"Each of its {theme.steps(sums)} numbers is a sum over {products}."
    stretched = [column for column in result.columns if column.role == "stretch"]
    short, long = sorted((a, b), key=len)
    if len(short) == 1 and len(long) > 1 and short[0] == long[-1] and short[0] in long[:-1]:
        return f"Careful: {show(short)} lies along the last dimension, not along the first of the same size."
    if not stretched:
        return "Number by number: nothing is repeated."
    return "What is repeated takes no memory: one number is read again and again."


def _legend(view: str) -> str:
    if view == PRODUCT:
        return (
            "Violet, dashed, with a Σ: the two that are multiplied and summed, so they must be equal. Teal: rows of a. "
            "Violet: columns of b. Grey: all earlier dimensions are batch, and broadcast."
        )
    return (
        "Dimensions are aligned at the right. Two fit where they are equal, or one is 1 or missing (·): that one is "
        "repeated (dashed). The rules are the same for +, −, *, / and comparisons."
    )
