"""Which tables a Vega-Lite spec reads: of one that it is not given Vega draws nothing, without a word.

>>> tables_read({"data": {"name": "curve"}, "layer": [{"mark": "line"}, {"mark": "rule", "data": {"name": "guide"}}]})
{'curve', 'guide'}
"""

import re
from collections.abc import Iterator

_IN_EXPRESSION = re.compile(r"\bdata\('([^']+)'\)")


def tables_read(spec: dict) -> set[str]:
    """The names of the tables of all marks and expressions (of an `alt.Chart()` without data: "empty")."""
    return set(_of_marks(spec, "")) | set(_of_expressions(spec))


def _of_marks(view: dict, around: str) -> Iterator[str]:
    """Of a view and those inside it: each reads its own data, or that of the view around it."""
    table = view["data"]["name"] if "data" in view else around
    if "mark" in view:
        yield table
    for key in ("layer", "hconcat", "vconcat", "concat"):
        for inner in view.get(key, []):
            yield from _of_marks(inner, table)


def _of_expressions(part) -> Iterator[str]:
    if isinstance(part, str):
        yield from _IN_EXPRESSION.findall(part)
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _of_expressions(inner)
