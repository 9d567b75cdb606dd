"""The model text: one layer call a line, read as data and never run."""

import ast
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.nn.limits import MAX_LAYERS, MAX_PARAMETERS
from core.nn.signatures import REQUIRED, SIGNATURES, ArgumentError, Signature
from core.spelling import listing

MAX_TEXT = 20_000  # characters
MAX_LINE = 500  # characters; also bounds how deep brackets can nest
MAX_DEPTH = 4  # of layers inside layers
ALIKE = 0.65  # of two names, for one to be meant by the other: below it LSTM would be meant by system
WHOLE_BEGINNING = 5  # letters that are the beginning of a name, for it to be meant: Flatten, BatchNorm


class ModelTextError(ValueError):
    """What is wrong with a model text, where, and what to write instead.

    >>> str(ModelTextError(3, "there is no layer Lineer; did you mean Linear?"))
    'line 3: there is no layer Lineer; did you mean Linear?'

    `line` counts from 1 (None: the text as a whole), `shapes_so_far` holds the LayerShapes up to the layer that fails,
    `fix` is the text to put in that line's place (one or more lines, "" to take it out), None where there is no one
    answer.
    """

    def __init__(self, line: int | None, message: str, shapes_so_far: Sequence = (), fix: str | None = None):
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line
        self.message = message
        self.shapes_so_far = tuple(shapes_so_far)
        self.fix = fix


@dataclass(frozen=True)
class LayerSpec:
    """One layer call, checked: `Linear(*spec.args, **spec.kwargs)` makes the layer.

    >>> spec = parse("Linear(fan_in=20, fan_out=68, bias=False)")[0]
    >>> str(spec), spec.args, spec.kwargs, spec.line
    ('Linear(20, 68, bias=False)', (20, 68), {'bias': False}, 1)

    `args` are the required arguments in order, `kwargs` the others where they differ from their default, so that
    calls that mean the same are equal. `inside` are a container's own layers: `Residual(Linear(20, 20), Tanh())`.
    """

    kind: str
    args: tuple = ()
    kwargs: dict[str, Any] = field(default_factory=dict, hash=False)
    line: int = field(default=1, compare=False)
    inside: tuple["LayerSpec", ...] = ()

    def __str__(self) -> str:
        parts = [*map(str, self.inside), *map(repr, self.args)]
        return f"{self.kind}({', '.join(parts + [f'{name}={value!r}' for name, value in self.kwargs.items()])})"

    @property
    def arguments(self) -> dict[str, Any]:
        """All arguments by name, defaults included."""
        parameters = SIGNATURES[self.kind].parameters
        given = dict(zip((p.name for p in parameters), self.args, strict=False)) | self.kwargs
        return {p.name: given.get(p.name, p.default) for p in parameters}

    @property
    def own_parameters(self) -> int:
        """How many trained numbers the layer has, those of the layers inside apart."""
        return SIGNATURES[self.kind].count(self.arguments)

    @property
    def parameters(self) -> int:
        """How many trained numbers the layer has, those of the layers inside among them."""
        return self.own_parameters + sum(spec.parameters for spec in self.inside)

    def flat(self) -> Iterator["LayerSpec"]:
        """The layers inside and then this one: the order in which they are computed."""
        for spec in self.inside:
            yield from spec.flat()
        yield self


def parse(text: str) -> list[LayerSpec]:
    """The layers of a model text, top to bottom.

    >>> [str(spec) for spec in parse("Embedding(27, 10)  # 27 symbols\\n\\nFlattenConsecutive(8),")]
    ['Embedding(27, 10)', 'FlattenConsecutive(8)']

    Comments, blank lines and a comma after a call are allowed. What comes back is small enough to build.
    Raises ModelTextError.
    """
    if len(text) > MAX_TEXT:
        raise ModelTextError(None, f"the model text has {len(text):,} characters: at most {MAX_TEXT:,} are allowed")
    specs: list[LayerSpec] = []
    layers = total = 0
    for number, line in enumerate(lines(text), 1):
        code = line.split("#")[0].strip()
        if not code:
            continue
        specs.append(spec := _layer(code, number))
        layers += sum(1 for _ in spec.flat())
        if layers > MAX_LAYERS:
            raise ModelTextError(number, f"a model has at most {MAX_LAYERS} layers")
        total += spec.parameters
        if total > MAX_PARAMETERS:
            raise ModelTextError(
                number, f"the layers up to here have {total:,} parameters, at most {MAX_PARAMETERS:,} are allowed"
            )
    if not specs:
        raise ModelTextError(1, "the model text is empty: write one layer a line, first Embedding(27, 10)")
    return specs


def lines(text: str) -> list[str]:
    r"""The lines as errors count them: ends are \n, \r\n or \r, and nothing else (str.splitlines knows more).

    >>> lines("Embedding(27, 10)\r\nTanh()\n")
    ['Embedding(27, 10)', 'Tanh()', '']
    """
    return re.split(r"\r\n|\r|\n", text)


def mended(text: str, error: ModelTextError) -> str:
    r"""The text with the error's fix in its line's place; the same text where the error has no fix.

    >>> mended("Embedding(27, 10)\nTanh", ModelTextError(2, "Tanh is not a layer call", fix="Tanh()"))
    'Embedding(27, 10)\nTanh()'
    """
    if error.line is None or error.fix is None:
        return text
    written = lines(text)
    written[error.line - 1 : error.line] = lines(error.fix) if error.fix else []
    return "\n".join(written)


def canonical(specs: Sequence[LayerSpec]) -> str:
    """The layers as text again, one a line, without comments."""
    return "\n".join(map(str, specs))


