"""A round of the bug hunt: a token that can be read aloud, and what follows from it on every machine.

>>> round_of("k3x9-q7") == round_of("K3X9 Q7")
True
>>> tidy("K3X9 Q7")
'k3x9-q7'

The token says nothing: bug, model and seed follow from its hash. Some rounds have no bug. Its last character is chosen
so that a slip, one wrong character or two that are swapped, leaves none.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from core.nn.notation import parse
from core.nn.presets import PRESETS
from core.nn.shapes import LayerShape, infer
from core.spelling import ALPHABET
from core.training.config import RunConfig
from core.training.defects import DEFECTS, Defect

CHECK = 21  # tokens, read as numbers of this base, are multiples of len(ALPHABET), a prime
SALT = "makemore explorer, bug hunt, 1: "  # another number: other rounds for the same tokens
CONTEXT, BATCH, STEPS = 8, 32, 1_000
NONE_IN = 8  # one round in so many has no bug


def _deep(kind: str, gain: float, layers: int) -> str:
    """A plain network without BatchNorm, its weights drawn with the gain that suits its activation."""
    lines, fan_in = ["Embedding(27, 10)", f"FlattenConsecutive({CONTEXT})"], 10 * CONTEXT
    for _ in range(layers):
        lines += [f"Linear({fan_in}, 100, std={gain / fan_in**0.5:.4f})", f"{kind}()"]
        fan_in = 100
    return "\n".join([*lines, "Linear(100, 27)"])


MODELS: Mapping[str, str] = {  # for the 27 symbols of the built-in names
    "wavenet": PRESETS["wavenet"].text(27),
    "deep tanh network": _deep("Tanh", 5 / 3, 5),
    "ReLU network": _deep("ReLU", 2**0.5, 2),
}


class NoRound(ValueError):
    """One clear sentence: what was given is no token of a round."""


@dataclass(frozen=True)
class Round:
    """What is hidden, and what it is hidden in."""

    token: str
    model: str  # one of MODELS
    defect: Defect | None
    layer: str | None  # where a bug sits in one layer
    seed: int

    @property
    def text(self) -> str:
        """The model text as it should be."""
        return MODELS[self.model]

    def config(self, healthy: bool = False) -> RunConfig:
        """The run of the round; of its healthy twin."""
        preset = self.model if self.model in PRESETS else None
        bug = None if healthy or self.defect is None else self.defect.name + (f":{self.layer}" if self.layer else "")
        return RunConfig(self.text, CONTEXT, preset, seed=self.seed, steps=STEPS, lr_drop_step=None, defect=bug)


def new_token() -> str:
    """Like "k3x9-q7": about 29 million of them."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(5))
    return tidy(letters + next(last for last in ALPHABET if _checks(letters + last)))


def tidy(text: str) -> str:
    """A token as it was read aloud or typed, in its one spelling. Raises NoRound."""
    letters = re.sub(r"[\s-]", "", text.lower())
    why = None
    if not re.fullmatch(f"[{ALPHABET}]{{6}}", letters):
        why = "a code has six letters or digits, like k3x9-q7."
    elif not _checks(letters):
        why = "a character is wrong, or two are swapped. Compare it with the code that you were given."
    if why:
        raise NoRound(f"{text[:40]!r} is no round of the bug hunt: {why}")
    return f"{letters[:4]}-{letters[4:]}"


def _checks(letters: str) -> bool:
    total = 0
    for letter in letters:
        total = total * CHECK + ALPHABET.index(letter)
    return total % len(ALPHABET) == 0


def round_of(text: str) -> Round:
    """The round of a token. Raises NoRound."""
    token = tidy(text)
    dice = _Dice(token)
    defect = None if dice.roll(NONE_IN) == 0 else dice.pick(list(DEFECTS.values()))
    if defect is None:
        return Round(token, dice.pick(list(MODELS)), None, None, dice.roll(10_000))
    model = dice.pick([name for name in MODELS if places(defect, name)])
    layer = dice.pick(places(defect, model)) if defect.single else None
    return Round(token, model, defect, layer, dice.roll(10_000))


def places(defect: Defect, model: str) -> list[str]:
    """The layers of a model of the hunt that a bug can sit in."""
    return defect.layers(_shapes(model))


@cache
def _shapes(model: str) -> list[LayerShape]:
    return infer(parse(MODELS[model]), BATCH, CONTEXT)


class _Dice:
    """Numbers from the token's hash, one after the other: 32 bits each."""

    def __init__(self, token: str):
        self._digest = hashlib.sha256((SALT + token).encode()).digest()
        self._at = 0

    def roll(self, sides: int) -> int:
        self._at += 4
        return int.from_bytes(self._digest[self._at - 4 : self._at], "big") % sides

    def pick(self, options: list):
        return options[self.roll(len(options))]
