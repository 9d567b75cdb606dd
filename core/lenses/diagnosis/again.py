"""A validation loss once more, from the weights of its checkpoint: evidence that needs a model, and with it torch.

>>> measure_again(config, dataset, state, Evaluation(1000, "val", 2.3042, 4096))
MeasuredAgain(step=1000, recorded=2.3042, again=2.3208)
"""

import numpy as np

from core.dataset import Dataset
from core.lenses.diagnosis.evidence import MeasuredAgain
from core.nn.loss import cross_entropy
from core.nn.notation import flat, parse
from core.nn.sequential import Sequential
from core.runs.info import Evaluation
from core.training.config import RunConfig


def measure_again(
    config: RunConfig, dataset: Dataset, state: dict[str, np.ndarray], recorded: Evaluation
) -> MeasuredAgain | None:
    """The validation loss of a checkpoint, with running statistics, whatever the run itself did.

    None of a model without a BatchNorm, for which both modes are one, and of a state that does not fit the model.
    """
    specs = parse(config.model)
    if not any(spec.kind == "BatchNorm1d" for spec in flat(specs)):
        return None
    model = Sequential.build(specs, config.context)
    model.connect(2)
    try:
        model.load_state(state)
    except ValueError:  # a planted bug that keeps statistics of another shape
        return None
    contexts, targets = (array[: recorded.examples] for array in dataset.examples(recorded.split, config.context))
    again = cross_entropy(model.evaluate(contexts), targets)
    return MeasuredAgain(recorded.step, recorded.loss, again)
