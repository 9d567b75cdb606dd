"""The user's own text within Markdown, which all of Streamlit's sentences are.

    >>> st.error(plain("line 1: there is no layer *hi*"))       # the stars are shown, nothing is slanted

Anything that a user wrote, or that quotes it (a file's name, a line of a model text, what an exception says), goes
through `plain` once, where it is shown.
"""

import re

# A "." or ")" after a number, and one of the others at a line's start, would begin a list, a heading or a quotation.
_SPECIAL = re.compile(r"[\\`*_$~\[\]<>&|]|^\s*(?:[#+-]|\d+(?=[.)]))|:(?=[^\s:])", re.MULTILINE)
_WORD_JOINER = "\u2060"  # no width; Streamlit looks for :smile: and :material/home: after escapes are gone


def plain(text: str) -> str:
    """Markdown that shows `text` letter by letter.

    >>> plain("*hi* costs $1$")
    '\\\\*hi\\\\* costs \\\\$1\\\\$'
    """
    return _SPECIAL.sub(_escaped, text)


def _escaped(match: re.Match) -> str:
    found = match[0]
    if found == ":":
        return "\\:" + _WORD_JOINER
    if found[-1].isdigit():
        return found + "\\"  # 1. becomes 1\.
    return found[:-1] + "\\" + found[-1]
