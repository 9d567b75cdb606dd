"""The forward pass of part 4 in its small steps, each one expression.

>>> STEPS[3]
Step(name='bnmeani', code='1/n * hprebn.sum(0, keepdim=True)', group='BatchNorm')
>>> uses("hprebn")                   # which steps read it: its gradient is the sum over them
('bnmeani', 'bndiff')
"""

import ast
from dataclasses import dataclass
from functools import cache

from core.lenses.backprop.expressions import Program, parse

CONTEXT, N_EMBD, N_HIDDEN, BATCH = 3, 10, 64, 32
PARAMETERS = ("C", "W1", "b1", "W2", "b2", "bngain", "bnbias")
INPUTS = ("Xb", "Yb")


@dataclass(frozen=True)
class Step:
    """One step: `name = code`, as part of the layer `group`."""

    name: str
    code: str
    group: str

    @property
    def line(self) -> str:
        return f"{self.name} = {self.code}"

    @property
    def program(self) -> Program:
        return _parsed(self.line)

    @property
    def reads(self) -> tuple[str, ...]:
        """The tensors in its code, in their order there."""
        return _names(self.code)


STEPS = (
    Step("emb", "C[Xb]", "embedding"),
    Step("embcat", "emb.view(emb.shape[0], -1)", "embedding"),
    Step("hprebn", "embcat @ W1 + b1", "linear 1"),
    Step("bnmeani", "1/n * hprebn.sum(0, keepdim=True)", "BatchNorm"),
    Step("bndiff", "hprebn - bnmeani", "BatchNorm"),
    Step("bndiff2", "bndiff**2", "BatchNorm"),
    Step("bnvar", "1/(n-1) * bndiff2.sum(0, keepdim=True)", "BatchNorm"),
    Step("bnvar_inv", "(bnvar + 1e-5)**-0.5", "BatchNorm"),
    Step("bnraw", "bndiff * bnvar_inv", "BatchNorm"),
    Step("hpreact", "bngain * bnraw + bnbias", "BatchNorm"),
    Step("h", "torch.tanh(hpreact)", "tanh"),
    Step("logits", "h @ W2 + b2", "linear 2"),
    Step("logit_maxes", "logits.max(1, keepdim=True).values", "cross-entropy"),
    Step("norm_logits", "logits - logit_maxes", "cross-entropy"),
    Step("counts", "norm_logits.exp()", "cross-entropy"),
    Step("counts_sum", "counts.sum(1, keepdim=True)", "cross-entropy"),
    Step("counts_sum_inv", "counts_sum**-1", "cross-entropy"),
    Step("probs", "counts * counts_sum_inv", "cross-entropy"),
    Step("logprobs", "probs.log()", "cross-entropy"),
    Step("loss", "-logprobs[range(n), Yb].mean()", "cross-entropy"),
)


@cache
def step(name: str) -> Step:
    """The step that computes a tensor. KeyError for a parameter."""
    return {s.name: s for s in STEPS}[name]


@cache
def uses(name: str) -> tuple[str, ...]:
    """The steps that read a tensor, first to last."""
    return tuple(s.name for s in STEPS if name in s.reads)


@cache
def _parsed(line: str) -> Program:
    return parse(line)


@cache
def _names(code: str) -> tuple[str, ...]:
    known = {*PARAMETERS, *INPUTS, *(s.name for s in STEPS)}
    found = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name) and node.id in known]
    return tuple(dict.fromkeys(node.id for node in sorted(found, key=lambda node: node.col_offset)))
