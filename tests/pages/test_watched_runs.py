"""Every page shows a run that its own program trains: while it goes on, once it ended, and with little known of it."""

import pytest
import torch
from torch import nn

from core.runs.store import Store
from core.watch import watch
from explorer import feeds
from explorer.navigation import PLACES
from tests.explorer.app import app


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv2d(1 if i == 0 else 4, 4, 3, padding=1), nn.BatchNorm2d(4), act)
            for i, act in enumerate((nn.ReLU(), nn.Tanh(), nn.ReLU6()))
        )
        self.lstm = nn.LSTM(4, 6, batch_first=True)
        self.attention = nn.TransformerEncoderLayer(6, 2, 8, batch_first=True)
        self.head = nn.Linear(6, 2)
        self.unused = nn.Linear(3, 3)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        x, _ = self.lstm(x.flatten(2).transpose(1, 2))
        return self.head(self.attention(x).mean(1))


def train(home, model=None, steps=4, log=lambda step, loss: loss, **options):
    """A watched run of a few steps; returns its id. `log(step, loss)` is the loss that is told, None: nothing."""
    torch.manual_seed(0)
    model = model or Net()
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.01)
    with watch(model, name="mine", every=2, store=Store(home), **options) as run:
        for step in range(1, steps + 1):
            x = torch.randn(8, 1, 4, 4)
            loss = nn.functional.cross_entropy(model(x), torch.randint(0, 2, (8,)))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            told = log(step, loss.item())
            if told is not None:
                run.log(told)
    (run_id,) = [run.id for run in Store(home).runs()][:1]
    return run_id


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """By name: watched runs that all tests of this file look at."""
    home = tmp_path_factory.mktemp("watched") / "home"
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(home))
        torch.set_num_threads(1)
        yield {
            "told": train(home),
            "untold": train(home, log=lambda step, loss: None),
            "negative": train(home, log=lambda step, loss: -loss if step % 2 else None),
        }
        torch.set_num_threads(threads)
        feeds.forget()


def shown(page, run_id, **query):
    at = app(None if page == "home" else page, run=run_id, **query)
    assert not at.exception
    assert not at.error
    return at


@pytest.mark.parametrize("page", PLACES)
def test_every_page_shows_a_watched_run(runs, page):
    shown(page, runs["told"])


@pytest.mark.parametrize("page", ["home", "train", "activations", "gradients", "shapes", "your_model"])
@pytest.mark.parametrize("name", ["untold", "negative"])
def test_whatever_its_program_told(runs, page, name):
    shown(page, runs[name])
