import numpy as np

from core.lenses.views import joined
from explorer.charts.views import cell_tables, cells_chart, panels_of
from explorer.theme import LIGHT


def picture(shape, n):
    both, x = joined((1, *shape), n), joined((1, *shape), 1).view.reshape(shape)
    parts = [(name, grid[0].reshape(-1, shape[1] * n)) for name, grid in (("v", both.view), ("c", both.concatenated))]
    panels, wide, tall = panels_of(x, parts, "x")
    return panels, cell_tables(panels, shape[1], n), wide, tall


def test_every_number_is_drawn_once_in_each_panel():
    _, tables, wide, tall = picture((8, 10), 2)
    cells = tables["cells"].to_pandas()
    assert (cells.source.value_counts() == 3).all()
    assert len(cells) == 240
    assert cells.x2.max() == wide
    assert cells.y2.max() == tall
    assert not cells[["x", "y"]].duplicated().any(), "no cell lies on another"
    assert (cells.source == 10 * cells.position + cells.channel).all()


def test_shades_are_those_of_the_slices():
    _, tables, _, _ = picture((8, 10), 4)
    cells = tables["cells"].to_pandas()
    assert np.allclose(cells["shade"], cells.position % 4 / 3)


def test_numbers_are_left_out_where_they_would_not_be_legible():
    def marks(wide):
        return [layer["mark"]["type"] for layer in cells_chart(LIGHT, wide=wide, tall=10.0).to_dict()["layer"]]

    assert marks(32.0).count("text") == 2
    assert marks(120.0).count("text") == 1
