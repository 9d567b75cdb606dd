"""The text of an expression as a checked syntax tree: only what is tensor arithmetic gets through.

Nothing is executed here or later: `interpreter.run` computes each node of the tree itself.
"""

import ast
import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NoReturn

from core.lenses.backprop.expressions.errors import NotAllowed, Unreadable
from core.lenses.backprop.expressions.operations import ATTRIBUTES, FUNCTIONS, METHODS

MAX_TEXT = 1_000  # characters
MAX_NODES = 400  # of the syntax tree
MAX_DEPTH = 40
MAX_LOOPS = 2  # one inside the other
ROOTS = ("torch", "F")  # whose functions may be called by their full name
KEYWORDS = ("dim", "axis", "keepdim", "keepdims", "num_classes")

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult, ast.USub, ast.UAdd)
_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_EXPRESSIONS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Attribute, ast.Subscript, ast.Slice, ast.Name)
_OTHERS = (ast.Constant, ast.Tuple, ast.List, ast.Load, ast.Store, ast.keyword)
_STATEMENTS = (ast.Assign, ast.AugAssign, ast.For, ast.Expr)
_ALLOWED = (ast.Module, *_OPERATORS, *_COMPARISONS, *_EXPRESSIONS, *_OTHERS, *_STATEMENTS)
_IN_WORDS = {
    ast.Lambda: "lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.JoinedStr: "an f-string",
    ast.NamedExpr: "the walrus :=",
    ast.Starred: "a star",
    ast.IfExp: "a condition",
    ast.If: "a condition",
    ast.BoolOp: "and / or",
    ast.While: "while",
    ast.Import: "import",
    ast.ImportFrom: "import",
    ast.FunctionDef: "def",
    ast.AsyncFunctionDef: "def",
    ast.ClassDef: "class",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.AnnAssign: "an annotation",
    ast.Delete: "del",
    ast.Global: "global",
    ast.Try: "try",
    ast.With: "with",
    ast.Assert: "assert",
    ast.Mod: "the remainder %",
    ast.FloorDiv: "the division //",
    ast.Invert: "the operator ~",
    ast.Not: "not",
}
_NOTHING = "there is nothing yet: write an expression such as dy = 2.0 * x"
_INSTEAD = {"−": "-", "×": "*", "·": "*", "÷": "/", "²": "**2", "“": "", "”": "", "\u00a0": "a space", "\t": "spaces"}


@dataclass(frozen=True)
class Program:
    """Checked statements, and the text they come from (for what errors quote)."""

    text: str
    statements: tuple[ast.stmt, ...]


def parse(text: str) -> Program:
    """The statements of a text. Raises NotAllowed, within milliseconds whatever the text is.

    >>> len(parse("dlogprobs = torch.zeros_like(logprobs); dlogprobs[range(n), Yb] = -1.0/n").statements)
    2
    """
    text = text.replace("\r\n", "\n").strip(" \n")
    _check_text(text)
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        reason = f"this cannot be read as an expression ({(error.msg or 'invalid syntax').split('. ')[0]})"
        raise Unreadable(reason, error.lineno or 1, max(error.offset or 1, 1), (error.text or "").strip()) from None
    except (ValueError, RecursionError, MemoryError):
        raise NotAllowed("this is nested too deeply to be read") from None
    if not tree.body:  # nothing but a comment
        raise Unreadable(_NOTHING)
    _assign_in_place(tree.body)
    program = Program(text, tuple(tree.body))
    _check_tree(program, tree)
    return program


def _assign_in_place(statements: list[ast.stmt]) -> None:
    """`x.index_add_(…)` alone on its line becomes x = x.index_add(…), in loops too: every line gives a name a value."""
    for place, line in enumerate(statements):
        match line:
            case ast.For(body=body):
                _assign_in_place(body)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name() as owner, attr="index_add_") as method)):
                method.attr = "index_add"
                target = ast.copy_location(ast.Name(owner.id, ast.Store()), owner)
                statements[place] = ast.copy_location(ast.Assign([target], line.value), line)


def position(program: Program, node: ast.AST) -> dict[str, int | str]:
    """Where a node stands, as `ExpressionError` takes it. The text is ASCII: bytes are characters."""
    if not hasattr(node, "lineno"):
        return {}
    quote = ast.get_source_segment(program.text, node) or ""
    return {"line": node.lineno, "column": node.col_offset + 1, "quote": quote}


