"""Kernels are compiled once: for what they are called with, and before training starts."""

from core.dataset import Dataset
from core.nn import kernels
from core.nn.presets import PRESETS
from core.training import probe
from core.training.config import RunConfig
from core.training.trainer import Trainer


def test_what_warm_compiles_is_what_runs():
    """A signature that does not fit would be compiled again at the first step, while somebody waits."""
    kernels.warm()
    for name in ("mlp", "wavenet-bug"):
        trainer = Trainer(RunConfig(PRESETS[name].text(27), context=PRESETS[name].context), Dataset.builtin())
        trainer.advance(2, look=lambda t: probe.look(t.model, t.step, t.loss, 0.1))
        trainer.evaluate("val", 10)
    signatures = {compiled.__name__: len(compiled.signatures) for compiled, _ in kernels._KERNELS}
    assert signatures == dict.fromkeys(signatures, 1)
    assert len(signatures) >= 14
