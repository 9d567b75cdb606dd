"""A run as one Python script that needs torch and nothing else, and a page to learn from.

>>> source = script([Phase(config.steps, config)], dataset)
>>> print(source.splitlines()[0])
\"""WaveNet: 22,397 parameters, 200,000 steps.

`# %%` begins a part: editors that know it can run the script part by part.
"""

import textwrap
from collections.abc import Sequence

from core.dataset import Dataset
from core.export.literals import WIDTH
from core.export.phases import Phase
from core.export.story import Part, story
from core.export.title import title

HOW = "Made by Makemore Explorer from one of its runs. It needs torch and nothing else."


def script(phases: Sequence[Phase], dataset: Dataset) -> str:
    """The source, formatted as `ruff format` does. Raises ExportError where a script could not do the same."""
    parts = story(phases, dataset)
    head = f'"""{title(phases[-1].config, dataset)}.\n\n{HOW}\n"""\n\n'
    return head + "\n\n".join(f"{_comments(part)}\n{part.code}\n" for part in parts)


def _comments(part: Part) -> str:
    said = textwrap.wrap(part.words, WIDTH, initial_indent="# ", subsequent_indent="# ")
    return "\n".join([f"# %% {part.title}", *said])
