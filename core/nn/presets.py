"""The course's models by name: one registry for menus, URLs, the command line and tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from core.nn.notation import LayerSpec, ModelTextError, parse


class PresetError(ValueError):
    """One clear sentence that lists the names there are."""


@dataclass(frozen=True)
class Preset:
    """A model of the course, how it is trained there, and what the course measured of it.

    >>> preset("mlp").text(27).splitlines()[:3]
    ['Embedding(27, 10)', 'FlattenConsecutive(3)', 'Linear(30, 200, bias=False)']

    `parameters` are for 27 symbols; `train_loss` and `val_loss` are the course's, None where it names none.
    `settings` are fields of RunConfig where the course's (or, for models it only announces, ours) differ from its own
    usual ones: batch 32, plain descent, 200,000 steps at 0.1, the last quarter at 0.01.
    """

    name: str
    title: str
    description: str  # one sentence
    context: int  # T: how many characters it reads
    text: Callable[[int], str]  # vocabulary -> model text
    parameters: int
    train_loss: float | None = None
    val_loss: float | None = None
    settings: Mapping[str, object] = field(default_factory=dict, hash=False)


def _tree(n_embd: int, n_hidden: int, joins: tuple[int, ...], norm: str = "") -> Callable[[int], str]:
    """One FlattenConsecutive and one hidden layer each. A Linear before a BatchNorm1d has no bias: the norm would take
    it out.
    """

    def text(vocab: int) -> str:
        lines, channels = [f"Embedding({vocab}, {n_embd})"], n_embd
        for n in joins:
            lines += [f"FlattenConsecutive({n})", *_hidden(channels * n, n_hidden, norm)]
            channels = n_hidden
        return "\n".join([*lines, f"Linear({channels}, {vocab})"])

    return text


def _hidden(fan_in: int, fan_out: int, norm: str = "") -> list[str]:
    return [f"Linear({fan_in}, {fan_out}, bias=False)", f"BatchNorm1d({fan_out}{norm})", "Tanh()"]


def _mlp_2003(vocab: int) -> str:
    plain = "std=1.0, bias_std=1.0"
    hidden = f"Linear(30, 200, {plain})"
    return f"Embedding({vocab}, 10)\nFlattenConsecutive(3)\n{hidden}\nTanh()\nLinear(200, {vocab}, {plain})"


def _deep_mlp(vocab: int) -> str:
    lines = [f"Embedding({vocab}, 10)", "FlattenConsecutive(3)", *_hidden(30, 100)]
    for _ in range(4):
        lines += _hidden(100, 100)
    return "\n".join([*lines, f"Linear(100, {vocab}, bias=False)", f"BatchNorm1d({vocab})"])


def _convolutions(vocab: int) -> str:
    """The hierarchical network slid along a text: the same layers, the same weights."""
    lines, channels = [f"Embedding({vocab}, 10)"], 10
    for dilation in (1, 2, 4):
        apart = f", dilation={dilation}" if dilation > 1 else ""
        lines += [f"CausalConv1d({channels}, 68{apart}, bias=False)", "BatchNorm1d(68)", "Tanh()"]
        channels = 68
    return "\n".join([*lines, f"Linear(68, {vocab})"])


def _paper(vocab: int) -> str:
    lines = [f"Embedding({vocab}, 32)"]
    for dilation in (1, 2, 4, 8):
        conv = f"CausalConv1d(32, 32{f', dilation={dilation}' if dilation > 1 else ''})"
        lines.append(f"Residual(Gated({conv}, {conv}), Skip(32, 64), Linear(32, 32))")
    return "\n".join([*lines, "SkipSum()", "ReLU()", "Linear(64, 64)", "ReLU()", f"Linear(64, {vocab})"])


def _recurrent(kind: str) -> Callable[[int], str]:
    return lambda vocab: f"Embedding({vocab}, 24)\n{kind}(24, 128)\nLastPosition()\nLinear(128, {vocab})"


def _transformer(vocab: int) -> str:
    layer = "TransformerEncoderLayer(32, 4, 128)"
    return f"Embedding({vocab}, 32)\nPositionEmbedding(8, 32)\n{layer}\n{layer}\nLastPosition()\nLinear(32, {vocab})"


# What the course does where it differs from its usual.
_COUNTED = {"batch_size": None, "train_on": "all", "steps": 1, "lr_drop_step": None}
_ONE_LAYER = {"batch_size": None, "train_on": "all", "steps": 200, "lr": 50.0, "lr_drop_step": None, "l2": 0.01}
# Ours, for the models that the course only announces: short trainings that come near the wavenet's loss.
_SLID = {"positions": 8, "lr": 0.2, "lr_after": 0.02, "steps": 40_000, "lr_drop_step": 30_000}
_ADAMW = {"optimiser": "adamw", "lr": 0.003, "lr_after": 0.0003}
_PAPER = {"positions": 8, **_ADAMW, "steps": 20_000, "lr_drop_step": 15_000}
_STATEFUL = {"batch_size": 128, **_ADAMW, "steps": 10_000, "lr_drop_step": 7_500}
_ATTENTION = {"batch_size": 128, **_ADAMW, "steps": 15_000, "lr_drop_step": 11_000}

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            name="bigram",
            title="Bigram, counted",
            description="Counts which character follows which, and does nothing else.",
            context=1,
            text=lambda vocab: f"Counts({vocab})",
            parameters=729,
            train_loss=2.4546,
            settings=_COUNTED,
        ),
        Preset(
            name="bigram-nn",
            title="Bigram, learned",
            description="One layer learns by gradient descent what the counting bigram counts.",
            context=1,
            text=lambda vocab: f"OneHot({vocab})\nFlattenConsecutive(1)\nLinear({vocab}, {vocab}, bias=False, std=1.0)",
            parameters=729,
            train_loss=2.48,
            settings=_ONE_LAYER,
        ),
        Preset(
            name="mlp-2003",
            title="MLP of 2003",
            description="Bengio's network with plain random weights: the first steps only undo a bad start.",
            context=3,
            text=_mlp_2003,
            parameters=11_897,
            train_loss=2.126,
            val_loss=2.170,
            settings={"lr_drop_step": 100_000},
        ),
        Preset(
            name="mlp",
            title="MLP, 3 characters",
            description="One hidden layer of 200 looks at the last 3 characters at once.",
            context=3,
            text=_tree(10, 200, (3,)),
            parameters=12_097,
            train_loss=2.058,
            val_loss=2.105,
        ),
        Preset(
            name="deep-mlp",
            title="MLP, deep",
            description="Five hidden layers of 100 with BatchNorm, which also norms the scores.",
            context=3,
            text=_deep_mlp,
            parameters=47_024,
        ),
        Preset(
            name="flat",
            title="MLP, 8 characters",
            description="The same hidden layer looks at the last 8 characters at once.",
            context=8,
            text=_tree(10, 200, (8,)),
            parameters=22_097,
            train_loss=1.918,
            val_loss=2.027,
        ),
        Preset(
            name="wavenet-bug",
            title="WaveNet with the BatchNorm bug",
            description="Three levels each join 2 neighbours, but BatchNorm keeps statistics of its own per position.",
            context=8,
            text=_tree(10, 68, (2, 2, 2), ", dims=0"),
            parameters=22_397,
            train_loss=1.941,
            val_loss=2.029,
        ),
        Preset(
            name="wavenet",
            title="WaveNet",
            description="Three levels each join 2 neighbours, so that 8 characters flow together step by step.",
            context=8,
            text=_tree(10, 68, (2, 2, 2)),
            parameters=22_397,
            train_loss=1.912,
            val_loss=2.022,
        ),
        Preset(
            name="wavenet-large",
            title="WaveNet, larger",
            description="The same three levels with 24 numbers a character and 128 hidden ones.",
            context=8,
            text=_tree(24, 128, (2, 2, 2)),
            parameters=76_579,
            train_loss=1.769,
            val_loss=1.993,
        ),
        Preset(
            name="wavenet-conv",
            title="WaveNet as convolutions",
            description="The same network slides along a text and predicts at every position in one pass.",
            context=8,
            text=_convolutions,
            parameters=22_397,
            settings=_SLID,
        ),
        Preset(
            name="wavenet-paper",
            title="WaveNet of the paper",
            description="Gated activations, residual and skip connections; dilations 1, 2, 4, 8 see 16 characters.",
            context=16,
            text=_paper,
            parameters=36_091,
            settings=_PAPER,
        ),
        Preset(
            name="rnn",
            title="RNN",
            description="Reads the characters one after the other and carries a state of 128 numbers along.",
            context=8,
            text=_recurrent("RNN"),
            parameters=23_843,
            settings=_STATEFUL,
        ),
        Preset(
            name="gru",
            title="GRU",
            description="A recurrent network whose gates decide how much of the state is replaced.",
            context=8,
            text=_recurrent("GRU"),
            parameters=63_267,
            settings=_STATEFUL,
        ),
        Preset(
            name="lstm",
            title="LSTM",
            description="A recurrent network with a second state that is only added to, so that gradients last.",
            context=8,
            text=_recurrent("LSTM"),
            parameters=82_979,
            settings=_STATEFUL,
        ),
        Preset(
            name="transformer",
            title="Transformer",
            description="Two layers in which every position looks at itself and all before it.",
            context=8,
            text=_transformer,
            parameters=27_419,
            settings=_ATTENTION,
        ),
    )
}


def preset(name: str) -> Preset:
    """The preset of that name; PresetError where there is none."""
    if name not in PRESETS:
        raise PresetError(f"There is no preset {name!r}: choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]


def preset_of(text: str, vocab_size: int, context: int) -> str | None:
    """The name of the preset that a model text is, whatever its comments and spaces; None where it is none."""
    try:
        specs = parse(text)
    except ModelTextError:
        return None
    same = (p.name for p in PRESETS.values() if p.context == context and _specs(p.name, vocab_size) == specs)
    return next(same, None)


@lru_cache(256)
def _specs(name: str, vocab_size: int) -> list[LayerSpec]:
    return parse(PRESETS[name].text(vocab_size))
