"""The course's models by name: one registry for menus, URLs, the command line and tests."""

from dataclasses import dataclass
from math import prod

from core.nn.notation import ModelTextError, parse


class PresetError(ValueError):
    """One clear sentence that lists the names there are."""


@dataclass(frozen=True)
class Preset:
    """A model of the course, and what the course measured of it.

    >>> preset("mlp").text(vocab_size=27).splitlines()[:3]
    ['Embedding(27, 10)', 'FlattenConsecutive(3)', 'Linear(30, 200, bias=False)']

    `parameters` are for 27 symbols; `train_loss` and `val_loss` are the course's after 200,000 steps.
    """

    name: str
    title: str
    description: str  # one sentence
    n_embd: int
    n_hidden: int
    joins: tuple[int, ...]  # one FlattenConsecutive and one hidden layer each
    parameters: int
    train_loss: float
    val_loss: float
    norm: str = ""  # further arguments of BatchNorm1d

    @property
    def context(self) -> int:
        """T: how many characters the model reads."""
        return prod(self.joins)

    def text(self, vocab_size: int) -> str:
        """The model text for a vocabulary. A Linear before a BatchNorm1d has no bias: the norm would take it out."""
        lines, channels = [f"Embedding({vocab_size}, {self.n_embd})"], self.n_embd
        for n in self.joins:
            lines += [
                f"FlattenConsecutive({n})",
                f"Linear({channels * n}, {self.n_hidden}, bias=False)",
                f"BatchNorm1d({self.n_hidden}{self.norm})",
                "Tanh()",
            ]
            channels = self.n_hidden
        return "\n".join([*lines, f"Linear({channels}, {vocab_size})"])


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            name="mlp",
            title="MLP, 3 characters",
            description="One hidden layer of 200 looks at the last 3 characters at once.",
            n_embd=10,
            n_hidden=200,
            joins=(3,),
            parameters=12_097,
            train_loss=2.058,
            val_loss=2.105,
        ),
        Preset(
            name="flat",
            title="MLP, 8 characters",
            description="The same hidden layer looks at the last 8 characters at once.",
            n_embd=10,
            n_hidden=200,
            joins=(8,),
            parameters=22_097,
            train_loss=1.918,
            val_loss=2.027,
        ),
        Preset(
            name="wavenet-bug",
            title="WaveNet with the BatchNorm bug",
            description="Three levels each join 2 neighbours, but BatchNorm keeps statistics of its own per position.",
            n_embd=10,
            n_hidden=68,
            joins=(2, 2, 2),
            parameters=22_397,
            train_loss=1.941,
            val_loss=2.029,
            norm=", dims=0",
        ),
        Preset(
            name="wavenet",
            title="WaveNet",
            description="Three levels each join 2 neighbours, so that 8 characters flow together step by step.",
            n_embd=10,
            n_hidden=68,
            joins=(2, 2, 2),
            parameters=22_397,
            train_loss=1.912,
            val_loss=2.022,
        ),
        Preset(
            name="wavenet-large",
            title="WaveNet, larger",
            description="The same three levels with 24 numbers a character and 128 hidden ones.",
            n_embd=24,
            n_hidden=128,
            joins=(2, 2, 2),
            parameters=76_579,
            train_loss=1.769,
            val_loss=1.993,
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
    same = (p.name for p in PRESETS.values() if p.context == context and parse(p.text(vocab_size)) == specs)
    return next(same, None)
