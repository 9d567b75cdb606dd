"""What shape `a @ b` and `a + b` have, by PyTorch's rules, dimension by dimension, and why where they have none.

>>> product((4, 5, 6, 80), (80, 200)).shape, broadcast((4, 1, 3), (5, 1)).shape
((4, 5, 6, 200), (4, 5, 3))
>>> print(broadcast((32, 4), (32,)).mistake)
Dimension −1 is 4 in a and 32 in b: they must be equal, or one of them 1.
>>> broadcast((32, 4), (32,)).fix
Fix(operand='b', shape=(32, 1))
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

MOST_DIMS, MOST_SIZE = 6, 1_000_000

Shape = tuple[int, ...]


class ShapeError(ValueError):
    """One clear sentence on a text that is no shape."""


@dataclass(frozen=True)
class Column:
    """One dimension of a, b and the result, counted from the right: sizes, None where an operand has none.

    `role`: "equal", "stretch" (a 1, or a missing dimension, is repeated), "clash", or in a product "matrix" for the
    last two: a's last and b's last but one are multiplied and summed; "mismatch" where these two differ.
    """

    a: int | None
    b: int | None
    out: int | None
    role: str


@dataclass(frozen=True)
class Fix:
    """A shape that would do in place of operand "a" or "b"."""

    operand: str
    shape: Shape


@dataclass(frozen=True)
class Result:
    """`columns` from left to right; `shape` is None where there is a `mistake`: one sentence."""

    columns: tuple[Column, ...]
    shape: Shape | None
    mistake: str = ""
    fix: Fix | None = None


def parse_shape(text: str) -> Shape:
    """The shape that somebody typed; nothing, or "()", is that of a single number.

    >>> parse_shape("4, 5, 6, 80"), parse_shape("(80,)"), parse_shape("32 x 27"), parse_shape("")
    ((4, 5, 6, 80), (80,), (32, 27), ())
    """
    parts = [part for part in re.split(r"[\s,x×()\[\]]+", text.strip()) if part]
    for part in parts:
        if not (part.isascii() and part.isdigit()):
            raise ShapeError(f"{part!r} is no size: write whole numbers with commas, such as 4, 8, 10.")
        if len(part) > 7 or int(part) > MOST_SIZE:
            raise ShapeError(f"{part} is too large for a dimension: write at most {MOST_SIZE:,}.")
    if len(parts) > MOST_DIMS:
        raise ShapeError(f"These are {len(parts)} dimensions: write at most {MOST_DIMS}.")
    return tuple(map(int, parts))


def show(shape: Shape) -> str:
    """As Python writes it: (80,), (4, 8)."""
    return str(tuple(shape))


def broadcast(a: Shape, b: Shape) -> Result:
    """The shape of a + b, a * b and all that works number by number: dimensions are aligned at the right."""
    columns = tuple(_stretched(a, b))
    clash = next((place for place, column in enumerate(columns) if column.role == "clash"), None)
    if clash is None:
        return Result(columns, tuple(column.out for column in columns))
    column = columns[clash]
    where = f"Dimension −{len(columns) - clash} is {column.a} in a and {column.b} in b"
    mistake = f"{where}: they must be equal, or one of them 1."
    return Result(columns, None, mistake, _ones(a, b))


def product(a: Shape, b: Shape) -> Result:
    """The shape of a @ b: a's last dimension meets b's last but one, all earlier ones are batch and broadcast.

    A vector on the left is a row, one on the right a column; the result does not keep that dimension.
    """
    result = _multiplied(a, b)
    if result.shape is not None or not a or not b:
        return result
    fits = (fix for fix in _mends(a, b) if _multiplied(*_with(a, b, fix)).shape is not None)
    return replace(result, fix=next(fits, None))


def _multiplied(a: Shape, b: Shape) -> Result:
    """`product` without its fix."""
    if not a or not b:
        which = "a" if not a else "b"
        return Result((), None, f"{which} is a single number, @ needs at least one dimension on either side: use *.")
    row, column = len(a) == 1, len(b) == 1
    left, right = ((1, *a) if row else a), ((*b, 1) if column else b)
    leading = tuple(_stretched(left[:-2], right[:-2]))
    n, m = None if row else left[-2], None if column else right[-1]
    if left[-1] != right[-2]:
        where = "its only one" if column else "its last but one"
        mistake = (
            f"a ends with {left[-1]}, b has {right[-2]} in {where}: these two are multiplied and summed, so they must "
            "be equal."
        )
        matrix = (Column(n, right[-2], None, "mismatch"), Column(left[-1], m, None, "mismatch"))
        return Result((*leading, *matrix), None, mistake)
    columns = (*leading, Column(n, right[-2], n, "matrix"), Column(left[-1], m, m, "matrix"))
    for place in leading:
        if place.role == "clash":
            mistake = (
                f"The leading dimensions {show(left[:-2])} and {show(right[:-2])} do not broadcast: {place.a} and "
                f"{place.b} must be equal, or one of them 1."
            )
            return Result(columns, None, mistake)
    return Result(columns, tuple(column.out for column in columns if column.out is not None))


def _mends(a: Shape, b: Shape) -> Iterator[Fix]:
    """Shapes that may make a product possible, the likeliest first."""
    if len(b) > 1:
        yield Fix("b", (*b[:-2], b[-1], b[-2]))
    if len(a) > 1:
        yield Fix("a", (*a[:-2], a[-1], a[-2]))
    yield Fix("b", (*b[:-2], a[-1], b[-1]) if len(b) > 1 else (a[-1],))
    ones = _ones(a[:-2], b[:-2])
    if ones is not None:
        yield Fix(ones.operand, ones.shape + (a if ones.operand == "a" else b)[-2:])


def _with(a: Shape, b: Shape, fix: Fix) -> tuple[Shape, Shape]:
    return (fix.shape, b) if fix.operand == "a" else (a, fix.shape)


def _stretched(a: Shape, b: Shape) -> list[Column]:
    """a and b aligned at the right."""
    columns = []
    for back in range(max(len(a), len(b)), 0, -1):
        x, y = (shape[-back] if back <= len(shape) else None for shape in (a, b))
        if x == y:
            columns.append(Column(x, y, x, "equal"))
        elif x is None or (x == 1 and y is not None):
            columns.append(Column(x, y, y, "stretch"))
        elif y in (None, 1):
            columns.append(Column(x, y, x, "stretch"))
        else:
            columns.append(Column(x, y, None, "clash"))
    return columns


def _ones(a: Shape, b: Shape) -> Fix | None:
    """Dimensions of 1 put into the operand with fewer dimensions, as few as will do, so that the two broadcast."""
    operand, short, long = ("a", a, b) if len(a) < len(b) else ("b", b, a)
    for size in range(len(short) + 1, len(long) + 1):
        for places in combinations(range(size), len(short)):
            shape = [1] * size
            for place, length in zip(places, short, strict=True):
                shape[place] = length
            if all(column.role != "clash" for column in _stretched(tuple(shape), long)):
                return Fix(operand, tuple(shape))
    return None
