"""What an exported run is called, in words of our own: nothing that a user typed stands in it.

>>> title(config, dataset)
'WaveNet: 22,397 parameters, 200,000 steps'
"""

from core.dataset import Dataset
from core.nn.presets import PRESETS, preset_of
from core.training.config import RunConfig


def title(config: RunConfig, dataset: Dataset) -> str:
    name = preset_of(config.model, dataset.vocab_size, config.context)
    model = PRESETS[name].title if name else "A model of your own"
    parameters = sum(shape.parameters for shape in config.shapes(dataset))
    steps = "1 step" if config.steps == 1 else f"{config.steps:,} steps"
    return f"{model}: {parameters:,} parameters, {steps}"
