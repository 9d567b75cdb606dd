"""Why a run cannot be exported in a form."""


class ExportError(ValueError):
    """One clear sentence: what cannot be exported, why, and what can."""
