"""What goes wrong in trainings: the rules, as data.

>>> [finding.rule.name for finding in diagnose(evidence)]
['first-loss', 'saturated-layer']

Thresholds lie well beyond what healthy runs reach: all presets but mlp-2003, whose bad start is its point, and
wavenet-bug were measured with two seeds, at every recorded moment of 1,500 to 5,000 steps, seven of them for 200,000.
"Healthy" in the comments is the most extreme figure of them all.
"""

from core.lenses.diagnosis import layers, losses, norms
from core.lenses.diagnosis.evidence import Evidence
from core.lenses.diagnosis.rule import Finding, Rule

_PART2 = "part 2, “MLP”"
_PART3 = "part 3, “Activations & gradients, BatchNorm”"
_RATES = "part 5, from 00:06:56, “The learning-rate plot”"
_BUG = "part 5, from 00:38:50, “The BatchNorm1d bug”"
_PROCESS = "part 5, from 00:52:28, “The development process”"
_LOSS = "part 5, from 00:55:26, “Improve on my loss”"

RULES: tuple[Rule, ...] = (
    Rule(
        "divergence",
        "The loss diverges",
        losses.divergence,
        ">",
        1.0,  # nats; healthy: 0.12
        "At step {step} the loss is {now}; it was {before}.",
        "The steps are too large: each overshoots, and the next gradient is larger still.",
        "Train again with a tenth of the learning rate. Where the loss became NaN or Inf, look into the black box.",
        _RATES,
    ),
    Rule(
        "first-loss",
        "The first loss is too high",
        losses.first_loss,
        ">",
        1.0,  # nats; healthy: 0.50, bigram-nn with its plain random weights; mlp-2003: 19 to 24
        "The loss of step 1 is {loss}; guessing all characters alike would give {guessing}.",
        "The last layer’s weights are too large, so that the model is confidently wrong before it has learnt anything.",
        "Make the last layer’s weights small, such as Linear(…, std=0.01), and its bias 0.",
        _PART3,
    ),
    Rule(
        "saturated-layer",
        "A layer is saturated",
        layers.saturated,
        ">",
        0.4,  # healthy: 0.25, wavenet-large after 160,000 steps; mlp-2003: 0.75 to 0.79
        "At step {step}, {share} of what {layer} puts out is beyond ±0.97, where a tanh passes on almost no gradient.",
        "What the layer before puts out is too large for a tanh.",
        "Give the Linear before it smaller weights, such as std = (5/3) / √fan_in, or put a BatchNorm1d between them.",
        _PART3,
    ),
    Rule(
        "dead-units",
        "Units are dead",
        layers.dead,
        ">",
        0.2,  # healthy: 0.08, a ReLU of wavenet-paper
        "At step {step}, {share} of the units of {layer} pass on no gradient for any example of the batch.",
        "A large step or a large start pushed them to where their slope is 0: no gradient brings them back.",
        "Begin with smaller weights and biases, or a smaller learning rate; put a BatchNorm1d before the layer.",
        _PART3,
    ),
    Rule(
        "vanishing-gradients",
        "Gradients vanish on their way back",
        layers.vanishing,
        "<",
        0.001,  # healthy: 0.0072, the embedding of lstm at step 1
        "At step {step} the gradient at {layer} is {share} of the size it has at {last}.",
        "Each layer makes the gradient smaller: weights too small for their number, or saturated layers.",
        "Scale the weights by their gain, (5/3) / √fan_in before a tanh; add BatchNorm1d or Residual.",
        _PART3,
    ),
    Rule(
        "exploding-gradients",
        "Gradients explode on their way back",
        layers.exploding,
        ">",
        300.0,  # healthy: 7.4; mlp-2003: 26; wavenet-bug: up to 1,200, of positions that are nearly always padding
        "At step {step} the gradient at {layer} is {share} times the size it has at {last}.",
        "Each layer makes the gradient larger: its weights are too large for their number.",
        "Scale the weights by their gain, (5/3) / √fan_in before a tanh; add BatchNorm1d or Residual.",
        _PART3,
    ),
    Rule(
        "updates-too-high",
        "Steps are too large for the weights",
        layers.update_high,
        ">",
        -1.1,  # log10; healthy: -1.24 from step 300 on, the last layer of mlp
        "Up to step {step} a step changes the weights of {layer} by {share} of their size: {ratio} as a log10.",
        "The learning rate is too high for this layer, or its weights began too small.",
        "Train with a third of the learning rate: about −3 is healthy.",
        _PART3,
    ),
    Rule(
        "updates-too-low",
        "Steps are too small for the weights",
        layers.update_low,
        "<",
        -4.0,  # log10; healthy: -2.8 and above, before the learning rate drops
        "Up to step {step} a step typically changes weights by at most {share} of their size: {ratio} as a log10.",
        "The learning rate is too low: the weights hardly move.",
        "Train with ten times the learning rate: about −3 is healthy.",
        _PART3,
    ),
    Rule(
        "running-statistics",
        "Running statistics are not those of the batch",
        norms.running,
        ">",
        3.0,  # times what one batch differs from the next; healthy: 1.7; wavenet-bug: 2.1
        "At step {step} the running mean of {layer} is typically {mean} deviations from the batch’s, its variance "
        "{var} times off.",
        "The running statistics are not updated, or too slowly: evaluation then uses wrong constants.",
        "Raise the momentum of the BatchNorm1d (0.1 is usual), and check that it sees the batches in training mode.",
        _BUG,
    ),
    Rule(
        "training-mode",
        "Evaluated in training mode",
        norms.training_mode,
        ">",
        0.0001,  # nats; healthy: 0, the very same number
        "At step {step} the validation loss came out as {recorded}; in evaluation mode these weights give {again}.",
        "The model was evaluated with the statistics of each batch, so that examples depend on their company.",
        "Switch to evaluation mode before measuring or sampling, and back afterwards.",
        _BUG,
    ),
    Rule(
        "plateau",
        "The loss stands still",
        losses.plateau,
        "<",
        0.01,  # nats
        "Over the {steps} steps up to step {step} the mean loss {fell}, at {last}; guessing gives {guessing}.",
        "Nothing is learnt: no gradient arrives, the learning rate is far off, or the targets are wrong.",
        "Look on Gradients whether each layer gets a gradient and moves; then try other learning rates.",
        _PROCESS,
    ),
    Rule(
        "small-batch",
        "The loss is noisy: batches are small",
        losses.noise,
        ">",
        0.15,  # of the mean loss; healthy: 0.11 with batches of 16 and of 32
        "Up to step {step} losses stray by {deviation} around their mean of {mean}, with {batch} examples a batch.",
        "A gradient from few examples is mostly chance.",
        "Use batches of 32 or more, or a smaller learning rate.",
        _PART2,
    ),
    Rule(
        "train-val-gap",
        "It learns its training words by heart",
        losses.gap,
        ">",
        0.3,  # nats; healthy: 0.14, wavenet-large after 200,000 steps
        "At step {step} the validation loss is {val}, that of training {train}.",
        "The model has room to remember single words of its training split.",
        "Use more words or a smaller model, stop earlier, or add a penalty on weights (l2).",
        _LOSS,
    ),
    Rule(
        "drop-due",
        "The learning rate could drop now",
        losses.drop_due,
        "<",
        0.02,  # nats; wavenet at a rate of 0.1: 0.030 at 20,000 steps, 0.019 at 100,000; mlp: 0.024 and 0.011
        "In {steps} steps up to step {step} the mean loss went from {before} to {last}, at a learning rate of {lr}.",
        "At this rate the steps jump to and fro over the valley’s floor.",
        "Go on with a tenth of the learning rate for the last quarter of the steps.",
        _RATES,
    ),
)


def diagnose(evidence: Evidence) -> list[Finding]:
    """What is wrong with a run at a moment, in the rules' order; nothing where it is healthy."""
    return [finding for rule in RULES if (finding := rule.find(evidence)) is not None]
