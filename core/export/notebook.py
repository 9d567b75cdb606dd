"""A run as a Jupyter notebook: the parts of its script, each behind a few words in Markdown.

>>> json.loads(notebook([Phase(config.steps, config)], dataset))["nbformat"]
4
"""

import json
from collections.abc import Sequence

from core.dataset import Dataset
from core.export.phases import Phase
from core.export.script import HOW
from core.export.story import story
from core.export.title import title

FORMAT = (4, 5)


def notebook(phases: Sequence[Phase], dataset: Dataset) -> str:
    """JSON of nbformat 4.5. Raises ExportError where a notebook could not do the same as the run."""
    name, _, rest = title(phases[-1].config, dataset).partition(": ")
    cells = [_markdown("title", f"# {name}\n\n{rest.capitalize()}. {HOW}")]
    for i, part in enumerate(story(phases, dataset), 1):
        cells.append(_markdown(f"words-{i}", f"## {part.title}\n\n{part.words}"))
        cells.append(_code(f"code-{i}", part.code, part.folded))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    major, minor = FORMAT
    whole = {"cells": cells, "metadata": metadata, "nbformat": major, "nbformat_minor": minor}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _markdown(name: str, text: str) -> dict:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(name: str, source: str, folded: bool) -> dict:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {"jupyter": {"source_hidden": True}} if folded else {},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }
