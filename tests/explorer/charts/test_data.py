"""Tables and specs of the Data page's pictures."""

import numpy as np
import pandas as pd
import pytest

from core.lenses.data.distances import Distances
from explorer.charts.data_dimensions import (
    SHOWN,
    WIDEST,
    context_tables,
    contexts_chart,
    distance_tables,
    distances_chart,
    share,
    spread_chart,
    spread_tables,
)
from explorer.charts.data_words import example_tables, examples_chart, symbol_table, symbols_chart
from explorer.theme import DARK, LIGHT


def test_cells_hold_the_example_twice_as_letters_and_as_codes():
    tables = example_tables(np.array([[0, 0], [0, 2]]), np.array([2, 0]), ".ab")
    cells, texts = (tables[name].to_pandas() for name in ("cells", "texts"))
    assert len(cells) == 2 * 2 * 3
    assert texts.query("kind == 'padding' or kind == 'context' or kind == 'target'")["text"].tolist() == [
        *(".", ".", "b", ".", "b", "."),
        *("0", "0", "2", "0", "2", "0"),
    ]
    assert cells["said"].unique().tolist() == [".. → b", ".b → ."]
    assert (cells["x2"] - cells["x"]).tolist() == pytest.approx([1.0] * 12)


def test_no_two_cells_of_a_row_overlap():
    cells = example_tables(np.zeros((1, 16), int), np.array([0]), ".")["cells"].to_pandas().sort_values("x")
    assert (cells["x"].to_numpy()[1:] >= cells["x2"].to_numpy()[:-1] - 1e-9).all()


def test_symbols_keep_their_order_and_show_their_codes():
    frame = pd.DataFrame({"symbol": [".", "a", '"'], "code": [0, 1, 2], "count": [3, 2, 1], "share": [0.5, 0.3, 0.2]})
    assert symbol_table(frame).to_pydict()["symbol"] == [".", "a", '"']
    spec = symbols_chart(LIGHT, symbols=(".", "a", '"')).to_dict()
    assert 'indexof([".", "a", "\\""], datum.label)' in spec["encoding"]["x"]["axis"]["labelExpr"]


def test_contexts_are_three_lines_with_exact_counts():
    frame = pd.DataFrame({"n": [1, 2], "possible": [27, 27**2], "seen": [20, 30], "examples": [40, 40]})
    lines = context_tables(frame)["lines"].to_pandas()
    assert lines["count"].tolist() == [27, 729, 20, 30, 40, 40]
    assert lines["series"].nunique() == 3


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.0, "100%"),
        (0.999, ">99%"),
        (0.29, "29%"),
        (0.0418, "4.2%"),
        (2.097e-7, "0.000021%"),
        (1.744e-15, "1.7e-13%"),
        (0.0, "0%"),
    ],
)
def test_a_share_has_two_digits_however_small(value, shown):
    assert share(value) == shown


def test_histograms_stand_in_rows_of_their_own_and_hold_all_distances():
    drawn = Distances.between(points=60, seed=0)
    areas = distance_tables(drawn, SHOWN)["areas"].to_pandas()
    for row, d in enumerate(reversed(SHOWN)):
        own = areas[areas["dimensions"] == str(d)]
        assert (own["base"] == row).all()
        assert own["top"].between(row, row + 0.9).all()
        assert own["top"].max() == pytest.approx(row + 0.86)
        pairs = drawn.by_dimension[d]
        if (pairs / pairs.mean()).max() < WIDEST:
            counts = (own["top"] - row) / 0.86
            assert counts.sum() * np.histogram(pairs / pairs.mean(), len(own), (0, WIDEST))[0].max() == pytest.approx(
                len(pairs)
            )


def test_theory_stands_beside_what_is_measured():
    frame = Distances.between(points=50, seed=0).table()
    tables = spread_tables(frame)
    assert tables["theory"]["spread"].to_pylist() == frame["theory"].tolist()
    assert tables["measured"]["spread"].to_pylist() == frame["spread"].tolist()


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_specs_are_constant_and_in_the_theme_s_colours(palette):
    charts = [
        lambda: examples_chart(palette, rows=5, context=3),
        lambda: symbols_chart(palette, symbols=(".", "a")),
        lambda: contexts_chart(palette),
        lambda: spread_chart(palette),
        lambda: distances_chart(palette, dimensions=SHOWN),
    ]
    for chart in charts:
        first = chart().to_dict()
        assert first == chart().to_dict()
        assert palette.time in str(first) or palette.activation in str(first)
