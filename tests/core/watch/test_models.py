"""Models of any kind: what they give, and models that nobody here wrote."""

import itertools
import math
import weakref
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from efficientnet_pytorch import EfficientNet
from torch import nn
from torch.utils.checkpoint import checkpoint

from core.runs.watched import ROOT
from core.training.frame import Frame
from core.watch import watch
from tests.core.watch.conftest import names, row


def run(store, model: nn.Module, batch, steps: int = 3, make=torch.optim.SGD, **settings) -> Frame:
    """A few steps on one batch; the last frame. `batch()` computes a loss. Losses are those without watching."""
    start = {name: value.clone() for name, value in model.state_dict().items()}

    def loop(each) -> list[float]:
        torch.manual_seed(7)
        model.load_state_dict(start)
        optimiser, losses = make([p for p in model.parameters() if p.requires_grad], lr=0.01, **settings), []
        for _ in range(steps):
            optimiser.zero_grad()
            loss = batch()
            loss.backward()
            optimiser.step()
            each(loss)
            losses.append(loss.item())
        return losses

    expected = loop(lambda loss: None)
    with watch(model, every=1, store=store) as watched:
        assert loop(watched.log) == expected
    assert store.run(watched.id).step == steps
    return store.frame(watched.id, steps)


def modules(store) -> dict:
    return {module.path: module for module in store.watched(store.runs()[0].id).modules}


def test_the_transformer_of_torch(store):
    torch.manual_seed(0)
    model = nn.Transformer(16, 2, 2, 2, 32, dropout=0.1, batch_first=True)
    source, target = torch.randn(3, 7, 16), torch.randn(3, 5, 16)
    frame = run(store, model, lambda: model(source, target).square().mean(), make=torch.optim.AdamW)
    assert "encoder.layers.1.linear2" in names(frame, "output_grad")
    assert "decoder.layers.0.multihead_attn.in_proj_weight" in names(frame, "weight_grad")
    for weight in names(frame, "weight"):
        if weight.endswith("linear1.weight"):
            assert -4 < row(frame, "weight", weight)["update_data"] < 0
    found = modules(store)
    assert found["decoder.layers.0.multihead_attn"].out_shapes[0] == (3, 5, 16)
    assert found["decoder.layers.0.multihead_attn"].parent == "decoder.layers.0"
    assert found["encoder"].parameters == sum(p.numel() for p in model.encoder.parameters())
    assert found["encoder.layers.0.self_attn.out_proj"].calls == 0, "torch computes with its weight, not with it"


class Block(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.GroupNorm(2, channels),
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(x + self.body(x))


def test_a_convolutional_network(store):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 8, 3), Block(8), nn.MaxPool2d(2), Block(8), nn.Flatten(), nn.Linear(288, 4))
    model = model.to(memory_format=torch.channels_last)
    model[0].weight.data[2] = 0
    model[0].bias.data[2] = -50.0
    x, y = torch.randn(6, 3, 14, 14).to(memory_format=torch.channels_last), torch.randint(0, 4, (6,))
    frame = run(store, model, lambda: nn.functional.cross_entropy(model(x), y))
    relu = row(frame, "output", "1.relu")
    assert relu["count"] == 6 * 8 * 12 * 12
    assert relu["dead"] >= 1 / 8, "a unit is a channel"
    assert relu["min"] == 0 > row(frame, "output", "1.body.1")["min"], "before the ReLU that works in place"
    assert frame.maps["1.relu"].shape == (6, 8)
    assert frame.maps["1.body.1.batch_mean"].shape == (1, 8)
    for name in names(frame, "output"):
        assert row(frame, "output_grad", name)["std"] > 0, name


def test_a_network_from_a_package(store):
    """EfficientNet's own code: depthwise convolutions, squeeze and excitation, an autograd function of its own."""
    torch.manual_seed(0)
    small = {"image_size": 32, "width_coefficient": 0.2, "depth_coefficient": 0.2}
    model = EfficientNet.from_name("efficientnet-b0", num_classes=5, **small)
    x, y = torch.randn(2, 3, 32, 32), torch.tensor([0, 3])
    frame = run(store, model, lambda: nn.functional.cross_entropy(model(x), y), steps=2)
    called = [module for module in modules(store).values() if module.calls]
    assert len(called) > 60
    assert {module.path for module in called} == {t.layer for t in frame.tensors if t.role == "output"}
    assert math.isfinite(row(frame, "weight", "_fc.weight")["update_data"])
    assert row(frame, "output_grad", "_conv_stem")["std"] > 0


@dataclass
class Answer:
    logits: torch.Tensor
    nothing: None = None


