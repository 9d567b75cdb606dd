"""What a chart reads is told from its spec, and a chart that is not given it is refused: Vega would stay silent."""

import altair as alt
import pyarrow as pa
import pytest

from explorer.charts.scales import anchored
from explorer.charts.tables_read import tables_read
from explorer.panels.live_chart import live_chart

ROWS = pa.table({"step": [1], "loss": [2.0]})


def one_line(palette) -> alt.Chart:
    return alt.Chart().mark_line().encode(x="step:Q", y="loss:Q")


def unnamed_layers(palette) -> alt.LayerChart:
    return alt.layer(one_line(palette), alt.Chart(alt.NamedData("guide")).mark_rule().encode(y="loss:Q"))


def named_layers(palette) -> alt.LayerChart:
    x = alt.X("step:Q", scale=alt.Scale(domain=anchored("step")))
    lines = (alt.Chart(alt.NamedData("loss")).mark_line().encode(x=x, y="loss:Q"),) * 2
    return alt.layer(*lines, alt.Chart(alt.NamedData("guide")).mark_rule().encode(y="loss:Q"))


def test_marks_read_their_own_table_or_the_one_around_them_and_scales_theirs():
    assert tables_read(named_layers(None).to_dict()) == {"loss", "guide", "anchors"}
    assert tables_read(one_line(None).to_dict()) == {"empty"}
    inner = {"layer": [{"mark": "line"}, {"mark": "bar", "data": {"name": "own"}}]}
    assert tables_read({"data": {"name": "around"}, "hconcat": [inner]}) == {"around", "own"}


@pytest.mark.parametrize(
    ("chart", "tables", "missing"),
    [
        (unnamed_layers, ROWS, "empty.*guide"),
        (unnamed_layers, {"loss": ROWS, "guide": ROWS}, "empty"),
        (named_layers, {"loss": ROWS, "guide": ROWS}, "anchors"),
        (one_line, {"loss": ROWS}, "empty"),
    ],
)
def test_a_chart_that_is_not_given_what_it_reads_is_refused(chart, tables, missing):
    with pytest.raises(ValueError, match=f"{chart.__name__} reads .*{missing}"):
        live_chart(chart, tables, key="k", alt_text="A picture.")


def test_a_chart_that_has_all_it_reads_is_drawn():
    live_chart(one_line, ROWS, key="one", alt_text="A picture.")
    live_chart(named_layers, dict.fromkeys(("loss", "guide", "anchors"), ROWS), key="two", alt_text="A picture.")
