"""Computes a checked expression node by node. Every name, method and size is one that is known and bounded."""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import prod

import torch
from torch import Tensor

from core.lenses.backprop.expressions.budget import Budget, TooLarge
from core.lenses.backprop.expressions.errors import CannotCompute, ExpressionError, NotAllowed, UnknownName
from core.lenses.backprop.expressions.fitting import Unfit, broadcast, product_shape, written
from core.lenses.backprop.expressions.indexing import checked
from core.lenses.backprop.expressions.operations import FUNCTIONS, METHODS, Extremum, Value, attribute
from core.lenses.backprop.expressions.parsing import Program, path, position

MAX_EXPONENT = 16
MAX_NUMBER = 10**12
MAX_OWN_NAMES = 20

_BINARY: dict[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type, Callable] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def run(program: Program, names: Mapping[str, Value], target: str) -> Value:
    """The value that `target` has after all statements; a single expression without = is that value.

    `names` (tensors and whole numbers) can be read and not be changed: every assignment makes a value of its own.
    Raises NotAllowed and CannotCompute.
    """
    machine = _Machine(program, names)
    only = program.statements[0]
    if isinstance(only, ast.Expr):
        return machine.value(only.value)
    for statement in program.statements:
        machine.do(statement)
    if target not in machine.own:
        raise CannotCompute(f"nothing is assigned to {target}: one line has to begin with {target} =")
    return machine.own[target]