class Odd(nn.Module):
    """Gives every kind of thing."""

    def __init__(self, give):
        super().__init__()
        self.linear, self.give = nn.Linear(4, 4), give

    def forward(self, x):
        out = self.linear(x)
        return out, self.give(out)


ODD = {
    "nothing": lambda out: None,
    "a dict": lambda out: {"loss": out.mean(), "deep": [{"more": out * 2}]},
    "a dataclass": lambda out: Answer(out),
    "integers": lambda out: out.argmax(1),
    "booleans": lambda out: out > 0,
    "complex numbers": lambda out: torch.fft.fft(out).conj(),
    "doubles": lambda out: out.double() * 1e300,
    "halves": lambda out: out.half(),
    "no numbers": lambda out: out[:0],
    "one number": lambda out: out.sum(),
    "a sparse tensor": lambda out: out.to_sparse(),
    "a meta tensor": lambda out: torch.empty(3, device="meta"),
    "a string": lambda out: "done",
    "itself": lambda out: (endless := [out], endless.append(endless)),
    "a thousand": lambda out: [out + i for i in range(1000)],
    "a tensor turned": lambda out: out.T,
    "an expanded one": lambda out: out[:, :1].expand(-1, 1000),
    "not finite": lambda out: out / 0,
}


class Giver(nn.Module):
    def __init__(self, give):
        super().__init__()
        self.odd, self.last = Odd(give), nn.Linear(4, 1)

    def forward(self, x):
        return self.last(self.odd(x)[0])


@pytest.mark.parametrize("what", ODD)
def test_any_output(store, what):
    torch.manual_seed(0)
    model, x = Giver(ODD[what]), torch.randn(5, 4)
    frame = run(store, model, lambda: model(x).square().mean(), steps=2)
    assert {"odd", "odd.linear", "last", ROOT} <= set(names(frame, "output"))
    extra = {name: row(frame, "output", name)["count"] for name in names(frame, "output") if name.startswith("odd[")}
    expected = {
        "a dict": {"odd[1][loss]": 1, "odd[1][deep][0][more]": 20},
        "a dataclass": {"odd[1][logits]": 20},
        "integers": {"odd[1]": 5},
        "booleans": {"odd[1]": 20},
        "complex numbers": {"odd[1]": 40},
        "doubles": {"odd[1]": 0},
        "halves": {"odd[1]": 20},
        "no numbers": {"odd[1]": 0},
        "one number": {"odd[1]": 1},
        "a meta tensor": {"odd[1]": 0},
        "a tensor turned": {"odd[1]": 20},
        "an expanded one": {"odd[1]": 5000},
        "not finite": {"odd[1]": 0},
    }
    if what in expected:
        assert extra == expected[what]
    assert len(extra) <= 16


