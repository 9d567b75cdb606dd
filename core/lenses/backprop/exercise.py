"""One gradient to find: what is asked, the solution, and what helps on the way to it."""

import ast
from dataclasses import dataclass
from functools import cached_property

from core.lenses.backprop.expressions import Program, parse
from core.lenses.backprop.forward import PARAMETERS, STEPS

GRADIENTS = frozenset(f"d{name}" for name in (*PARAMETERS, *(step.name for step in STEPS)))


def gradients_in(program: Program) -> tuple[str, ...]:
    """The gradients that a program reads (those that it assigns are not among them).

    >>> gradients_in(parse("dcounts = counts_sum_inv * dprobs + dcounts_sum"))
    ('dprobs', 'dcounts_sum')
    """
    nodes = [node for line in program.statements for node in ast.walk(line) if isinstance(node, ast.Name)]
    written = {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
    read = [node for node in nodes if node.id in GRADIENTS - written]
    return tuple(dict.fromkeys(node.id for node in sorted(read, key=lambda node: (node.lineno, node.col_offset))))


@dataclass(frozen=True)
class Exercise:
    """One gradient to find: `tensor`'s, named `name`. `symbols` is LaTeX."""

    name: str
    tensor: str
    solution: str
    rule: str
    words: str
    symbols: str
    gives: tuple[str, ...] | None = None  # all it may read besides parameters and n; None: every value, what it needs

    @cached_property
    def program(self) -> Program:
        return parse(self.solution)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The gradients in its solution."""
        return gradients_in(self.program)

    @property
    def target(self) -> str:
        """The name that an answer assigns."""
        return f"d{self.tensor}"
