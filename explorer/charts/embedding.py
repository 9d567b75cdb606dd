"""The characters of an embedding as marks in a plane: vowels, consonants and the end told apart by colour and shape.

>>> live_chart(embedding_chart, letter_tables(letters), key="embedding", alt_text="...")
"""

import altair as alt
import numpy as np
import pyarrow as pa

from core.lenses.embedding import Letters, kind_of
from explorer.charts.histograms import MONO
from explorer.charts.scales import anchored
from explorer.theme import Palette, blend

SHAPES = {"vowel": "circle", "consonant": "square", "end": "diamond", "other": "triangle-up"}


def embedding_chart(palette: Palette, *, height: int = 345) -> alt.LayerChart:
    """The spec. Both axes have one scale: as many pixels to a unit across as down."""
    ends = "extent(pluck(data('anchors'), 'reach'))"
    across = alt.ExprRef(f"[{ends}[0] * width / height, {ends}[1] * width / height]")
    free = {"nice": False, "zero": False}
    x = alt.X("x:Q", title=None, scale=alt.Scale(domain=across, **free), axis=alt.Axis(tickCount=5))
    y = alt.Y("y:Q", title=None, scale=alt.Scale(domain=anchored("reach"), **free), axis=alt.Axis(tickCount=5))
    colors = {
        "vowel": palette.activation,
        "consonant": palette.guide,
        "end": palette.warning,
        "other": palette.channel,
    }
    scale = {"domain": list(SHAPES)}
    marks = alt.Chart(alt.NamedData("letters"))
    tip = [
        alt.Tooltip("character:N"),
        alt.Tooltip("kind:N", title="it is"),
        alt.Tooltip("x:Q", format=".2f"),
        alt.Tooltip("y:Q", format=".2f"),
        alt.Tooltip("moved:Q", title="moved in the plane by", format=".2f"),
    ]
    place = {"x": x, "y": y}
    return (
        alt.layer(
            marks.mark_rule(color=palette.guide, strokeWidth=1).encode(x=x, y=y, x2="first_x:Q", y2="first_y:Q"),
            marks.mark_point(size=130, filled=True, opacity=1, strokeWidth=1.5).encode(
                **place,
                shape=alt.Shape("kind:N", scale=alt.Scale(range=list(SHAPES.values()), **scale), legend=None),
                fill=alt.Fill(
                    "kind:N",
                    scale=alt.Scale(range=[blend(palette.paper, color, 0.25) for color in colors.values()], **scale),
                    legend=None,
                ),
                stroke=alt.Stroke("kind:N", scale=alt.Scale(range=list(colors.values()), **scale), legend=None),
                tooltip=tip,
            ),
            marks.mark_text(fontSize=10, font=MONO, fontWeight="bold", color=palette.ink, baseline="middle").encode(
                **place, text="character:N", tooltip=tip
            ),
            alt.Chart(alt.NamedData("anchors")).mark_point(opacity=0, size=0).encode(y=alt.Y("reach:Q")),
        )
        .properties(height=height)
        .configure_axis(grid=True)
    )


def letter_tables(letters: Letters) -> dict[str, pa.Table]:
    """Characters whose numbers are not finite are left out: the caption counts them."""
    kept = letters.finite
    characters = np.array(list(letters.characters))[kept]
    moved = np.linalg.norm(letters.places - letters.first, axis=1)
    return {
        "letters": pa.table(
            {
                "character": pa.array(characters.tolist(), pa.string()),
                "kind": pa.array([kind_of(character) for character in characters], pa.string()),
                "x": letters.places[kept, 0],
                "y": letters.places[kept, 1],
                "first_x": letters.first[kept, 0],
                "first_y": letters.first[kept, 1],
                "moved": moved[kept],
            }
        ),
        "anchors": pa.table({"reach": [-float(letters.reach), float(letters.reach)]}),
    }
