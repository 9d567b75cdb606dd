"""One context in ever other company, and the parameter that never moves.

>>> tables = company_spread_tables(spread, alone, ".abc")
>>> live_chart(company_spread, tables, key="spread", alt_text="...", characters=(".", "a", "b", "c"))
>>> live_chart(gradient_chart, gradient_tables(history), key="gradients", alt_text="...", names=tuple(PARAMETERS))
"""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa

from core.lenses.batchnorm.useless_bias import BETA, BIAS, WEIGHT
from explorer.charts.scales import anchored, round_up
from explorer.theme import Palette

PARAMETERS = (WEIGHT, BETA, BIAS)
DECADES = [10.0**k for k in range(-14, 4)]


def company_spread(palette: Palette, *, characters: tuple[str, ...], height: int = 300) -> alt.LayerChart:
    """The next character's probability: a dot for each batch that the context stood in, a bar for evaluation mode."""
    x = alt.X(
        "character:N",
        scale=alt.Scale(domain=list(characters)),
        title="next character ( . ends the word)",
        axis=alt.Axis(labelAngle=0, labelFontSize=12, labelOverlap=len(characters) > 40),
    )
    y = alt.Y(
        "probability:Q",
        title="probability",
        scale=alt.Scale(nice=False, domain=anchored("probability")),
        axis=alt.Axis(format="%", tickCount=5),
    )
    tip = [alt.Tooltip("character:N"), alt.Tooltip("probability:Q", format=".2%"), alt.Tooltip("mode:N")]
    modes = ["training mode", "evaluation mode"]
    colour = alt.Color(
        "mode:N",
        scale=alt.Scale(domain=modes, range=[palette.warning, palette.ink]),
        legend=alt.Legend(title=None, orient="top", symbolType="circle"),
    )
    spread, alone = alt.Chart(alt.NamedData("spread")), alt.Chart(alt.NamedData("alone"))
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(y=y),
        spread.mark_circle(size=22, opacity=0.45).encode(x=x, y=y, color=colour, tooltip=tip),
        alone.mark_tick(thickness=2.5, size=13).encode(x=x, y=y, color=colour, tooltip=tip),
    ).properties(height=height)


def company_spread_tables(spread: np.ndarray, alone: np.ndarray, characters: Sequence[str]) -> dict[str, pa.Table]:
    """`spread` (draws, V) in training mode, `alone` (V,) in evaluation mode, in the order of `characters`."""
    top = round_up(float(max(spread.max(), alone.max())))
    return {
        "spread": pa.table(
            {
                "character": list(characters) * len(spread),
                "probability": spread.ravel(),
                "mode": ["training mode"] * spread.size,
            }
        ),
        "alone": pa.table(
            {"character": list(characters), "probability": alone, "mode": ["evaluation mode"] * len(alone)}
        ),
        "anchors": pa.table({"probability": [0.0, min(top, 1.0)]}),
    }


def gradient_chart(palette: Palette, *, names: tuple[str, ...], height: int = 330) -> alt.LayerChart:
    """How large each parameter's gradient is over the steps, on a logarithmic axis."""
    x = alt.X(
        "step:Q",
        title="step",
        scale=alt.Scale(nice=False, domain=anchored("step")),
        axis=alt.Axis(grid=False, format=",d"),
    )
    y = alt.Y(
        "gradient:Q",
        title="gradient, root mean square (logarithmic axis)",
        scale=alt.Scale(type="log", nice=False, domain=anchored("gradient")),
        axis=alt.Axis(values=DECADES, labelExpr="'1e' + round(log(datum.value) / LN10)", labelOverlap=True),
    )
    legend = alt.Legend(title=None, orient="top", labelLimit=220)
    colour = alt.Color(
        "parameter:N",
        scale=alt.Scale(domain=list(names), range=[palette.weight, palette.gradient, palette.ink]),
        legend=legend,
    )
    dash = alt.StrokeDash(
        "parameter:N", scale=alt.Scale(domain=list(names), range=[[1, 0], [6, 3], [2, 2]]), legend=legend
    )
    rows = alt.Chart(alt.NamedData("rows"))
    tip = [
        alt.Tooltip("parameter:N"),
        alt.Tooltip("step:Q", format=","),
        alt.Tooltip("gradient:Q", format=".3e"),
        alt.Tooltip("moved:Q", title="moved so far", format=".3e"),
    ]
    return alt.layer(
        alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0).encode(x=x, y=y),
        rows.mark_line(strokeWidth=1.8).encode(x=x, y=y, color=colour, strokeDash=dash),
        rows.mark_point(opacity=0, size=60).encode(x=x, y=y, tooltip=tip),
    ).properties(height=height)


def gradient_tables(history: pd.DataFrame) -> dict[str, pa.Table]:
    """`history` is what `core.lenses.batchnorm.useless_bias.follow` gives; a gradient of exactly 0 stands at the
    axis's lower end."""
    seen = history["gradient"][history["gradient"] > 0]
    low, high = (10.0 ** np.floor(np.log10(seen.min())), 10.0 ** np.ceil(np.log10(seen.max())))
    rows = history.assign(gradient=history["gradient"].clip(lower=low))
    ends = {"step": [1.0, float(history["step"].max())], "gradient": [low, high]}
    return {"rows": pa.Table.from_pandas(rows, preserve_index=False), "anchors": pa.table(ends)}
