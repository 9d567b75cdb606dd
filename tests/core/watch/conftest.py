"""What the tests of watching share: a store of their own, small models, loops that nobody here wrote."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from core.runs.store import Store
from core.training.frame import STATS, Frame

STAT = {name: i for i, name in enumerate(STATS)}


@pytest.fixture(autouse=True)
def one_thread():
    """Models of a few hundred numbers: sharing them out takes longer than computing, on a busy machine much longer."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "home")


def mlp() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))


def batches(count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    generator = torch.Generator().manual_seed(1)
    inputs = [torch.randn(16, 6, generator=generator) for _ in range(count)]
    return [(x, x[:, :3].argmax(1)) for x in inputs]


def train(model: nn.Module, optimiser, steps: int, each: Callable[[torch.Tensor], None] = lambda loss: None) -> list:
    """A usual loop; `each` gets the loss after every step."""
    losses = []
    for x, y in batches(steps):
        loss = nn.functional.cross_entropy(model(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        each(loss)
        losses.append(loss.item())
    return losses


def row(frame: Frame, role: str, name: str) -> dict[str, float]:
    """The statistics of one row, by name."""
    (found,) = (i for i, t in enumerate(frame.tensors) if (t.role, t.name) == (role, name))
    return dict(zip(STATS, frame.stats[found].tolist(), strict=True)) | {"count": int(frame.counts[found].sum())}


def names(frame: Frame, role: str) -> list[str]:
    return [t.name for t in frame.tensors if t.role == role]
