"""The words of a run as Python source: to be read where they are few, packed where they are many.

>>> print(words_code(("emma", "olivia", "ava")))
words = "emma olivia ava ".split()
"""

import base64
import zlib
from collections.abc import Sequence

from core.export.literals import wrapped

READABLE = 4_000  # characters: about 50 lines
LINE = 10_000  # characters of a packed line: few lines to scroll past, and none too long for an editor

_PACKED = '''packed = """
{lines}
"""
words = zlib.decompress(base64.b64decode(packed)).decode().split()'''


def readable(words: Sequence[str]) -> bool:
    return sum(map(len, words)) + len(words) <= READABLE


def words_code(words: Sequence[str]) -> str:
    """Source that makes `words` a list of them. No word has a space in it (`core/dataset.py`)."""
    if readable(words):
        return _written(words)
    packed = base64.b64encode(zlib.compress(" ".join(words).encode(), 9)).decode()
    lines = (packed[start : start + LINE] for start in range(0, len(packed), LINE))
    return _PACKED.format(lines="\n".join(lines))


def _written(words: Sequence[str]) -> str:
    lines = wrapped(words)
    if len(lines) == 1:
        return f"words = {lines[0]}.split()"
    return "words = (\n" + "".join(f"    {line}\n" for line in lines) + ").split()"
