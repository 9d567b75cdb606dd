"""A frame as the four tables that `histograms` draws: texts, rules, bins, nans.

    >>> rows = rows_of(frame.tensors, "Tanh", "output", "weight")
    >>> far = [reach(frame.stats, side) for side in ([r.left for r in rows], [r.right for r in rows])]
    >>> tables = histogram_tables(frame, rows, OUTPUTS, *far)
    >>> sorted(tables), tables["bins"].num_rows          # at most 65 points a histogram: the last closes the last bar
    (['bins', 'nans', 'rules', 'texts'], 390)

Histograms of one column share their scale, `reach` to both sides of zero, or (`reach` None) have one each; values
beyond a shared scale are counted at its edge. Bins too narrow to be seen are joined. Heights are each row's own: the
fullest bar reaches the top. One that holds more than half of a layer's outputs, such as the zeros of a ReLU, is cut off
there, and says its share.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from core.training.frame import BINS, STATS, Frame
from explorer import theme
from explorer.charts.frame_rows import Row, kind_of
from explorer.charts.histogram_layouts import ZERO, Layout, Number
from explorer.charts.histograms import FOOT, HEAD, LEFT, NUMBERS, RIGHT, row_height
from explorer.charts.scales import axis_number, round_up

_STAT = {name: i for i, name in enumerate(STATS)}
_MINUS = "\N{MINUS SIGN}"
_TICKS = {0: "lowest tick", 0.5: "tick", 1: "highest tick"}
_RELUS = ("ReLU", "ReLU6")
_FINEST = 0.15  # of the picture's width in percent: a pixel, which a bar must have to be seen
_SQUEEZED = 0.02  # of a scale: a spread below shows no shape


def reach(stats: np.ndarray, tensors: Sequence[int | None]) -> float:
    """How far a shared scale reaches to both sides of zero, rounded up to 1, 2, 5 x 10^k.

    As far as the widest histogram, but not beyond five times the largest spread: gradients have a few values far out
    that would squeeze all others into one bar. `stats` is a frame's (tensors, STATS), or several frames'
    (frames, tensors, STATS).
    """
    picked = stats[..., [t for t in tensors if t is not None], :].astype(np.float64)
    mean, std, low, high = (picked[..., _STAT[name]] for name in ("mean", "std", "low", "high"))
    far = np.minimum(np.maximum(np.abs(low), np.abs(high)), np.abs(mean) + 5 * std)
    far = far[np.isfinite(far)]
    return round_up(float(far.max())) if far.size else 1.0


def squeezed(frame: Frame, rows: Sequence[Row], left_reach: float | None, right_reach: float | None) -> int:
    """How many rows have a histogram whose spread is too small beside a shared scale to show its shape."""
    std = frame.stats[:, _STAT["std"]]

    def small(tensor: int | None, far: float | None) -> bool:
        return tensor is not None and far is not None and bool(0 < std[tensor] < _SQUEEZED * far)

    return sum(small(row.left, left_reach) or small(row.right, right_reach) for row in rows)


def histogram_tables(
    frame: Frame, rows: Sequence[Row], layout: Layout, left_reach: float | None, right_reach: float | None
) -> dict[str, pa.Table]:
    """Tables for `histograms(rows=len(rows), ...)`; a reach of None gives every histogram there its own scale."""
    build = _Builder(frame)
    step = row_height(len(rows))
    bottom = HEAD + len(rows) * step
    build.text("left title", LEFT[0], HEAD / 2, layout.left)
    build.text("right title", RIGHT[0], HEAD / 2, layout.right)
    shown = _shown(frame, rows, layout)
    for number, right_edge in zip(shown, NUMBERS, strict=False):
        build.text("heading", right_edge, HEAD / 2, number.heading, number.tip)
    if layout.side:
        build.text("heading", RIGHT[1], HEAD / 2, layout.side.heading, layout.side.tip)
    for side, own in ((LEFT, left_reach), (RIGHT, right_reach)):
        if own is not None:
            build.axis(side, own, HEAD, bottom)
    for i, row in enumerate(rows):
        pair = reach(frame.stats, [row.left, row.right]) if layout.paired else None
        top, base = HEAD + i * step, HEAD + (i + 1) * step
        middle = (top + base) / 2
        build.text("label", 0, middle, row.label, _shape_tip(frame, row.left))
        if row.left is not None:
            build.cell("left", row.left, LEFT, pair or left_reach, top, base, beside=layout.paired)
            build.numbers(row, shown, middle)
        if row.right is not None:
            name = row.right_label
            # a row too low for two lines has its scale beside the name
            indent = 6.8 if name and step < 32 else 0.3
            build.cell("right", row.right, RIGHT, pair or right_reach, top, base, indent)
            build.text("name", RIGHT[0], top + 9, name, _shape_tip(frame, row.right))
            if layout.side and frame.counts[row.right].sum():
                value = frame.stats[row.right, _STAT[layout.side.stat]]
                build.text("side", RIGHT[1], top + 9, _write(value, layout.side), layout.side.tip)
    return build.tables()


def _shown(frame: Frame, rows: Sequence[Row], layout: Layout) -> tuple[Number, ...]:
    """The columns of numbers, without those that no layer here has: only Tanh and ReLU saturate."""
    saturated = frame.stats[[row.left for row in rows if row.left is not None], _STAT["saturated"]]
    saturating = bool(np.isfinite(saturated).any())
    return tuple(number for number in layout.numbers if saturating or not number.percent)


class _Builder:
    """Collects the rows of the four tables of one frame."""

    def __init__(self, frame: Frame):
        self.frame = frame
        self.texts, self.rules, self.nans = [], [], []
        self.bins = []

    def text(self, kind: str, x: float, y: float, text: str, tip: str = "") -> None:
        self.texts.append((kind, float(x), float(y), text, tip or text))

    def axis(self, side: tuple[float, float], far: float, top: float, bottom: float) -> None:
        for share in (0, 0.25, 0.5, 0.75, 1):
            x = side[0] + share * (side[1] - side[0])
            self.rules.append(("grid", x, float(top), x, float(bottom)))
            if share in _TICKS:  # a name for every line would be too many on a narrow page
                value = (2 * share - 1) * far
                self.text(_TICKS[share], x, bottom + FOOT / 2, axis_number(value).replace("-", _MINUS, value < 0))

    def cell(
        self, side: str, tensor: int, panel, far: float | None, top: float, base: float, indent=0.3, beside=False
    ) -> None:
        """One histogram: bins, base line, and a box for what is not a number.

        Its scale is `far` to both sides, written `beside` it if asked for; without one it is its own, written
        `indent` from its left.
        """
        stats = self.frame.stats[tensor]
        low, high = float(stats[_STAT["low"]]), float(stats[_STAT["high"]])
        counts = self.frame.counts[tensor].astype(np.int64)
        self.rules.append(("base", panel[0], float(base), panel[1], float(base)))
        if counts.sum() and np.isfinite(low) and np.isfinite(high):
            written = beside or far is None
            if far is None:
                far = max(abs(low), abs(high)) or 1.0
            if written:
                at = panel[1] + 0.5 if beside else panel[0] + indent
                self.text("below", at, base - 8, f"±{_short_number(far)}", "this row's scale, to both sides")
            self._bars(side, tensor, panel, far, (low, high), counts, top, base)
        middle = base - 9.5 if counts.sum() else (top + base) / 2
        self._not_numbers(int(stats[_STAT["nan"]]), int(stats[_STAT["inf"]]), panel, middle)

    def _bars(self, side, tensor, panel, far, ends, counts, top, base) -> None:
        info = self.frame.tensors[tensor]
        least, most = (float(self.frame.stats[tensor, _STAT[name]]) for name in ("min", "max"))
        if least == most:  # the bins of a constant reach beyond it
            ends, counts = (least, most), counts.sum(keepdims=True)
        edges = np.linspace(*ends, len(counts) + 1)
        x = panel[0] + (edges / far + 1) / 2 * (panel[1] - panel[0])
        if x[-1] - x[0] < 0.5:  # all values (almost) equal: still a bar one can see
            middle = np.clip(x.mean(), panel[0] + 0.25, panel[1] - 0.25)
            x = np.linspace(middle - 0.25, middle + 0.25, len(x))
        join = next(n for n in (1, 2, 4, 8, 16, 32, BINS) if n * (x[1] - x[0]) >= _FINEST)
        counts, edges, x = counts.reshape(-1, join).sum(1), edges[::join], x[::join]
        self._outside(counts, x, panel, base)
        x = np.clip(x, *panel)
        total, fullest = counts.sum(), counts.max()
        rest = np.delete(counts, counts.argmax()).max(initial=0)
        cut = side == "left" and fullest > total / 2 and 0 < rest < fullest / 4
        if cut:
            words = f"{fullest / total:.0%} in one bar"
            self.text("above", panel[1] - 0.3, top + 9, words, f"{words}, cut off so that the others can be seen")
        # the top eighth stays free, so that rows do not touch
        y = base - (base - top) * 0.875 * np.minimum(counts / (rest if cut else fullest), 8 / 7 if cut else 1)
        ranges = [f"{a} to {b}" for a, b in pairwise(map(theme.number, edges))]
        self.bins.append(
            {
                "cell": [f"{tensor}"] * len(x),
                "side": [side] * len(x),
                "tensor": [info.name] * len(x),
                "x": x,
                "x2": np.append(x[1:], x[-1]),
                "y": np.append(y, y[-1]),
                "base": np.full(len(x), float(base)),
                "ceiling": np.full(len(x), float(top)),
                "range": [*ranges, ranges[-1]],
                "count": np.append(counts, 0),
                "share": np.append(counts / total, 0.0),
            }
        )

    def _outside(self, counts: np.ndarray, x: np.ndarray, panel: tuple[float, float], base: float) -> None:
        """How many values lie beyond a shared scale, written at the edge that they lie behind."""
        below, above = counts[x[1:] <= panel[0]].sum(), counts[x[:-1] >= panel[1]].sum()
        if below:
            self.text("below", panel[0] + 0.3, base - 8, f"◂ {below:,}", f"{below:,} values lie further left")
        if above:
            self.text("above", panel[1] - 0.3, base - 8, f"{above:,} ▸", f"{above:,} values lie further right")

    def _not_numbers(self, nan: int, inf: int, panel: tuple[float, float], middle: float) -> None:
        if nan or inf:
            parts = [f"{n:,} {word}" for n, word in ((nan, "NaN"), (inf, "Inf")) if n]
            text = f"╱╱ {', '.join(parts)} ╱╱"
            half = min(0.6 * len(text), (panel[1] - panel[0]) / 2)
            at = (panel[0] + panel[1]) / 2
            self.nans.append((at - half, middle - 8, at + half, middle + 8, at, middle, text))

    def numbers(self, row: Row, columns: tuple[Number, ...], y: float) -> None:
        for number, right_edge in zip(columns, NUMBERS, strict=False):
            tensor = row.left if number.of == "left" else row.right
            value = float(self.frame.stats[tensor, _STAT[number.stat]])
            if number.percent and np.isnan(value):
                continue  # only Tanh and ReLU saturate
            if number.stat == "saturated" and (row.kind or kind_of(self.frame.tensors[tensor].layer)) in _RELUS:
                number = ZERO
            if not self.frame.counts[tensor].sum():
                value = np.nan  # nothing finite to take a mean, a spread or a share of
            kind = "warning" if value > number.warn_above else "number"
            exact = f"{number.heading} of {self.frame.tensors[tensor].name}: {value:.6g}. {number.tip.capitalize()}."
            self.text(kind, right_edge, y, _write(value, number), exact)

    def tables(self) -> dict[str, pa.Table]:
        bins = {name: np.concatenate([b[name] for b in self.bins]) for name in _BINS.names} if self.bins else {}
        columns = {name: bins.get(name, []) for name in _BINS.names}
        return {
            "texts": _table(_TEXTS, self.texts),
            "rules": _table(_RULES, self.rules),
            "bins": pa.table({n: pa.array(columns[n], type=_BINS.field(n).type) for n in _BINS.names}),
            "nans": _table(_NANS, self.nans),
        }


_text, _real = pa.string(), pa.float64()
_TEXTS = pa.schema({"kind": _text, "x": _real, "y": _real, "text": _text, "tip": _text})
_RULES = pa.schema({"kind": _text, "x": _real, "y": _real, "x2": _real, "y2": _real})
_NANS = pa.schema(dict.fromkeys(("x", "y", "x2", "y2", "middle", "center"), _real) | {"text": _text})
_BINS = pa.schema(
    dict.fromkeys(("cell", "side", "tensor", "range"), _text)
    | dict.fromkeys(("x", "x2", "y", "base", "ceiling", "share"), _real)
    | {"count": pa.int64()}
)


def _table(schema: pa.Schema, rows: list[tuple]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [[] for _ in schema]
    return pa.table([pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _write(value: float, number: Number) -> str:
    if number.percent and np.isfinite(value):
        return f"{value:.1%}{' zero' if number is ZERO else ''}"
    value = float(value)
    text = f"{value:.1e}".replace("e-0", "e-") if 0 < abs(value) < 0.001 else theme.number(value)
    return text.replace("-", _MINUS, value < 0)


def _short_number(value: float) -> str:
    """At most six characters: 3.3, 12000, 1.6e8."""
    plain = theme.number(value, 2)
    return plain if len(plain) <= 6 else f"{value:.1e}".replace("e+0", "e").replace("e+", "e")


def _shape_tip(frame: Frame, tensor: int | None) -> str:
    if tensor is None:
        return ""
    info = frame.tensors[tensor]
    letters = theme.shape(info.shape) if "output" in info.role else " × ".join(f"{n:,}" for n in info.shape)
    return f"{info.name} {letters}"
