"""Values as Python source, laid out as `ruff format` would.

>>> print(text('say "hi"'), text("a\\nb"), text("plain"))
'say "hi"' "a\\nb" "plain"
>>> print(call("Linear", ["20", "68", "bias=False"], indent=4))
Linear(20, 68, bias=False)

What users typed goes into a script through `text` alone: whatever it holds, it is one literal on one line.
"""

from collections.abc import Iterable, Sequence

WIDTH = 88  # ruff's own line length, where nobody set another
INDENT = "    "


def text(value: str) -> str:
    """A string literal: quotes and backslashes escaped, and all that does not show or would reorder what does."""
    quote = "'" if value.count('"') > value.count("'") else '"'
    return quote + "".join(_escaped(char, quote) for char in value) + quote


def whole(value: int) -> str:
    """200000 as 200_000."""
    return f"{value:_}"


def call(name: str, arguments: Sequence[str], indent: int, after: int = 0) -> str:
    """A call in a line that has `indent` spaces before it and `after` characters behind it, broken where it must be.

    Arguments are source themselves, in one line: those that hold calls are given as `Call`.
    """
    flat = f"{name}({', '.join(map(str, arguments))})"
    if indent + len(flat) + after <= WIDTH or not arguments:
        return flat
    inner = indent + len(INDENT)
    together = ", ".join(map(str, arguments))
    if inner + len(together) <= WIDTH:
        return f"{name}(\n{' ' * inner}{together}\n{' ' * indent})"
    lines = [f"{' ' * inner}{a.broken(inner) if isinstance(a, Call) else a},\n" for a in arguments]
    return f"{name}(\n{''.join(lines)}{' ' * indent})"


class Call:
    """A call with calls inside, which may have to be broken over several lines."""

    def __init__(self, name: str, arguments: Sequence["str | Call"]):
        self.name, self.arguments = name, arguments

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})"

    def broken(self, indent: int) -> str:
        """As source in a line of a list, behind `indent` spaces and before a comma."""
        return call(self.name, self.arguments, indent, after=1)


def wrapped(words: Iterable[str], indent: int = 4) -> list[str]:
    """String literals that hold the words one after the other, a space behind each, none beyond the line's end."""
    lines, line = [], ""
    for word in words:
        longer = f"{line}{word} "
        if line and indent + len(text(longer)) > WIDTH:
            lines.append(line)
            longer = f"{word} "
        line = longer
    return [text(line) for line in [*lines, line]]


def _escaped(char: str, quote: str) -> str:
    if char in (quote, "\\"):
        return "\\" + char
    if char.isprintable():
        return char
    return char.encode("unicode_escape").decode()
