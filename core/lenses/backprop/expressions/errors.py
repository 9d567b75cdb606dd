"""What can be wrong with a typed expression: one sentence, and where."""

SHOWN = 40  # characters of the text that a sentence quotes


class ExpressionError(ValueError):
    """What is wrong, in which line and at which character, both from 1.

    >>> str(NotAllowed("lambda is not part of this arithmetic", line=1, column=10, quote="lambda: 1"))
    'Line 1, character 10, “lambda: 1”: lambda is not part of this arithmetic.'
    """

    def __init__(self, reason: str, line: int = 1, column: int = 1, quote: str = ""):
        quote = " ".join(quote.split())
        if len(quote) > SHOWN:
            quote = quote[: SHOWN - 1] + "…"
        place = f"Line {line}, character {column}{f', “{quote}”' if quote else ''}"
        super().__init__(f"{place}: {reason}{'' if reason.endswith('?') else '.'}")
        self.reason, self.line, self.column, self.quote = reason, line, column, quote


class NotAllowed(ExpressionError):
    """Something that is no tensor arithmetic, or too large."""


class Unreadable(NotAllowed):
    """A slip of the pen: nothing is written yet, or a bracket is missing."""


class CannotCompute(ExpressionError):
    """Tensor arithmetic that has no result: shapes that do not fit, a name that is not there."""


class UnknownName(CannotCompute):
    """A name that is not there; `quote` is it."""
