"""A view beside a concatenation of positions, number by number: what FlattenConsecutive does.

>>> views_lab()
"""

from math import prod

import streamlit as st

from core.lenses.products import Shape, ShapeError, parse_shape, show
from core.lenses.views import Joined, ViewError, divisors, factor_of, joined, viewed
from explorer import session
from explorer.charts.views import cell_tables, cells_chart, number_size, panels_of
from explorer.markdown import plain
from explorer.panels.live_chart import live_chart
from explorer.panels.typed_text import LIVE
from explorer.panels.view_switch import switch

X, SIZES, OTHER = "views_x", "views_sizes", "views_other"
MOST_POSITIONS, MOST_DRAWN = 16, 160  # of an example: positions, and numbers
EVERY, RUNS = "every n-th position", "runs of positions"


def views_lab() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        x = _typed("Shape of x", X, "4, 8, 10", "Examples, positions and channels: B, T, C.")
        sizes = _typed("x.view(...)", SIZES, "4, 4, 20", "The sizes of the view; one may be -1: whatever is left.")
        buttons = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    try:
        shape = _shape(x)
        with buttons:
            _factors(shape)
        view = viewed(shape, _sizes(sizes))
        n = factor_of(shape, view)
        both = None if n is None else joined(shape, n)
    except (ShapeError, ViewError) as error:
        _refused(error)
        return
    if both is None:
        st.info(
            f"{show(shape)} as {show(view)} is possible: the same {prod(shape):,} numbers in the same order. But it is "
            f"no FlattenConsecutive, which keeps the {shape[0]} examples and puts whole positions side by side: press "
            "one of those above.",
            icon=":material/rule:",
        )
        return
    _picture(shape, both)


def _typed(label: str, key: str, default: str, help: str) -> str:
    return st.text_input(
        label, session.get(session.keep(key, default)), key=key, live=LIVE, width=170, max_chars=80, help=help
    )


def _shape(text: str) -> Shape:
    shape = parse_shape(text)
    if len(shape) != 3 or 0 in shape:
        raise ShapeError(f"{show(shape)} is not (B, T, C): write three sizes from 1 on, such as 4, 8, 10.")
    if shape[1] > MOST_POSITIONS:
        raise ShapeError(f"{shape[1]:,} positions are too many to draw: write at most {MOST_POSITIONS}.")
    return shape


def _sizes(text: str) -> Shape:
    """As `parse_shape`, with -1 for whatever is left."""
    parts = [part.strip() for part in text.strip("() ").replace("−", "-").split(",")]
    return tuple(
        -1 if part == "-1" else size for part in parts for size in ((1,) if part == "-1" else parse_shape(part))
    )


def _factors(shape: Shape) -> None:
    """A button for each n that divides T: it writes the view."""
    batch, time, channels = shape
    for n in divisors(time)[1:5]:
        sizes = (batch, channels * n) if n == time else (batch, time // n, channels * n)
        st.button(
            f"FlattenConsecutive({n})",
            key=f"views_n_{n}",
            type="tertiary",
            on_click=session.put,
            args=(SIZES, ", ".join(map(str, sizes))),
        )


def _refused(error: ShapeError | ViewError) -> None:
    words, mend = st.columns([4, 1], vertical_alignment="center")
    words.error(plain(str(error)), icon=":material/rule:")
    fix = getattr(error, "fix", None)
    if fix is not None:
        mend.button(
            f"Write {show(fix)}",
            icon=":material/build:",
            on_click=session.put,
            args=(SIZES, ", ".join(map(str, fix))),
            width="stretch",
        )


def _picture(shape: Shape, both: Joined) -> None:
    batch, time, channels = shape
    other = EVERY if both.n == time else _which()  # slices of one position each are the same either way
    slices, concatenated = _slices(both, time, other)
    equal = (both.view == concatenated).all()
    mark = ":material/check: **equal: yes**" if equal else ":material/close: **equal: no**"
    st.markdown(f"{mark}, all {prod(shape):,} numbers of `{show(both.view.shape)}` compared")
    drawn = channels if time * channels <= MOST_DRAWN else 1
    small = both if drawn == channels else joined((1, time, drawn), both.n)
    grids = [part[0].reshape(-1, drawn * both.n) for part in (small.view, _slices(small, time, other)[1])]
    x = joined((1, time, drawn), 1).view.reshape(time, drawn)
    parts = [(f"x.view{show(both.view.shape)}", grids[0]), (f"torch.cat([{slices}], dim={_dim(both)})", grids[1])]
    panels, wide, tall = panels_of(x, parts, f"x {show(shape)}")
    said = f"Where each number of the first example of {show(shape)} lies in the view and in the concatenation."
    live_chart(cells_chart, cell_tables(panels, drawn, both.n), key="cells", alt_text=said, wide=wide, tall=tall)
    if drawn < channels:
        what = f"a cell is a position with its {channels} numbers"
    else:
        what = "each number is its place in x" + ("" if number_size(wide, tall) else ": point at a cell for its number")
    st.caption(
        f"The first of {batch} examples; {what}. Shades say which slice a cell belongs to; point at one to find it "
        "again. A view moves nothing: it only says anew where rows end."
    )


def _which() -> str:
    return switch(OTHER, [EVERY, RUNS], "Concatenated", help="Which slices are put side by side.")


def _dim(both: Joined) -> int:
    return both.view.ndim - 1


def _slices(both: Joined, time: int, other: str):
    """What is concatenated, as Python writes it, and the result."""
    n, groups = both.n, time // both.n
    if both.view.ndim == 2:  # one position each
        names = [f"x[:, {i}]" for i in range(n)]
    elif other == EVERY:
        names = [f"x[:, {i or ''}::{n}]" for i in range(n)]
    else:
        names = [f"x[:, {i * groups}:{(i + 1) * groups}]" for i in range(n)]
    shown = names if n <= 3 else [*names[:2], "...", names[-1]]
    return ", ".join(shown), both.concatenated if other == EVERY else both.halves
