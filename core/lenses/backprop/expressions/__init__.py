"""One or a few lines of tensor arithmetic, read as data and computed within bounds.

>>> program = parse("dprobs = (1.0 / probs) * dlogprobs")
>>> run(program, {"probs": probs, "dlogprobs": dlogprobs}, "dprobs").shape     # torch tensors by name
torch.Size([32, 27])
"""

from core.lenses.backprop.expressions.errors import CannotCompute, ExpressionError, NotAllowed, UnknownName, Unreadable
from core.lenses.backprop.expressions.interpreter import run
from core.lenses.backprop.expressions.parsing import Program, parse

__all__ = ["CannotCompute", "ExpressionError", "NotAllowed", "Program", "UnknownName", "Unreadable", "parse", "run"]