def path(node: ast.expr) -> str | None:
    """`F.one_hot` as written, where a chain of names begins at torch or F; None for all else."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id in ROOTS:
        return ".".join([node.id, *reversed(names)])
    return None


def _check_text(text: str) -> None:
    if not text:
        raise Unreadable(_NOTHING)
    if len(text) > MAX_TEXT:
        raise NotAllowed(f"the text has {len(text):,} characters, at most {MAX_TEXT:,} are allowed")
    for number, line in enumerate(text.split("\n"), 1):
        for column, char in enumerate(line, 1):
            if not " " <= char <= "~":
                cure = f": write {_INSTEAD[char]}" if _INSTEAD.get(char) else ""
                shown = char if char.isprintable() else f"\\x{ord(char):02x}"
                raise Unreadable(f"{shown} is no character of an expression{cure}", number, column)


def _check_tree(program: Program, tree: ast.Module) -> None:
    for count, (node, depth, loops, parent) in enumerate(_walk(tree), 1):
        if count > MAX_NODES:
            raise NotAllowed("this is too long: at most some dozen operations are allowed", **position(program, node))
        if depth > MAX_DEPTH or loops > MAX_LOOPS:
            raise NotAllowed("this is nested too deeply", **position(program, node))
        if not isinstance(node, _ALLOWED):
            what = _IN_WORDS.get(type(node), "this")
            at = node if hasattr(node, "lineno") else parent
            raise NotAllowed(f"{what} is not part of this arithmetic", **position(program, at))
        _check_node(program, node, parent)


def _walk(tree: ast.AST) -> Iterator[tuple[ast.AST, int, int, ast.AST | None]]:
    """Every node, how deep it stands, in how many loops, and its parent; no recursion, so any depth will do."""
    waiting: list[tuple[ast.AST, int, int, ast.AST | None]] = [(tree, 0, 0, None)]
    while waiting:
        node, depth, loops, parent = waiting.pop()
        loops += isinstance(node, ast.For)
        yield node, depth, loops, parent
        children = list(ast.iter_child_nodes(node))
        waiting += [(child, depth + 1, loops, node) for child in reversed(children)]


def _check_node(program: Program, node: ast.AST, parent: ast.AST | None) -> None:
    def refuse(reason: str) -> NoReturn:
        raise NotAllowed(reason, **position(program, node))

    match node:
        case ast.Name(id=name):
            if name.startswith("_"):
                refuse("names do not begin with an underscore")
            if name in ROOTS and not isinstance(parent, ast.Attribute):
                refuse(f"{name} stands only before the name of a function, as in torch.zeros_like")
            called = isinstance(parent, ast.Call) and parent.func is node
            if called != (name == "range"):
                refuse(f"{name} is no function that is known here" if called else "write range(n)")
        case ast.Attribute(attr=name):
            _check_attribute(node, name, parent, refuse)
        case ast.Call():
            if not isinstance(node.func, ast.Attribute | ast.Name):
                refuse("only a named function or method can be called")
        case ast.keyword(arg=name):
            if name not in KEYWORDS:
                what = "** before an argument" if name is None else f"the argument {name}"
                refuse(f"{what} is not known here; known are {', '.join(KEYWORDS)}")
        case ast.Constant(value=value):
            if isinstance(value, bool) and not isinstance(parent, ast.keyword | ast.Call):
                refuse("True and False stand only behind keepdim=")
            if not isinstance(value, bool | int | float | None | type(...)):
                refuse("only numbers are allowed here, no text")
            if isinstance(value, int | float) and abs(value) > 1e12:
                refuse("a number is at most 1e12")
        case ast.Compare() if len(node.ops) > 1:
            refuse("only one comparison at a time")
        case ast.Assign() if len(node.targets) > 1:
            refuse("one = a line")
        case ast.Assign() | ast.AugAssign():
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            owner = target.value if isinstance(target, ast.Subscript) else target
            if not isinstance(owner, ast.Name):
                refuse("on the left of = stands a name, or a name with an index")
        case ast.For():
            called = isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Name)
            if not (called and isinstance(node.target, ast.Name) and not node.orelse):
                refuse("a loop is written: for k in range(n):")
        case ast.Expr() if not (isinstance(parent, ast.Module) and len(parent.body) == 1):
            refuse("every line but a single one needs a name and = before it")


def _check_attribute(node: ast.Attribute, name: str, parent: ast.AST | None, refuse) -> None:
    if name.startswith("_"):
        refuse("names that begin with an underscore are not allowed")
    called = isinstance(parent, ast.Call) and parent.func is node
    dotted = path(node)
    if dotted is not None:
        if isinstance(parent, ast.Attribute):
            return  # a part of a longer name, which is looked at itself
        if dotted not in FUNCTIONS or not called:
            refuse(
                f"write {dotted}( )" if dotted in FUNCTIONS else f"{dotted} is not known here{_like(dotted, FUNCTIONS)}"
            )
    elif called and name not in METHODS:
        reason = f"the method {name} is not known here{_like(name, METHODS)}"
        refuse(f".{name} is written without ( )" if name in ATTRIBUTES else reason)
    elif not called and name not in ATTRIBUTES:
        reason = f"the attribute {name} is not known here{_like(name, ATTRIBUTES)}"
        refuse(f"write {name}( )" if name in METHODS else reason)


def _like(name: str, known: Iterable[str]) -> str:
    """What was probably meant: "; did you mean sum?"."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
