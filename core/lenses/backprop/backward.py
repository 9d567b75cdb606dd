"""The gradient of each of the 26 tensors, derived by hand, in the order in which they can be found.

>>> EXERCISES["dprobs"].solution
'dprobs = dlogprobs / probs'
>>> EXERCISES["dprobs"].reads          # which gradients have to be there before
('dlogprobs',)

Two further exercises jump over many small steps in one expression: cross-entropy's and BatchNorm's.
"""

from core.lenses.backprop.exercise import Exercise

SHAPE = "A gradient has the shape of its tensor."
SLOPE = "Element by element: the slope of the step times the gradient that arrives."
BROADCAST = "A tensor that was broadcast forward gets a sum backward, over the dims along which it was stretched."
SUM = "A sum forward is a broadcast backward: every number that was added gets the gradient of the sum."
TWICE = "A tensor that is used twice gets two gradients, and they add up."
PRODUCT = "Of a product @, only one arrangement of the parts has the right shape."
MOVE = "Where numbers are only moved, their gradients are moved back."


_ALL = (
    Exercise(
        "dlogprobs",
        "logprobs",
        "dlogprobs = -F.one_hot(Yb, logprobs.shape[1]) / n",
        f"{SHAPE} Begin with zeros, then fill in the few numbers that the loss has looked at.",
        "The loss is minus the mean of n picked numbers: each of those has the slope −1/n, all others 0.",
        r"\frac{\partial L}{\partial\,\text{logprobs}_{ij}} = -\frac{1}{n}\,[\,j = y_i\,]",
    ),
    Exercise(
        "dprobs",
        "probs",
        "dprobs = dlogprobs / probs",
        SLOPE,
        "The slope of log p is 1/p: the smaller the probability of the right letter, the stronger the pull.",
        r"\frac{\partial \log p}{\partial p} = \frac{1}{p}",
    ),
    Exercise(
        "dcounts_sum_inv",
        "counts_sum_inv",
        "dcounts_sum_inv = (counts * dprobs).sum(1, keepdim=True)",
        BROADCAST,
        "probs = counts * counts_sum_inv: the slope is counts. One number was stretched over a row: sum over it.",
        r"\frac{\partial L}{\partial s_i} = \sum_j \text{counts}_{ij}\,\frac{\partial L}{\partial\,\text{probs}_{ij}}"
        r"\quad (s = \text{counts\_sum\_inv})",
    ),
    Exercise(
        "dcounts_sum",
        "counts_sum",
        "dcounts_sum = -(counts_sum**-2) * dcounts_sum_inv",
        SLOPE,
        "The slope of 1/s is −1/s².",
        r"\frac{\partial\, s^{-1}}{\partial s} = -s^{-2}",
    ),
    Exercise(
        "dcounts",
        "counts",
        "dcounts = counts_sum_inv * dprobs + dcounts_sum",
        f"{TWICE} {SUM}",
        "counts goes into probs, with the slope counts_sum_inv, and into the sum of its row, with the slope 1.",
        r"\frac{\partial L}{\partial\,\text{counts}_{ij}} = \text{counts\_sum\_inv}_i\,"
        r"\frac{\partial L}{\partial\,\text{probs}_{ij}} + \frac{\partial L}{\partial\,\text{counts\_sum}_i}",
    ),
    Exercise(
        "dnorm_logits",
        "norm_logits",
        "dnorm_logits = counts * dcounts",
        SLOPE,
        "The slope of exp is exp itself, and that is already there: counts.",
        r"\frac{\partial\, e^{x}}{\partial x} = e^{x} = \text{counts}",
    ),
    Exercise(
        "dlogit_maxes",
        "logit_maxes",
        "dlogit_maxes = -dnorm_logits.sum(1, keepdim=True)",
        BROADCAST,
        "Each row's maximum is subtracted from the whole row: slope −1, summed over the row. It comes out as 0 but for "
        "float noise, because shifting all logits changes no probability.",
        r"\frac{\partial L}{\partial m_i} = -\sum_j \frac{\partial L}{\partial\,\text{norm\_logits}_{ij}} \approx 0",
    ),
    Exercise(
        "dlogits",
        "logits",
        "dlogits = dnorm_logits + F.one_hot(logits.argmax(1), logits.shape[1]) * dlogit_maxes",
        TWICE,
        "logits goes into norm_logits with the slope 1, and its largest number of each row into logit_maxes.",
        r"\frac{\partial L}{\partial\,\text{logits}_{ij}} = \frac{\partial L}{\partial\,\text{norm\_logits}_{ij}}"
        r" + [\,j = \text{argmax}_i\,]\,\frac{\partial L}{\partial m_i}",
    ),
    Exercise(
        "dh",
        "h",
        "dh = dlogits @ W2.T",
        PRODUCT,
        "Each hidden number goes into all logits of its example, each time with a weight of W2 as slope.",
        r"\frac{\partial L}{\partial h} = \frac{\partial L}{\partial\,\text{logits}}\; W_2^{\top}",
    ),
    Exercise(
        "dW2",
        "W2",
        "dW2 = h.T @ dlogits",
        PRODUCT,
        "A weight's slope is the hidden number that it multiplies; the examples of the batch add up.",
        r"\frac{\partial L}{\partial W_2} = h^{\top}\,\frac{\partial L}{\partial\,\text{logits}}",
    ),
    Exercise(
        "db2",
        "b2",
        "db2 = dlogits.sum(0)",
        BROADCAST,
        "The bias is added to every example: slope 1, summed over the batch.",
        r"\frac{\partial L}{\partial b_{2,j}} = \sum_i \frac{\partial L}{\partial\,\text{logits}_{ij}}",
    ),
    Exercise(
        "dhpreact",
        "hpreact",
        "dhpreact = (1 - h**2) * dh",
        SLOPE,
        "The slope of tanh is 1 − tanh²; near ±1 it is almost 0, and little gradient passes.",
        r"\frac{\partial \tanh x}{\partial x} = 1 - \tanh^2 x = 1 - h^2",
    ),
    Exercise(
        "dbngain",
        "bngain",
        "dbngain = (bnraw * dhpreact).sum(0, keepdim=True)",
        BROADCAST,
        "The gain multiplies bnraw in every example: slope bnraw, summed over the batch; the gain has shape (1, 64).",
        r"\frac{\partial L}{\partial \gamma_j} = \sum_i \text{bnraw}_{ij}"
        r"\,\frac{\partial L}{\partial\,\text{hpreact}_{ij}}",
    ),
    Exercise(
        "dbnbias",
        "bnbias",
        "dbnbias = dhpreact.sum(0, keepdim=True)",
        BROADCAST,
        "The bias is added in every example: slope 1, summed over the batch.",
        r"\frac{\partial L}{\partial \beta_j} = \sum_i \frac{\partial L}{\partial\,\text{hpreact}_{ij}}",
    ),
    Exercise(
        "dbnraw",
        "bnraw",
        "dbnraw = bngain * dhpreact",
        SLOPE,
        "bnraw is multiplied by the gain: that is its slope, the same in every row.",
        r"\frac{\partial L}{\partial\,\text{bnraw}_{ij}} = \gamma_j\,\frac{\partial L}{\partial\,\text{hpreact}_{ij}}",
    ),
    Exercise(
        "dbnvar_inv",
        "bnvar_inv",
        "dbnvar_inv = (bndiff * dbnraw).sum(0, keepdim=True)",
        BROADCAST,
        "bnraw = bndiff * bnvar_inv: the slope is bndiff. One number serves a whole column, so sum over the batch.",
        r"\frac{\partial L}{\partial v_j} = \sum_i \text{bndiff}_{ij}\,\frac{\partial L}{\partial\,\text{bnraw}_{ij}}"
        r"\quad (v = \text{bnvar\_inv})",
    ),
    Exercise(
        "dbnvar",
        "bnvar",
        "dbnvar = -0.5 * (bnvar + 1e-5)**-1.5 * dbnvar_inv",
        SLOPE,
        "A power: the exponent −1/2 comes down, and one less, −3/2, stays above.",
        r"\frac{\partial (v + \epsilon)^{-1/2}}{\partial v} = -\tfrac12\,(v + \epsilon)^{-3/2}",
    ),
    Exercise(
        "dbndiff2",
        "bndiff2",
        "dbndiff2 = torch.ones_like(bndiff2) * dbnvar / (n - 1)",
        SUM,
        "The variance adds up a column and divides by n − 1: each number of the column has the slope 1/(n − 1).",
        r"\frac{\partial L}{\partial\,\text{bndiff2}_{ij}} = \frac{1}{n-1}"
        r"\,\frac{\partial L}{\partial\,\text{bnvar}_j}",
    ),
    Exercise(
        "dbndiff",
        "bndiff",
        "dbndiff = bnvar_inv * dbnraw + 2 * bndiff * dbndiff2",
        TWICE,
        "bndiff goes into bnraw, with the slope bnvar_inv, and into its square, with the slope 2 bndiff.",
        r"\frac{\partial L}{\partial\,\text{bndiff}} = \text{bnvar\_inv}\,\frac{\partial L}{\partial\,\text{bnraw}}"
        r" + 2\,\text{bndiff}\,\frac{\partial L}{\partial\,\text{bndiff2}}",
    ),
    Exercise(
        "dbnmeani",
        "bnmeani",
        "dbnmeani = -dbndiff.sum(0, keepdim=True)",
        BROADCAST,
        "The mean is subtracted from every example: slope −1, summed over the batch.",
        r"\frac{\partial L}{\partial \mu_j} = -\sum_i \frac{\partial L}{\partial\,\text{bndiff}_{ij}}",
    ),
    Exercise(
        "dhprebn",
        "hprebn",
        "dhprebn = dbndiff + dbnmeani / n",
        f"{TWICE} {SUM}",
        "hprebn goes into bndiff with the slope 1, and into the mean of its column with the slope 1/n.",
        r"\frac{\partial L}{\partial\,\text{hprebn}_{ij}} = \frac{\partial L}{\partial\,\text{bndiff}_{ij}}"
        r" + \frac1n\,\frac{\partial L}{\partial \mu_j}",
    ),
    Exercise(
        "dembcat",
        "embcat",
        "dembcat = dhprebn @ W1.T",
        PRODUCT,
        "Each input goes into all hidden numbers of its example, each time with a weight of W1 as slope.",
        r"\frac{\partial L}{\partial\,\text{embcat}} = \frac{\partial L}{\partial\,\text{hprebn}}\; W_1^{\top}",
    ),
    Exercise(
        "dW1",
        "W1",
        "dW1 = embcat.T @ dhprebn",
        PRODUCT,
        "A weight's slope is the input that it multiplies; the examples of the batch add up.",
        r"\frac{\partial L}{\partial W_1} = \text{embcat}^{\top}\,\frac{\partial L}{\partial\,\text{hprebn}}",
    ),
    Exercise(
        "db1",
        "b1",
        "db1 = dhprebn.sum(0)",
        BROADCAST,
        "Added to every example: slope 1, summed over the batch. It comes out as 0 but for float noise, because "
        "BatchNorm subtracts whatever is added to a whole column.",
        r"\frac{\partial L}{\partial b_{1,j}} = \sum_i \frac{\partial L}{\partial\,\text{hprebn}_{ij}} \approx 0",
    ),
    Exercise(
        "demb",
        "emb",
        "demb = dembcat.view(emb.shape)",
        MOVE,
        "A view moves no number: the gradient is seen in the old shape again.",
        r"\frac{\partial L}{\partial\,\text{emb}_{itc}} = \frac{\partial L}{\partial\,\text{embcat}_{i,\,10t+c}}",
    ),
    Exercise(
        "dC",
        "C",
        "dC = torch.zeros_like(C).index_add(0, Xb.view(-1), demb.view(-1, C.shape[1]))",
        f"{MOVE} {TWICE}",
        "emb copies a row of C for each character: send each gradient back to its row, and add where a row was copied "
        "more than once.",
        r"\frac{\partial L}{\partial C_{k}} = \sum_{i,t\,:\;X_{it} = k} \frac{\partial L}{\partial\,\text{emb}_{it}}",
    ),
)
SMALL_STEPS = {exercise.name: exercise for exercise in _ALL}
SHORT = {
    exercise.name: exercise
    for exercise in (
        Exercise(
            "cross-entropy",
            "logits",
            "dlogits = (F.softmax(logits, 1) - F.one_hot(Yb, logits.shape[1])) / n",
            "Write the loss of one example as −log softmax and differentiate before you program: nearly all cancels.",
            "Every probability pushes its logit down by its own size; the right letter is pulled up by 1.",
            r"\frac{\partial L}{\partial\,\text{logits}_{ij}} = \frac1n\left(\text{softmax}(\text{logits}_i)_j"
            r" - [\,j = y_i\,]\right)",
            gives=("logits", "Yb"),
        ),
        Exercise(
            "BatchNorm",
            "hprebn",
            "dhprebn = bngain*bnvar_inv * (dhpreact - dhpreact.mean(0) - bnraw * (dhpreact*bnraw).sum(0) / (n - 1))",
            "Let each of the three paths (straight on, through the mean, through the variance) be a term of its own.",
            "From the gradient g that arrives, BatchNorm takes out its mean and its part along bnraw, by columns: "
            "directions in which moving the batch changes nothing. γ is bngain, 1/σ is bnvar_inv.",
            r"\frac{\gamma}{\sigma}\left(g_i - \frac1n\sum_k g_k - \frac{\text{bnraw}_i}{n-1}"
            r"\sum_k g_k\,\text{bnraw}_k\right)",
            gives=("hprebn", "bnvar_inv", "bnraw", "dhpreact"),
        ),
    )
}
EXERCISES = SMALL_STEPS | SHORT
