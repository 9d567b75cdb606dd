"""The histogram over time, against histograms of the values themselves."""

import numpy as np
import pytest
import vl_convert

from core.training.frame import BINS, STATS
from core.training.summary import summarise
from explorer.charts.histogram_time import BODY, HEAD, ROWS, histogram_time, time_tables
from explorer.theme import LIGHT


def recorded(*tensors):
    """What frames keep of some tensors: (F, STATS), (F, BINS)."""
    stats = np.full((len(tensors), len(STATS)), np.nan, np.float32)
    counts = np.zeros((len(tensors), BINS), np.int32)
    for values, row, count in zip(tensors, stats, counts, strict=True):
        summarise(values, row, count)
    return stats, counts


def normal(scale, n=20_000, seed=0):
    return (np.random.default_rng(seed).standard_normal(n) * scale).astype(np.float32)


def test_shares_are_those_of_the_values():
    wide, narrow = normal(1.0), normal(0.1, seed=1)
    tables = time_tables(np.array([1, 10]), *recorded(wide, narrow), moment=10)
    cells = tables["cells"].to_pandas()
    for step, values in ((1, wide), (10, narrow)):
        own = cells[cells.step == step]
        assert own.percent.sum() == pytest.approx(1, abs=0.002)
        positive = own[own.y2 <= HEAD + BODY / 2 + 1e-6]  # the upper half of the map: y runs down
        assert positive.percent.sum() == pytest.approx((values > 0).mean(), abs=0.02)
    assert len(cells[cells.step == 10]) < len(cells[cells.step == 1]) <= ROWS


def test_the_moment_s_histogram_is_that_of_its_step():
    stats, counts = recorded(normal(1.0), normal(0.3, seed=1), normal(0.1, seed=2))
    for moment, step in ((1, 1), (9, 1), (10, 10), (500, 100)):
        tables = time_tables(np.array([1, 10, 100]), stats, counts, moment)
        cells, bars = tables["cells"].to_pandas(), tables["bars"].to_pandas()
        assert set(bars.step) == {step}
        assert bars.percent.tolist() == cells[cells.step == step].percent.tolist()
        longest = bars.x2 - bars.x
        assert np.allclose(longest / longest.max(), bars.percent / bars.percent.max())


def test_columns_lie_side_by_side_in_order():
    steps = np.array([1, 2, 5, 10, 200, 1_000])
    tables = time_tables(steps, *recorded(*(normal(1.0, 500, seed) for seed in range(6))), moment=1)
    sides = tables["cells"].to_pandas().groupby("step")[["x", "x2"]].first()
    assert sides.index.tolist() == steps.tolist()
    assert np.allclose(sides.x2.iloc[:-1], sides.x.iloc[1:])


def test_what_is_no_number_is_marked_and_values_all_alike_are_one_cell():
    broken = normal(1.0, 100)
    broken[3] = np.nan
    alike, none = np.full(50, 0.5, np.float32), np.full(50, np.nan, np.float32)
    tables = time_tables(np.array([1, 2, 3]), *recorded(broken, alike, none), moment=3)
    assert [rule["kind"] for rule in tables["rules"].to_pylist()].count("broken") == 2
    cells = tables["cells"].to_pandas()
    assert len(cells[cells.step == 2]) == 1
    assert cells[cells.step == 3].empty
    assert tables["bars"].num_rows == 0


@pytest.mark.parametrize("value", [0.0, 0.004])
def test_values_all_alike_are_one_cell_however_narrow_the_others_are(value):
    """The bins of a constant reach beyond it: of 0 as far as 0.5, which is far beyond small gradients."""
    alike = np.full(50, value, np.float32)
    cells = time_tables(np.array([1, 2]), *recorded(normal(1e-3), alike), moment=2)["cells"].to_pandas()
    (cell,) = cells[cells.step == 2].itertuples()
    assert cell.percent == 1


def test_it_is_drawn():
    tables = time_tables(np.array([7]), *recorded(normal(1.0)), moment=7)
    spec = histogram_time(LIGHT, role="output").to_dict() | {"width": 800}
    spec["datasets"] = {name: table.to_pylist() for name, table in tables.items()}
    drawn = vl_convert.vegalite_to_svg(spec)
    assert "step 7" in drawn
    assert "every recorded step, on a logarithmic axis" in drawn
