"""Scales over tables that may be empty have their ends from elsewhere: Vega warns of an extent of nothing."""

import pytest
import vl_convert

from explorer.charts.heat_map import heat_map
from explorer.charts.histograms import histograms
from explorer.charts.loss import loss_chart
from explorer.charts.ratios import KINDS, ratios
from explorer.charts.small_loss import small_loss
from explorer.charts.units import norm_chart, unit_map
from explorer.theme import LIGHT

LAYERS = ("1.Embedding.weight", "3.Linear.weight")
CHARTS = {
    "histograms": histograms(LIGHT, rows=3, left="output", right="weight"),
    "loss": loss_chart(LIGHT, log=True),
    "small loss": small_loss(LIGHT),
    "heat map": heat_map(LIGHT, down="example", across="unit"),
    "units": unit_map(LIGHT, kind="Tanh"),
    **{f"norm {what}": norm_chart(LIGHT, what=what) for what in ("mean", "var")},
    **{kind: ratios(LIGHT, names=LAYERS, kind=kind) for kind in KINDS},
}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_no_scale_looks_for_its_ends_in_a_table(chart):
    scales = list(found(vl_convert.vegalite_to_vega(chart.to_dict()), "scales"))
    assert {"x", "y"} <= {scale["name"].removeprefix("layer_0_") for scale in scales}
    for scale in scales:
        domain = scale["domain"]
        assert not isinstance(domain, dict) or "signal" in domain, f"{scale['name']}: {domain}"


def found(part, key: str):
    """All values under `key`, however deep."""
    if isinstance(part, dict):
        yield from part.get(key, [])
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else []:
        yield from found(inner, key)
