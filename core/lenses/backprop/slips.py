"""Mistakes that people make in these exercises: what they write, and what to tell them.

>>> SLIPS["dprobs"][0]
('dprobs = probs * dlogprobs', 'That is the slope p; the slope of log p is 1/p.')

An answer whose numbers are those of a slip is told its sentence, however it is written.
"""

ONE_PATH = "One path is right, the other is missing: {} is used twice, and both gradients add up."
SIGN = "The path through {} has the wrong sign: the slope there is {}, and both gradients add up."
DUPLICATES = (
    "A character that occurs more than once in the batch has got one of its gradients only: an indexed += does not add "
    "up repeated places. Use index_add, or a loop over the characters."
)

SLIPS: dict[str, tuple[tuple[str, str], ...]] = {
    "dlogprobs": (
        (
            "dlogprobs = torch.zeros_like(logprobs)\ndlogprobs[range(n), Yb] = -1.0",
            "The places are right; the loss is a mean, so each number counts 1/n.",
        ),
        (
            "-torch.ones_like(logprobs) / n",
            "The loss has looked at one number a row only, that of the right letter: all others get 0.",
        ),
    ),
    "dprobs": (
        ("dprobs = probs * dlogprobs", "That is the slope p; the slope of log p is 1/p."),
        ("dprobs = 1.0 / probs", "That is the slope alone: multiply it by the gradient that arrives, dlogprobs."),
    ),
    "dcounts_sum_inv": (
        (
            "(probs * dprobs).sum(1, keepdim=True)",
            "The slope is counts, not probs: look what counts_sum_inv multiplies.",
        ),
        ("dprobs.sum(1, keepdim=True)", "The slope is missing: counts_sum_inv is multiplied by counts."),
    ),
    "dcounts_sum": (
        ("-(counts_sum**-1) * dcounts_sum_inv", "The exponent goes down by one: from −1 to −2."),
        ("-(counts_sum**2) * dcounts_sum_inv", "The exponent −1 goes down by one: to −2, not to 2."),
        ("-(counts_sum**-2)", "That is the slope alone: multiply it by the gradient that arrives, dcounts_sum_inv."),
    ),
    "dcounts": (
        ("counts_sum_inv * dprobs", ONE_PATH.format("counts") + " It also went into counts_sum."),
        ("torch.ones_like(counts) * dcounts_sum", ONE_PATH.format("counts") + " It also went into probs."),
        ("counts_sum_inv * dprobs - dcounts_sum", SIGN.format("counts_sum", "1")),
        ("dcounts_sum - counts_sum_inv * dprobs", SIGN.format("probs", "counts_sum_inv")),
        ("counts_sum_inv * dprobs + counts * dcounts_sum", "The slope of a sum is 1, not the number itself."),
    ),
    "dnorm_logits": (
        ("norm_logits * dcounts", "The slope of exp is exp itself: that is counts, what came out."),
        ("counts + dcounts", "Slope times gradient: multiply, do not add."),
    ),
    "dlogits": (
        ("dnorm_logits", ONE_PATH.format("logits") + " Its largest number of each row also went into logit_maxes."),
        (
            "F.one_hot(logits.argmax(1), logits.shape[1]) * dlogit_maxes",
            ONE_PATH.format("logits") + " It also went into norm_logits.",
        ),
        (
            "dnorm_logits - F.one_hot(logits.argmax(1), logits.shape[1]) * dlogit_maxes",
            SIGN.format("logit_maxes", "1 at each row's largest number"),
        ),
        (
            "dnorm_logits + dlogit_maxes",
            "The maximum of a row came from one place: only that place gets the gradient, not the whole row.",
        ),
    ),
    "dhpreact": (
        ("(1 - hpreact**2) * dh", "The slope of tanh is 1 − tanh²: square what came out (h), not what went in."),
        ("(1 - h)**2 * dh", "1 − h², not (1 − h)²."),
        ("1 - h**2 * dh", "Brackets are missing: * comes before −, so only h**2 is multiplied by dh, not 1 − h²."),
        ("(1 - h**2)", "That is the slope alone: multiply it by the gradient that arrives, dh."),
        ("h**2 * dh", "The slope of tanh is 1 − h²."),
    ),
    "dbngain": (
        ("(hpreact * dhpreact).sum(0, keepdim=True)", "The slope is what the gain multiplies: bnraw, not hpreact."),
        ("dhpreact.sum(0, keepdim=True)", "That is the bias's gradient; the gain multiplies bnraw."),
    ),
    "dbnbias": (
        ("(bnraw * dhpreact).sum(0, keepdim=True)", "That is the gain's gradient; the bias is only added: slope 1."),
    ),
    "dbnraw": (
        ("dhpreact", "The slope is missing: bnraw is multiplied by bngain."),
        ("bnraw * dhpreact", "The slope is what bnraw is multiplied by: bngain."),
    ),
    "dbnvar_inv": (
        ("(bnraw * dbnraw).sum(0, keepdim=True)", "The slope is what bnvar_inv multiplies: bndiff, not bnraw."),
    ),
    "dbnvar": (
        ("-0.5 * (bnvar + 1e-5)**-0.5 * dbnvar_inv", "The exponent goes down by one: from −1/2 to −3/2."),
        ("-0.5 * bnvar**-1.5 * dbnvar_inv", "The 1e-5 is missing: the forward pass adds it to bnvar before the power."),
        ("(bnvar + 1e-5)**-1.5 * dbnvar_inv", "The exponent −1/2 comes down as a factor; here it is missing."),
        ("-1.5 * (bnvar + 1e-5)**-1.5 * dbnvar_inv", "What comes down is the old exponent, −1/2."),
    ),
    "dbndiff2": (
        ("torch.ones_like(bndiff2) * dbnvar / n", "This variance divides by n − 1 (Bessel's correction), not by n."),
        ("torch.ones_like(bndiff2) * dbnvar", "The variance divides by n − 1; so does its gradient."),
        ("bndiff2 * dbnvar / (n - 1)", "The slope of a sum is 1, not the number itself."),
    ),
    "dbndiff": (
        ("bnvar_inv * dbnraw", ONE_PATH.format("bndiff") + " It was squared as well."),
        ("2 * bndiff * dbndiff2", ONE_PATH.format("bndiff") + " It also went straight into bnraw."),
        ("bnvar_inv * dbnraw - 2 * bndiff * dbndiff2", SIGN.format("bndiff2", "2 bndiff")),
        ("2 * bndiff * dbndiff2 - bnvar_inv * dbnraw", SIGN.format("bnraw", "bnvar_inv")),
        ("bnvar_inv * dbnraw + bndiff * dbndiff2", "The slope of a square is twice the number: the 2 is missing."),
        ("bnvar_inv * dbnraw + 2 * dbndiff2", "The slope of a square is twice the number, 2 bndiff."),
    ),
    "dhprebn": (
        ("dbndiff", ONE_PATH.format("hprebn") + " It also went into the mean."),
        ("torch.ones_like(hprebn) * dbnmeani / n", ONE_PATH.format("hprebn") + " It also went straight into bndiff."),
        ("dbndiff - dbnmeani / n", SIGN.format("bnmeani", "1/n")),
        ("dbnmeani / n - dbndiff", SIGN.format("bndiff", "1")),
        ("dbndiff + dbnmeani", "A mean is a sum divided by n: the 1/n of the second path is missing."),
        ("dbndiff + dbnmeani / (n - 1)", "The mean divides by n; only the variance divides by n − 1."),
    ),
    "dC": (
        ("dC = torch.zeros_like(C)\ndC[Xb] += demb", DUPLICATES),
        ("dC = torch.zeros_like(C)\ndC[Xb] = demb", DUPLICATES),
    ),
    "cross-entropy": (
        ("F.softmax(logits, 1) - F.one_hot(Yb, logits.shape[1])", "The loss is a mean over the batch: divide by n."),
        (
            "(F.softmax(logits, 1) + F.one_hot(Yb, logits.shape[1])) / n",
            "The 1 of the right letter has the wrong sign: it is subtracted, which pulls that letter up.",
        ),
        ("F.softmax(logits, 1) / n", "The right letter is pulled up: subtract 1 at its place, before you divide by n."),
        (
            "(F.softmax(logits, 0) - F.one_hot(Yb, logits.shape[1])) / n",
            "Each row is a distribution: softmax goes along dim 1.",
        ),
        (
            "x = F.softmax(logits, 1) / n\nx[range(n), Yb] -= 1\ndlogits = x",
            "The 1 that is subtracted has to be divided by n as well.",
        ),
    ),
    "BatchNorm": (
        (
            "bngain * bnvar_inv * (dhpreact - dhpreact.mean(0) - bnraw * (dhpreact * bnraw).sum(0) / n)",
            "This variance divides by n − 1 (Bessel's correction): the last term does too.",
        ),
        (
            "bngain * bnvar_inv * dhpreact",
            "That is the straight path alone: those through mean and variance are missing.",
        ),
        (
            "bngain * bnvar_inv * (dhpreact - dhpreact.mean(0))",
            "The path through the variance is missing: each number also moves it.",
        ),
        (
            "bngain * bnvar_inv * (dhpreact - bnraw * (dhpreact * bnraw).sum(0) / (n - 1))",
            "The path through the mean is missing: each number also moves it.",
        ),
        (
            "bngain * bnvar_inv * (dhpreact + dhpreact.mean(0) - bnraw * (dhpreact * bnraw).sum(0) / (n - 1))",
            "The path through the mean has the wrong sign: the mean is subtracted.",
        ),
        (
            "bngain * bnvar_inv * (dhpreact - dhpreact.mean(0) + bnraw * (dhpreact * bnraw).sum(0) / (n - 1))",
            "The path through the variance has the wrong sign: a larger variance makes bnvar_inv smaller.",
        ),
        (
            "bnvar_inv * (dhpreact - dhpreact.mean(0) - bnraw * (dhpreact * bnraw).sum(0) / (n - 1))",
            "The gain is missing: it multiplies bnraw.",
        ),
    ),
}
