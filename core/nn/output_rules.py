"""What a model has to put out, and what to write where it does not.

>>> check_output(place, shape=(32, 27), vocab=27, positions=1)      # or raises ModelTextError
"""

from core.nn.limits import MAX_SIZE
from core.nn.notation import ModelTextError
from core.nn.place import Place, Shape, show


def check_output(place: Place, shape: Shape, vocab: int, positions: int) -> None:
    """The last output must be one score for each symbol, (B, V), or at each predicted position, (B, P, V)."""
    last = place.spec
    if shape[-1] == vocab and shape[1:-1] in ((), (1,)) and positions == 1:
        return
    if shape[1:] == (positions, vocab):
        return
    if len(shape) == 3 and shape[1] != positions:
        raise _too_many_positions(place, shape, vocab, positions)
    if len(shape) == 2 and positions > 1:
        raise place.fail(
            f"the last output is {show(shape)}, a prediction at each of {positions} positions is wanted: "
            "only a model without FlattenConsecutive gives that"
        )
    # The last Linear makes the scores; without one it is missing.
    linear = last.kind == "Linear"
    right = f"Linear({place.shape[-1] if linear else shape[-1]}, {vocab})"
    message = f"the last output is {show(shape)}, a score for each of {vocab} symbols is wanted: " + (
        f"write {right}" if linear else f"add {right} below this line"
    )
    raise place.fail(message, right if linear else f"{last}\n{right}")


def _too_many_positions(place: Place, shape: Shape, vocab: int, positions: int) -> ModelTextError:
    if positions > 1:
        return place.fail(
            f"the last output is {show(shape)}, a prediction at each of {positions} positions is wanted: "
            "the convolutions have to shorten the text to just that many"
        )
    # The last Linear makes the scores, so the positions are joined above it; without one they are joined below.
    linear = place.spec.kind == "Linear"
    channels = place.shape[-1] if linear else shape[-1]
    joined = [f"FlattenConsecutive({shape[1]})", f"Linear({channels * shape[1]}, {vocab})"]
    where = "in place of this line" if linear else "below this line"
    message = (
        f"the last output is {show(shape)}, one prediction for all positions is wanted: "
        f"write {' and '.join(joined)} {where}"
    )
    fits = channels * shape[1] <= MAX_SIZE
    return place.fail(message, "\n".join(joined if linear else [str(place.spec), *joined]) if fits else None)
