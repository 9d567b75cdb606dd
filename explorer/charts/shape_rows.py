"""Which layers of a model the picture of shapes shows, row by row, and what it says of each.

>>> rows = shape_rows(infer(parse(preset("wavenet-paper").text(27)), 32, 16), fold=True)
>>> rows[7].label, rows[7].words
('3.Residual(...)', 'as block 2, dilation 2')

Layers inside others are indented and stand above the one that holds them, in the order in which they are computed. Of
blocks that are alike but for their dilation the first is shown whole and the others, folded, are one row each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.nn.notation import LayerSpec
from core.nn.shapes import LayerShape


@dataclass(frozen=True)
class ShapeRow:
    """One row: a layer, or a folded block with all that is in it."""

    shape: LayerShape
    label: str  # its place among its neighbours and its text: "1.CausalConv1d(32, 32)"
    words: str  # what it did to what it read, short enough for a line
    parameters: int
    flops: int
    inside: int = 0  # how many rows above it show the layers inside it


def shape_rows(shapes: Sequence[LayerShape], fold: bool = False) -> list[ShapeRow]:
    """`shapes` are those of `infer`, or the first of them."""
    blocks = _blocks(shapes)
    likes = foldable(shapes) if fold else {}
    rows: list[ShapeRow] = []
    for block in blocks:
        top = block[-1]
        if top.name in likes:
            numbers = sum(shape.parameters for shape in block), sum(shape.flops for shape in block)
            rows.append(ShapeRow(top, _label(top), likes[top.name], *numbers))
        else:
            rows += [
                ShapeRow(shape, _label(shape), words(shape), shape.parameters, shape.flops, _inside(shape))
                for shape in block
            ]
    return rows


def foldable(shapes: Sequence[LayerShape]) -> dict[str, str]:
    """Blocks like an earlier one, by name, and in what they differ: {"3.Residual": "as block 2, dilation 2"}."""
    first: dict[str, LayerShape] = {}
    likes = {}
    for block in _blocks(shapes):
        top = block[-1]
        if not top.spec.inside:
            continue
        model = first.setdefault(_but_dilation(top.spec), top)
        if model is not top:
            dilations = {spec.arguments["dilation"] for spec in top.spec.flat() if "dilation" in spec.arguments}
            differs = f", dilation {dilations.pop()}" if len(dilations) == 1 else ""
            likes[top.name] = f"as block {_number(model)}{differs}"
    return likes


def words(shape: LayerShape) -> str:
    """What a layer did to what it read, short enough for a line: "mixes 20 numbers into 68, per position"."""
    return _WORDS[shape.kind](shape, shape.in_shape, shape.shape)


def _flatten(shape: LayerShape, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    group = before[1] // (after[1] if len(after) == 3 else 1)
    return f"puts {group} neighbours side by side" if group > 1 else "leaves positions as they are"


def _linear(shape: LayerShape, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    return f"mixes {before[-1]} numbers into {after[-1]}{', per position' if len(after) == 3 else ''}"


def _convolve(shape: LayerShape, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    kernel, dilation = shape.spec.arguments["kernel"], shape.spec.arguments["dilation"]
    if kernel == 1:
        return _linear(shape, before, after)
    which = "neighbours" if dilation == 1 else f"positions {dilation} apart"
    return f"mixes {kernel} {which} into {after[-1]} numbers"


_WORDS: dict[str, Callable[[LayerShape, tuple[int, ...], tuple[int, ...]], str]] = {
    "Embedding": lambda shape, before, after: f"looks up {after[-1]} numbers for each character",
    "OneHot": lambda shape, before, after: "puts a 1 at the character's own place",
    "Counts": lambda shape, before, after: "looks up what has followed the character",
    "FlattenConsecutive": _flatten,
    "LastPosition": lambda shape, before, after: f"keeps the last of {before[1]} positions",
    "PositionEmbedding": lambda shape, before, after: "adds a vector for each place",
    "Linear": _linear,
    "CausalConv1d": _convolve,
    "BatchNorm1d": lambda shape, before, after: "brings each channel to mean 0, std 1",
    "Tanh": lambda shape, before, after: "squashes each number into −1 to 1",
    "ReLU": lambda shape, before, after: "replaces numbers below 0 by 0",
    "Residual": lambda shape, before, after: "adds what went in to what came out above",
    "Gated": lambda shape, before, after: "tanh of the first × sigmoid of the second",
    "Skip": lambda shape, before, after: f"puts {after[-1]} numbers aside, passes on its input",
    "SkipSum": lambda shape, before, after: "adds up what the Skips have put aside",
    "TransformerEncoderLayer": lambda shape, before, after: "each looks at itself and all before it",
} | dict.fromkeys(
    ("RNN", "GRU", "LSTM"), lambda shape, before, after: f"reads in turn, carrying {after[-1]} numbers along"
)


def _blocks(shapes: Sequence[LayerShape]) -> list[list[LayerShape]]:
    """Each line's own layers, its outermost last; of a text that does not fit, the last may be without."""
    blocks: list[list[LayerShape]] = [[]]
    for shape in shapes:
        blocks[-1].append(shape)
        if shape.depth == 0:
            blocks.append([])
    return [block for block in blocks if block]


def _but_dilation(spec: LayerSpec) -> str:
    inside = ", ".join(map(_but_dilation, spec.inside))
    return f"{spec.kind}({inside}){spec.args}{sorted((k, v) for k, v in spec.kwargs.items() if k != 'dilation')}"


def _inside(shape: LayerShape) -> int:
    return sum(1 for _ in shape.spec.flat()) - 1


def _number(shape: LayerShape) -> str:
    """Its place among its neighbours: "2" of "2.Residual", "1" of "2.1.Gated"."""
    return shape.name.split(".")[-2]


def _label(shape: LayerShape) -> str:
    return f"{_number(shape)}.{shape.layer}"
