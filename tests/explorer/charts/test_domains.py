"""Scales over tables that may be empty have their ends from elsewhere: Vega warns of an extent of nothing."""

import pytest
import vl_convert

from explorer.charts.bigram import pair_costs, pair_map, smoothing_chart, two_rows
from explorer.charts.bigram_network import compare_maps, layer_chart, network_loss
from explorer.charts.convolution import convolution
from explorer.charts.data_dimensions import contexts_chart, distances_chart, spread_chart
from explorer.charts.data_words import examples_chart
from explorer.charts.depth import depth_chart
from explorer.charts.embedding import embedding_chart
from explorer.charts.heat_map import heat_map
from explorer.charts.histograms import histograms
from explorer.charts.learning_rate import finder_chart
from explorer.charts.loss import loss_chart
from explorer.charts.norm_company import company_chart
from explorer.charts.norm_convergence import excess_chart, statistic_chart
from explorer.charts.norm_mistakes import company_spread, gradient_chart
from explorer.charts.norm_sizes import noise_chart, size_losses, variance_chart
from explorer.charts.products import boxes_chart
from explorer.charts.ratios import KINDS, ratios
from explorer.charts.small_loss import small_loss
from explorer.charts.state_curves import apart_curves, loss_curves
from explorer.charts.state_rows import rows_of_bins, saturation
from explorer.charts.two_losses import apart, two_losses
from explorer.charts.units import norm_chart, unit_map
from explorer.charts.views import cells_chart
from explorer.theme import LIGHT

ABC = tuple("abc")
LAYERS = ("1.Embedding.weight", "3.Linear.weight")
CHARTS = {
    "histograms": histograms(LIGHT, rows=3, left="output", right="weight"),
    "loss": loss_chart(LIGHT, log=True),
    "small loss": small_loss(LIGHT),
    "heat map": heat_map(LIGHT, down="example", across="unit"),
    "units": unit_map(LIGHT, kind="Tanh"),
    **{f"norm {what}": norm_chart(LIGHT, what=what) for what in ("mean", "var")},
    "pairs": pair_map(LIGHT, symbols=ABC, what="count"),
    "pair costs": pair_costs(LIGHT, pairs=ABC),
    "smoothing": smoothing_chart(LIGHT),
    "two rows": two_rows(LIGHT, symbols=ABC),
    "network and counts": compare_maps(LIGHT, symbols=ABC),
    "one row": layer_chart(LIGHT, symbols=ABC),
    "network loss": network_loss(LIGHT),
    "convolution": convolution(LIGHT, sampling=True),
    "contexts": contexts_chart(LIGHT),
    "spread": spread_chart(LIGHT),
    "distances": distances_chart(LIGHT, dimensions=(1, 2)),
    "examples": examples_chart(LIGHT, rows=3, context=3),
    "depth": depth_chart(LIGHT, what="activations"),
    "embedding": embedding_chart(LIGHT),
    "finder": finder_chart(LIGHT),
    "company": company_chart(LIGHT, names=ABC, title="t"),
    "statistic": statistic_chart(LIGHT, what="mean"),
    "excess": excess_chart(LIGHT),
    "company spread": company_spread(LIGHT, characters=ABC),
    "bias gradient": gradient_chart(LIGHT, names=ABC),
    "sizes": size_losses(LIGHT),
    "noise": noise_chart(LIGHT),
    "variance": variance_chart(LIGHT),
    "boxes": boxes_chart(LIGHT),
    "states": loss_curves(LIGHT, names=ABC),
    "states apart": apart_curves(LIGHT, names=ABC),
    "state rows": rows_of_bins(LIGHT, names=ABC, title="t"),
    "saturation": saturation(LIGHT, names=ABC, units=5),
    "two losses": two_losses(LIGHT, steps=200),
    "apart": apart(LIGHT, steps=200),
    "cells": cells_chart(LIGHT, wide=3.0, tall=3.0),
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