def flat(specs: Iterable[LayerSpec]) -> list[LayerSpec]:
    """All layers in the order in which they are computed, those inside others too."""
    return [layer for spec in specs for layer in spec.flat()]


def _layer(code: str, line: int) -> LayerSpec:
    shown = _short(code)
    if len(code) > MAX_LINE:
        raise ModelTextError(line, f"has {len(code):,} characters: at most {MAX_LINE} are allowed")
    try:
        node = ast.parse(code, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or "not a layer call"
        raise ModelTextError(
            line, f"cannot read {shown} ({reason}): write each layer on one line, such as Linear(20, 68)"
        ) from None
    if isinstance(node, ast.Tuple) and len(node.elts) == 1:
        node = node.elts[0]  # Tanh(),
    if isinstance(node, ast.Tuple) and node.elts:
        fix = "\n".join(_source(code, part) for part in node.elts)
        raise ModelTextError(line, f"has {len(node.elts)} layers: write one layer a line", fix=fix)
    if not isinstance(node, ast.Call):
        known = SIGNATURES.get(shown)
        fix = f"{shown}()" if known and not known.parameters and not known.inside else None
        raise ModelTextError(
            line, f"{shown} is not a layer call: write a layer such as {fix or 'Linear(20, 68)'}", fix=fix
        )
    return _call(node, code, line)


def _call(call: ast.Call, code: str, line: int, depth: int = 1) -> LayerSpec:
    """A layer call and the calls inside it."""
    if depth > MAX_DEPTH:
        raise ModelTextError(line, f"layers nest at most {MAX_DEPTH} deep")
    signature = _signature(call, code, line)
    if not signature.inside:
        return _bind(call, signature, code, line)
    if call.keywords or not all(isinstance(node, ast.Call) for node in call.args):
        raise ModelTextError(line, f"{signature.kind} holds layers and nothing else: write {_example(signature)}")
    any_number = signature.inside[-1] == "..."
    if not call.args if any_number else len(call.args) != len(signature.inside):
        raise ModelTextError(line, f"{signature.kind} got {_plural(len(call.args), 'layer')}: write {signature}")
    inside = tuple(_call(node, code, line, depth + 1) for node in call.args)
    return LayerSpec(signature.kind, line=line, inside=inside)


def _example(signature: Signature) -> str:
    return f"{signature.kind}({', '.join(['Linear(20, 20)'] * len([n for n in signature.inside if n != '...']))})"


def _signature(call: ast.Call, code: str, line: int) -> Signature:
    name = _source(code, call.func)
    if name in SIGNATURES:
        return SIGNATURES[name]
    plain = name.rsplit(".", 1)[-1]
    kind = _meant(plain.lower())
    if kind is None:
        raise ModelTextError(line, f"there is no layer {_short(name)}: use {listing(SIGNATURES)}")
    needed = any(parameter.default is REQUIRED for parameter in SIGNATURES[kind].parameters)
    if needed and not call.args and not call.keywords:
        raise ModelTextError(line, f"there is no layer {_short(name)}: write {SIGNATURES[kind]}")
    fix = _with(code, call.func, kind)
    if plain == kind:
        raise ModelTextError(line, f"write {kind} without {_short(name.removesuffix(kind))}", fix=fix)
    raise ModelTextError(line, f"there is no layer {_short(name)}; did you mean {kind}?", fix=fix)


def _meant(name: str) -> str | None:
    """The layer that is meant by a name in small letters: one that begins so, or one much like it; None: no layer."""
    lowered = {kind.lower(): kind for kind in SIGNATURES}
    begun = [kind for kind in lowered if len(name) >= WHOLE_BEGINNING and kind.startswith(name)]
    near = begun or difflib.get_close_matches(name, lowered, 1, ALIKE)
    return lowered[near[0]] if near else None


def _bind(call: ast.Call, signature: Signature, code: str, line: int) -> LayerSpec:
    """The call's arguments, each under its parameter, checked by the parameter's kind."""
    names = [p.name for p in signature.parameters]
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        raise ModelTextError(line, f"stars are not allowed: write the arguments of {signature} one by one")
    if len(call.args) > len(names):
        raise ModelTextError(line, f"{signature.kind} got {_plural(len(call.args), 'argument')}: write {signature}")
    given = dict(zip(names, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg not in names:
            raise ModelTextError(line, f"{signature.kind} has no argument {_short(keyword.arg)}: write {signature}")
        if keyword.arg in given:
            raise ModelTextError(line, f"{signature.kind} got {keyword.arg} twice: write {signature}")
        given[keyword.arg] = keyword.value
    args, kwargs = [], {}
    for parameter in signature.parameters:
        if parameter.name not in given:
            if parameter.default is REQUIRED:
                raise ModelTextError(line, f"{signature.kind} needs {parameter.name}: write {signature}")
            continue
        node = given[parameter.name]
        try:
            value = parameter.kind.read(node)
        except ArgumentError as wanted:
            shown = _short(_source(code, node))
            raise ModelTextError(line, f"{parameter.name} of {signature.kind} is {shown}: write {wanted}") from None
        if parameter.default is REQUIRED:
            args.append(value)
        elif value != parameter.default:
            kwargs[parameter.name] = value
    return LayerSpec(signature.kind, tuple(args), kwargs, line)


def _with(code: str, node: ast.expr, text: str) -> str:
    """The line with `text` in a node's place. ast counts columns in bytes."""
    written = code.encode()
    return (written[: node.col_offset] + text.encode() + written[node.end_col_offset :]).decode().rstrip(" ,")


def _source(code: str, node: ast.expr) -> str:
    """The text a node was read from (ast.unparse would recurse as deep as the text nests)."""
    return ast.get_source_segment(code, node) or code


def _short(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
