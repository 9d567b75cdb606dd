"""Every page shows a run that its own program trains: while it goes on, once it ended, and with little known of it."""

import pytest
import torch
from torch import nn

from core.runs.store import Store
from core.runs.watched import unlogged
from core.watch import watch
from explorer.feeds import diagnosis, recorded
from explorer.navigation import PLACES
from explorer.panels.frames import views
from tests.explorer.app import app, texts


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
        recorded.forget()


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


def test_a_moment_whose_loss_nobody_told_is_no_finding(runs):
    info = recorded.info(runs["negative"])
    assert unlogged(recorded.losses(info.id)).tolist() == [False, True, False]
    for moment in (1, 2, 3, 4, None):
        assert "divergence" not in [found.rule.name for found in diagnosis.findings(info, moment)]


def choose(at, kind, key, value):
    (widget,) = (widget for widget in at.get(kind) if widget.key == key)
    widget.set_value(value).run()
    assert not at.exception
    assert not at.error
    return at


@pytest.mark.parametrize("part", ["(model)", "blocks", "attention"])
@pytest.mark.parametrize("page", ["activations", "gradients"])
def test_every_view_of_every_part(runs, page, part):
    at = choose(shown(page, runs["told"]), "selectbox", "watched_part", part)
    for view in views.VIEWS[page]:
        choose(at, "button_group", f"{page}_view", view)
        empty = part == "attention" and view in (views.UNITS, views.NORM)
        assert bool(at.get("vega_lite_chart")) != empty


def test_layers_are_chosen_by_the_class_of_their_module(runs):
    at = choose(shown("activations", runs["told"]), "selectbox", "module_kind", "ReLU6")
    assert [box.key for box in at.selectbox if box.key == "watched_part"]
    choose(at, "button_group", "activations_view", views.UNITS)
    (box,) = (box for box in at.selectbox if box.key == f"module_{views.UNITS}")
    assert box.options == ["blocks.0.2 · ReLU", "blocks.1.2 · Tanh", "blocks.2.2 · ReLU6"]


def test_views_that_show_nothing_of_a_model_are_no_options(home):
    run_id = train(home, nn.Sequential(nn.Flatten(), nn.Linear(16, 2)))
    (group,) = (group for group in shown("activations", run_id).get("button_group") if group.key == "activations_view")
    assert [option.content for option in group.proto.options] == ["Histograms", "Over time"]


@pytest.mark.parametrize(
    ("squash", "said"),
    [
        (nn.Tanh(), "Look for tanh outputs"),
        (nn.Hardtanh(), "Look for tanh outputs"),
        (nn.ReLU6(), "Look for outputs that are not all 0"),
        (nn.GELU(), "Look for outputs that neither grow nor shrink much"),
    ],
)
def test_what_to_look_for_fits_the_models_own_functions(home, squash, said):
    run_id = train(home, nn.Sequential(nn.Flatten(), nn.Linear(16, 4), squash, nn.Linear(4, 2)))
    assert shown("activations", run_id).caption[0].value.startswith(said)


def test_pages_that_have_no_meaning_for_a_watched_run_say_why(runs):
    assert "mostly the batch" in shown("shapes", runs["told"]).caption[0].value
    for page, said in (
        ("receptive_field", "derived from a model text, which a watched run has not"),
        ("predict", "A watched run keeps no weights"),
        ("compare", "choose one that was trained here"),
        ("black_box", "it is there for runs that are trained here"),
    ):
        assert said in texts(shown(page, runs["told"]))


def test_rows_that_a_shared_scale_squeezes_are_told(home):
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 4), nn.Tanh(), nn.Linear(4, 2))
    with torch.no_grad():
        model[1].weight *= 1_000
    run_id = train(home, model)
    assert "1 row is too narrow on it to show a shape: try Own scales." in texts(
        choose(shown("activations", run_id), "selectbox", "module_kind", "Linear")
    )
    assert "too narrow" not in texts(shown("activations", run_id, scales="own"))


def test_losses_below_zero_say_that_the_axis_is_plain(runs):
    assert "Losses below 0 have no logarithm" in texts(shown("train", runs["negative"]))
    assert "never told the loss" in texts(shown("train", runs["untold"]))
    said = texts(shown("train", runs["told"]))
    assert "below 0" not in said
    assert "its own program trains it" in said


def test_a_watched_run_is_not_driven_from_here(runs):
    at = shown("train", runs["told"])
    keys = {button.key for button in at.button}
    assert not keys & {"play", "stop", "step_1"}
    (slider,) = (slider for slider in at.select_slider if slider.label == "Moment")
    assert slider.options[0] == "1"


@pytest.mark.parametrize("moment", ["1", "3", "4"])
def test_the_moment_chooses_the_frame(runs, moment):
    at = shown("activations", runs["told"], step=moment)
    assert f"Step {moment}, loss" in texts(at)
