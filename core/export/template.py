"""Code with parts that not every model needs.

>>> linear = '''def linear(x, weight$more):
...     return x @ weight  #? bias=False
...     return x @ weight + bias  #? bias=True
... '''
>>> print(fill(linear, {"bias=True"}, more=", bias"))
def linear(x, weight, bias):
    return x @ weight + bias
<BLANKLINE>

A line that ends in `#? ...` stays where all that it names is so; `a|b` is so where one of them is. `$name` stands for a
value.
"""

import re
from collections.abc import Collection
from string import Template

_MARKED = re.compile(r"(?P<code>.*?) *#\? (?P<needs>.+)")


def fill(template: str, so: Collection[str] = (), **values: str) -> str:
    """The lines whose conditions hold, with the values in them. Raises KeyError for a `$name` that has none."""
    lines = [line for line in (_kept(line, so) for line in template.split("\n")) if line is not None]
    return Template("\n".join(lines)).substitute(values)


def _kept(line: str, so: Collection[str]) -> str | None:
    found = _MARKED.fullmatch(line)
    if found is None:
        return line
    holds = all(any(one in so for one in need.split("|")) for need in found["needs"].split())
    return found["code"] if holds else None
