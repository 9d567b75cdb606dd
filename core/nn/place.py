"""Where in a model a rule of shapes looks, and how it says what is wrong there.

>>> place = Place(spec, shape=(32, 4, 20))
>>> raise place.fail("Linear expects 80 in its last dimension, ...", fix="Linear(20, 68)")
"""

from dataclasses import dataclass, replace

from core.nn.notation import LayerSpec, ModelTextError

Shape = tuple[int, ...]
Step = tuple[Shape, int, str]  # what a rule says: the shape put out, FLOPs, and in plain words what happened


@dataclass(frozen=True)
class Place:
    """Where a rule looks: one layer, what it reads, and its neighbours."""

    spec: LayerSpec
    shape: Shape  # of its input
    index: int = 0  # among its neighbours
    after: LayerSpec | None = None
    vocab_size: int | None = None
    within: "Place | None" = None  # the container it stands in
    before: LayerSpec | None = None  # the layer that gives it its input, where it stands beside it

    def fail(self, message: str, fix: str | None = None) -> ModelTextError:
        """`fix` is this layer's new text; the error carries that of the whole line."""
        return ModelTextError(self.spec.line, message, fix=None if fix is None else self._in_line(fix))

    def needs_positions(self, why: str) -> None:
        """Raises ModelTextError where none are left: `why` is what the layer does with them."""
        if len(self.shape) == 2:
            raise self.fail(
                f"{why}, {self.above} gives {show(self.shape)}, which has none left: take this line out", fix=""
            )

    def check_last(self, expected: int) -> None:
        """Raises ModelTextError where the input has another number of channels; the fix writes theirs."""
        spec, last = self.spec, self.shape[-1]
        if last != expected:
            others = ", ..." if len(spec.args) > 1 else ""
            raise self.fail(
                f"{spec.kind} expects {expected} in its last dimension, {self.above} gives {show(self.shape)}: "
                f"write {spec.kind}({last}{others})",
                fix=str(replace(spec, args=(last, *spec.args[1:]))),
            )

    def _in_line(self, fix: str) -> str | None:
        if self.within is None:
            return fix
        around = self.within.spec
        inside = [str(spec) for spec in around.inside]
        inside[self.index : self.index + 1] = [line for line in fix.split("\n") if line]
        return self.within._in_line(f"{around.kind}({', '.join(inside)})") if inside else None

    @property
    def above(self) -> str:
        """What gives it its input: the last layer that fits."""
        if self.before is None:
            return f"the layer above {self.within.spec.kind}" if self.within else "the layer above"
        beside = self.before.line == self.spec.line
        return f"{self.before.kind} {'before it' if beside else f'in line {self.before.line}'}"


def show(shape: Shape) -> str:
    """(4, 4, 20) as "(B, 4, 20)": errors do not depend on the batch size."""
    return f"({', '.join(['B', *map(str, shape[1:])])})"