class _Machine:
    def __init__(self, program: Program, names: Mapping[str, Value]):
        self.program, self.names = program, names
        self.own: dict[str, Value] = {}
        self.budget = Budget()

    def do(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=[target], value=value):
                self._store(target, self.value(value))
            case ast.AugAssign(target=target, op=op, value=value):
                self._add_to(target, op, self.value(value))
            case ast.For(target=target, iter=call, body=body):
                for place in self.value(call):
                    self._store(target, place)
                    for statement in body:
                        self.do(statement)

    def value(self, node: ast.expr) -> Value:
        with self._placed(node, "this cannot be computed: look at the kinds and shapes of its parts"):
            return self._compute(node)

    @contextmanager
    def _placed(self, node: ast.expr, otherwise: str) -> Iterator[None]:
        """Whatever goes wrong inside is an ExpressionError at `node`; `otherwise` where only torch knows why."""
        try:
            yield
        except ExpressionError:
            raise
        except TooLarge as error:
            raise NotAllowed(str(error), **position(self.program, node)) from None
        except Unfit as error:
            raise CannotCompute(str(error), **position(self.program, node)) from None
        except ZeroDivisionError:
            raise CannotCompute("this divides by 0", **position(self.program, node)) from None
        except (RuntimeError, IndexError, ValueError, TypeError, OverflowError):
            raise CannotCompute(otherwise, **position(self.program, node)) from None

    def _compute(self, node: ast.expr) -> Value:
        self.budget.count()
        match node:
            case ast.Name(id=name):
                if name in self.own:
                    return self.own[name]
                if name in self.names:
                    return self.names[name]
                raise UnknownName(f"there is no {name} here", **position(self.program, node))
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(op, self.value(left), self.value(right))
            case ast.Constant(value=value):
                return value
            case ast.Call():
                return self._call(node)
            case ast.UnaryOp(op=op, operand=operand):
                return self._signed(op, self.value(operand))
            case ast.Attribute(value=owner, attr=name):
                return attribute(self.budget, self.value(owner), name)
            case ast.Subscript(value=owner, slice=index):
                return self._indexed(self.value(owner), self._index(index))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                values = tuple(self.value(part) for part in parts)
                if not all(isinstance(value, int) for value in values):
                    raise Unfit("a list is made of whole numbers here")
                return values
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                a, b = self._numeric(self.value(left)), self._numeric(self.value(right))
                self.budget.claim(broadcast(_shape(a), _shape(b)))
                return _COMPARE[type(op)](torch.as_tensor(a), b)
        raise Unfit("this stands in the wrong place")

    def _numeric(self, value: Value) -> Tensor | int | float:
        if isinstance(value, Extremum):
            raise Unfit("max(dim) gives two things: write .values or .indices behind it")
        if isinstance(value, bool) or not isinstance(value, Tensor | int | float):
            raise Unfit("this is neither a tensor nor a number")
        return value

    def _binary(self, op: ast.operator, a: Value, b: Value) -> Value:
        a, b = self._numeric(a), self._numeric(b)
        if isinstance(op, ast.MatMult):
            if not (isinstance(a, Tensor) and isinstance(b, Tensor)):
                raise Unfit("@ needs two tensors")
            shape = product_shape(a, b)
            self.budget.claim(shape, work=prod(shape) * a.shape[-1])
            return a @ b
        if isinstance(op, ast.Pow) and not isinstance(b, Tensor) and abs(b) > MAX_EXPONENT:
            raise TooLarge(f"an exponent lies between -{MAX_EXPONENT} and {MAX_EXPONENT}")
        if isinstance(a, Tensor) or isinstance(b, Tensor):
            self.budget.claim(broadcast(_shape(a), _shape(b)))
            return _BINARY[type(op)](a, b)
        return _number(_BINARY[type(op)](a, b))

    def _signed(self, op: ast.unaryop, x: Value) -> Value:
        x = self._numeric(x)
        self.budget.claim(_shape(x))
        return -x if isinstance(op, ast.USub) else x

    def _call(self, node: ast.Call) -> Value:
        arguments = [self.value(argument) for argument in node.args]
        named = {keyword.arg: self.value(keyword.value) for keyword in node.keywords}
        if isinstance(node.func, ast.Name):  # parse has let only range through
            return self._range(arguments, named)
        dotted = path(node.func)
        if dotted is not None:
            operation = FUNCTIONS[dotted]
        else:
            operation = METHODS[node.func.attr]
            arguments.insert(0, self.value(node.func.value))
        try:
            return operation.run(self.budget, *arguments, **named)
        except (TypeError, RuntimeError):
            raise Unfit(f"this cannot be computed; it is written {operation.usage}") from None

    def _range(self, arguments: list[Value], named: dict[str, Value]) -> range:
        if named or not 1 <= len(arguments) <= 3 or not all(isinstance(value, int) for value in arguments):
            raise Unfit("range takes whole numbers: range(n)")
        places = range(*arguments)
        self.budget.claim((len(places),))
        return places

    def _index(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Tuple):
            return tuple(self._index(part) for part in node.elts)
        if isinstance(node, ast.Slice):
            ends = [None if end is None else self.value(end) for end in (node.lower, node.upper, node.step)]
            if not all(end is None or isinstance(end, int) for end in ends):
                raise Unfit("a slice is made of whole numbers")
            return slice(*ends)
        if isinstance(node, ast.List):
            return torch.tensor(self.value(node), dtype=torch.int64)
        return self.value(node)

    def _indexed(self, x: Value, index: Value) -> Value:
        if isinstance(x, tuple):  # a shape
            if not isinstance(index, int) or not -len(x) <= index < len(x):
                raise Unfit(f"the shape {written(x)} has no such place")
            return x[index]
        if not isinstance(x, Tensor):
            raise Unfit("only a tensor or a shape has places to index")
        return x[checked(self.budget, x, index)]

    def _store(self, target: ast.expr, value: Value) -> None:
        with self._placed(target, "this value does not fit into that place: look at its shape and kind"):
            if isinstance(target, ast.Subscript):
                self._store_at(target, value)
            else:
                self._own(target.id, value)

    def _own(self, name: str, value: Value) -> None:
        if name in self.names:
            raise Unfit(f"{name} is given and stays as it is: assign to the gradient, or to a name of your own")
        if name not in self.own and len(self.own) == MAX_OWN_NAMES:
            raise TooLarge(f"at most {MAX_OWN_NAMES} names of your own are possible")
        self.own[name] = value

    def _store_at(self, target: ast.Subscript, value: Value) -> None:
        name = target.value.id
        if name not in self.own:
            raise Unfit(f"{name} {'is given and stays as it is' if name in self.names else 'has no value yet'}")
        x, value = self.own[name], self._numeric(value)
        if not isinstance(x, Tensor):
            raise Unfit(f"{name} is no tensor")
        index = checked(self.budget, x, self._index(target.slice))
        self.budget.claim(x.shape)
        x = x.clone()  # it may be another name's tensor too
        x[index] = value
        self.own[name] = x

    def _add_to(self, target: ast.expr, op: ast.operator, value: Value) -> None:
        before = self.value(target)
        with self._placed(target, "this cannot be computed"):
            after = self._binary(op, before, value)
            if _shape(after) != _shape(before):
                raise Unfit(f"{written(_shape(after))} does not fit into {written(_shape(before))}, which stands left")
        self._store(target, after)


def _shape(value: Tensor | int | float) -> tuple[int, ...]:
    return tuple(value.shape) if isinstance(value, Tensor) else ()


def _number(value: int | float | complex) -> int | float:
    if isinstance(value, complex):
        raise Unfit("this is no real number")
    if isinstance(value, int) and abs(value) > MAX_NUMBER:
        raise TooLarge("a whole number is at most 1e12")
    return value
