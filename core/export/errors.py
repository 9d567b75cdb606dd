"""Why a run cannot be exported in a form."""

from core.runs.info import RunInfo


class ExportError(ValueError):
    """One clear sentence: what cannot be exported, why, and what can."""


def no_weights(info: RunInfo) -> str:
    return f"The run {info.id} has no weights yet: wait until its worker has begun."
