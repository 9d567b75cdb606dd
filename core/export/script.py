"""A run as one Python script that needs torch and nothing else, and a page to learn from.

>>> source = script(config, dataset, "wavenet-k3x9q2")
>>> print(source.splitlines()[0])
\"""WaveNet, trained from its first step to its last.

`# %%` begins a part: editors that know it can run the script part by part.
"""

import textwrap

from core.dataset import Dataset
from core.export.literals import WIDTH
from core.export.story import Part, story
from core.export.title import title
from core.training.config import RunConfig


def script(config: RunConfig, dataset: Dataset) -> str:
    """The source, formatted as `ruff format` does. Raises ExportError where a script could not do the same."""
    parts = story(config, dataset)
    head = f'"""{title(config, dataset)}.\n\n{HOW}\n"""\n\n'
    return head + "\n\n".join(f"{_comments(part)}\n{part.code}\n" for part in parts)


HOW = "Made by Makemore Explorer from one of its runs. It needs torch and nothing else."


def _comments(part: Part) -> str:
    said = textwrap.wrap(part.words, WIDTH, initial_indent="# ", subsequent_indent="# ")
    return "\n".join([f"# %% {part.title}", *said])
