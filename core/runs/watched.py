"""What is known of a watched run: of models of other people, trained by loops of their own, seen by `core.watch`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from core.runs.errors import StoreError
from core.runs.info import Evaluation

FORMAT = 1
ROOT = "(model)"  # the path of the model itself, which has no name among its own modules
UNLOGGED = np.array(0x7FC06D6B, np.uint32).view(np.float32)[()]  # a NaN of its own: nobody said this step's loss


class RecordingError(StoreError):
    """A file is no recording of a watched run, or not a sound one: what is wrong with it, and what to do."""


@dataclass(frozen=True)
class Module:
    """One module of a watched model: `Module("encoder.layers.0.linear1", "Linear", "encoder.layers.0", ...)`.

    A frame's row belongs to it where `TensorInfo.layer == path`.
    """

    path: str  # as in model.named_modules(), the first of its names where it has several; ROOT: the model itself
    kind: str  # the name of its class
    parent: str | None  # a path; None of ROOT
    parameters: int  # numbers in its parameters, those of the modules inside it too, shared ones once
    trainable: int  # how many of them learn
    calls: int  # in one training pass; 0: was never called while looked at
    out_shapes: tuple[tuple[int, ...], ...]  # of the tensors that its last call gave


@dataclass(frozen=True)
class Watched:
    """What a watched run says of the model and of how it is trained: `store.watched(run_id).modules[0].kind`."""

    modules: tuple[Module, ...]  # as named_modules() lists them: each before the modules inside it, ROOT first
    every: int  # a frame at each so many steps, beside those at log-spaced ones
    optimiser: str | None  # its class; None: none of torch's, or not known yet
    lr: float | None  # the first learning rate
    device: str  # "cpu", "cuda:0"
    torch: str  # its version

    def to_json(self) -> str:
        return json.dumps({"watched": FORMAT} | asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Watched":
        """Raises ValueError, one clause, where the text does not say it."""
        try:
            values = json.loads(text)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        return cls.from_dict(values)

    @classmethod
    def from_dict(cls, values: object) -> "Watched":
        values = _fields(values, "watched", "modules", "every", "optimiser", "lr", "device", "torch")
        if values["watched"] != FORMAT:
            raise ValueError("it is of another version")
        if not isinstance(values["modules"], list) or not values["modules"]:
            raise ValueError("it lists no modules")
        modules = tuple(_module(module) for module in values["modules"])
        paths = [module.path for module in modules]
        if paths[0] != ROOT or len(set(paths)) < len(paths):
            raise ValueError("its modules make no tree")
        before: set[str | None] = {None}
        for module in modules:
            if module.parent not in before or (module.parent is None) != (module.path == ROOT):
                raise ValueError("its modules make no tree")
            before.add(module.path)
        return cls(
            modules,
            whole(values["every"], "every", least=1),
            None if values["optimiser"] is None else text_of(values["optimiser"], "optimiser"),
            None if values["lr"] is None else number_of(values["lr"], "lr"),
            text_of(values["device"], "device"),
            text_of(values["torch"], "torch"),
        )


@dataclass(frozen=True)
class Recording:
    """A watched run as a file carries it: `store.add_recording(recording)` makes a run of it again."""

    name: str
    created: float  # seconds since 1970
    state: str  # one of info.ENDED, or "running": written while it went on
    message: str
    step: int
    steps_per_second: float | None
    watched: Watched
    losses: np.ndarray  # float32, losses[s - 1] of step s
    frames: tuple[tuple[int, bytes], ...]  # (step, Frame.to_bytes()), in order of steps
    evaluations: tuple[Evaluation, ...]


def unlogged(losses: np.ndarray) -> np.ndarray:
    """bool, as many as `losses`: the steps whose loss nobody said, unlike those whose loss was NaN."""
    return np.ascontiguousarray(losses, np.float32).view(np.uint32) == UNLOGGED.view(np.uint32)


def whole(value: object, what: str, least: int = 0) -> int:
    """`value`, where it is a whole number that a database keeps; ValueError otherwise."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 2**62:
        raise ValueError(f"{what} is no whole number from {least} on")
    return value


def number_of(value: object, what: str) -> float:
    """`value` as a float, where it is one: NaN and Inf are."""
    if not isinstance(value, int | float) or isinstance(value, bool) or (isinstance(value, int) and abs(value) > 2**62):
        raise ValueError(f"{what} is no number")
    return float(value)


def text_of(value: object, what: str, longest: int = 1_000) -> str:
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise ValueError(f"{what} is no text of one line")
    return value


def _fields(values: object, *names: str) -> Mapping[str, object]:
    if not isinstance(values, dict) or values.keys() != set(names):
        raise ValueError(f"it must have the fields {', '.join(names)}")
    return values


def _module(values: object) -> Module:
    values = _fields(values, *Module.__dataclass_fields__)
    shapes = values["out_shapes"]
    if not isinstance(shapes, list) or not all(isinstance(shape, list) for shape in shapes):
        raise ValueError("a module's shapes are no lists")
    return Module(
        text_of(values["path"], "a module's path"),
        text_of(values["kind"], "a module's kind"),
        None if values["parent"] is None else text_of(values["parent"], "a module's parent"),
        whole(values["parameters"], "a module's number of parameters"),
        whole(values["trainable"], "a module's number of trainable parameters"),
        whole(values["calls"], "a module's number of calls"),
        tuple(tuple(whole(size, "a size in a shape") for size in shape) for shape in shapes),
    )
