"""The statistics in torch operations are those of the kernel, to the last bin."""

import numpy as np
import pytest
import torch

from core.training.frame import BINS
from core.training.summary import summarise
from core.watch import on_device, values
from core.watch.values import Row, resolve

CASES = {
    "usual": torch.randn(10_000, generator=torch.Generator().manual_seed(0)),
    "one": torch.tensor([3.5]),
    "none": torch.empty(0),
    "constant": torch.full((100,), -2.25),
    "zeros": torch.zeros(7),
    "not finite": torch.tensor([1.0, float("nan"), float("inf"), -float("inf"), 2.0, 5.0]),
    "only NaN": torch.full((5,), float("nan")),
    "huge": torch.tensor([-3.4e38, 3.4e38, 0.0]),
    "tiny": torch.tensor([1e-42, 2e-42, 0.0]),
    "nearly constant": 1 + torch.arange(5) * 1.2e-7,
}


@pytest.mark.parametrize("what", CASES)
@pytest.mark.parametrize("piece", [7, 2**23])
def test_as_the_kernel_gives_them(what, piece, monkeypatch):
    monkeypatch.setattr(on_device, "PIECE", piece)
    flat = CASES[what].float()
    stats, counts = np.empty(12, np.float32), np.empty(BINS, np.int32)
    summarise(flat.numpy(), stats, counts)
    figures = on_device.summarise_on_device(flat[:700] if piece == 7 else flat).numpy()
    if piece == 7 and flat.numel() > 700:
        summarise(flat[:700].numpy(), stats, counts)
    np.testing.assert_allclose(figures[:8].astype(np.float32), stats[:8], rtol=1e-5)
    np.testing.assert_array_equal(figures[8:], counts)


def test_a_row_of_an_accelerator_is_fetched_at_the_end(monkeypatch):
    """On a processor, as if it were none: figures wait until they are asked for."""
    monkeypatch.setattr(values, "numbers", lambda tensor: _Elsewhere(tensor.flatten()))
    monkeypatch.setattr(values, "summarise_on_device", lambda flat: on_device.summarise_on_device(flat.tensor))
    row = Row("0", CASES["usual"])
    other = row.also("(model)")
    assert np.isnan(row.stats).all()
    resolve([row, other])
    for each in (row, other):
        assert each.stats[1] == pytest.approx(CASES["usual"].std().item())
        assert each.counts.sum() == 10_000


class _Elsewhere:
    def __init__(self, tensor: torch.Tensor):
        self.tensor, self.device = tensor, torch.device("cuda")