class Repeated(nn.Module):
    """One layer three times a pass, a tied weight, a frozen one, a layer that is never called."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 6)
        self.cell = nn.Linear(6, 6)
        self.unused = nn.Linear(6, 6)
        self.frozen = nn.Linear(6, 6).requires_grad_(False)
        self.head = nn.Linear(6, 10, bias=False)
        self.head.weight = self.embedding.weight
        self.lstm = nn.LSTM(6, 6, batch_first=True)

    def forward(self, x):
        x = self.embedding(x)
        for _ in range(3):
            x = torch.tanh(self.cell(x))
        return self.head(self.lstm(self.frozen(x))[0])


def test_called_several_times_tied_frozen_and_never_called(store):
    torch.manual_seed(0)
    model, x = Repeated(), torch.randint(0, 10, (4, 5))
    frame = run(store, model, lambda: nn.functional.cross_entropy(model(x).flatten(0, 1), x.flatten()))
    found = modules(store)
    assert [found[path].calls for path in ("cell", "unused", "frozen", ROOT)] == [3, 0, 1, 1]
    assert found["frozen"].trainable == 0 < found["frozen"].parameters
    assert found[ROOT].parameters == sum(p.numel() for p in model.parameters()), "the tied weight once"
    assert "head.weight" not in names(frame, "weight")
    assert found["lstm"].out_shapes == ((4, 5, 6), (1, 4, 6), (1, 4, 6))
    assert [name for name in names(frame, "output") if "lstm" in name] == ["lstm", "lstm[1][0]", "lstm[1][1]"]
    assert "unused" not in names(frame, "output")
    assert not {"unused.weight", "frozen.weight"} & set(names(frame, "weight_grad"))
    assert math.isnan(row(frame, "weight", "frozen.weight")["update_data"])


@pytest.mark.parametrize(("kind", "again"), itertools.product((torch.bfloat16, torch.float16), (True, False)))
def test_mixed_precision_and_recomputed_activations(store, kind, again):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 16), nn.Sequential(nn.Linear(16, 16), nn.Tanh()), nn.Linear(16, 2))
    x = torch.randn(9, 8)

    def loss():
        with torch.autocast("cpu", kind):
            h = model[0](x)
            h = checkpoint(model[1], h, use_reentrant=again)
            return model[2](h).float().square().mean()

    frame = run(store, model, loss)
    for name in ("0", "1", "1.0", "1.1", "2"):
        assert row(frame, "output", name)["std"] > 0
        assert row(frame, "output_grad", name)["std"] > 0, name
    assert {module.calls for path, module in modules(store).items() if path != ROOT} == {1}


@pytest.mark.filterwarnings("ignore:Complex modules")
@pytest.mark.parametrize("kind", [torch.float64, torch.float16, torch.bfloat16, torch.complex64])
def test_weights_of_any_type(store, kind):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 6)).to(kind)
    x = torch.randn(4, 6).to(kind)
    frame = run(store, model, lambda: model(x).abs().square().mean().float())
    assert row(frame, "weight", "0.weight")["std"] > 0
    assert row(frame, "output_grad", "0")["std"] > 0


def test_a_sparse_gradient(store):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(50, 4, sparse=True), nn.Flatten(), nn.Linear(8, 3))
    x = torch.tensor([[1, 2], [3, 2]])
    frame = run(store, model, lambda: model(x).square().mean())
    assert row(frame, "weight_grad", "0.weight")["count"] == 3 * 4, "the rows that it stores"
    assert math.isfinite(row(frame, "weight", "0.weight")["update_data"])


def test_lazy_modules_get_their_shapes_on_the_way(store):
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.LazyLinear(5), nn.Tanh(), nn.LazyLinear(2)), torch.randn(3, 4)
    with watch(model, every=1, store=store) as watched:
        optimiser = None
        for _ in range(2):
            loss = model(x).square().mean()
            optimiser = optimiser or torch.optim.SGD(model.parameters(), lr=0.1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    assert modules(store)[ROOT].parameters == 37
    assert row(store.frame(watched.id, 2), "weight", "0.weight")["count"] == 20


def test_rows_once_there_stay(store):
    """A branch that is taken now and then: frames before it have fewer rows, frames after it as many as with it."""

    class Sometimes(nn.Module):
        def __init__(self):
            super().__init__()
            self.always, self.rarely, self.step = nn.Linear(4, 4), nn.Linear(4, 4), 0

        def forward(self, x):
            self.step += 1
            return self.rarely(self.always(x)) if self.step == 2 else self.always(x)

    model, x = Sometimes(), torch.randn(3, 4)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, every=1, store=store) as watched:
        for _ in range(4):
            optimiser.zero_grad()
            model(x).square().mean().backward()
            optimiser.step()
    frames = [store.frame(watched.id, step) for step in (1, 2, 3, 4)]
    assert [("rarely" in names(frame, "output")) for frame in frames] == [False, True, True, True]
    assert frames[2].tensors == frames[3].tensors
    gone = row(frames[2], "output", "rarely")
    assert gone["count"] == 0
    assert np.isnan(gone["std"])


def test_activations_are_not_kept(store):
    """What a looked-at step computes is free again once the loop has let go of it."""
    model, kept = nn.Sequential(nn.Linear(4, 1000), nn.Tanh(), nn.Linear(1000, 1)), []
    model[1].register_forward_hook(lambda module, inputs, out: kept.append(weakref.ref(out)))
    with watch(model, every=1, store=store):
        loss = model(torch.randn(2, 4)).mean()
        loss.backward()
        del loss
        assert [ref() for ref in kept] == [None]


def test_a_pass_whose_tensors_stand_for_others(store):
    """torch.func maps a model over examples: nothing of such a pass can be read, and nothing breaks."""
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.ReLU()), torch.randn(5, 4)
    weights = dict(model.named_parameters())

    def loss():
        return torch.func.vmap(lambda one: torch.func.functional_call(model, weights, (one,)))(x).square().mean()

    frame = run(store, model, loss)
    assert row(frame, "output", "1")["count"] in (0, 20)
    assert math.isfinite(row(frame, "weight", "0.weight")["update_data"])


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (2, 3, 4, 4), (0, 4)])
def test_activations_of_any_shape_have_their_shares(store, shape):
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Hardtanh(), nn.ReLU6()), torch.randn(shape)
    frame = run(store, model, lambda: model(x).square().sum() + 0 * model[0].weight.sum())
    share = row(frame, "output", "1")["saturated"]
    assert math.isnan(share) if not x.numel() else 0 <= share <= 1
    assert all(array.ndim == 2 for array in frame.maps.values())
