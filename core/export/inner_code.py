"""Layers that hold layers, and those that torch itself computes: more of `layer_code.py`."""

RESIDUAL = '''\
class Residual(Sequential):
    """x + layers(x): what the layers learn is a correction."""

    def __init__(self, *layers):
        super().__init__(layers)

    def __call__(self, x):
        out = super().__call__(x)
        return x + out  #? lengths=kept
        return x[:, -out.shape[1] :] + out  # convolutions shorten a text  #? lengths=cut
'''

GATED = '''\
class Gated(Sequential):
    """One layer says what, the other how much of it."""

    def __init__(self, filter, gate):
        super().__init__([filter, gate])

    def __call__(self, x):
        filter, gate = self.layers
        return torch.tanh(filter(x)) * torch.sigmoid(gate(x))
'''

SKIP = '''\
aside = []  # by Skips, until a SkipSum adds it up


class Skip(Linear):
    """Puts what a Linear makes of x aside, and passes x on unchanged."""

    def __call__(self, x):
        aside.append(super().__call__(x))
        return x
'''

SKIP_SUM = '''\
class SkipSum:
    """The sum of what the Skips above it put aside, in place of its input."""

    def __call__(self, _):
        total = sum(aside)  #? lengths=kept
        t = aside[-1].shape[1]  # convolutions shorten a text  #? lengths=cut
        total = sum(skip[:, -t:] for skip in aside)  #? lengths=cut
        aside.clear()
        return total

    def parameters(self):
        return []
'''

DRAWN = '''\
def drawn(make):
    """A torch.nn module, its weights from a seed that is drawn as all else is."""
    seed = int(torch.randint(0, 2**31, ()))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()
'''

RECURRENT = '''\
class $kind:
    """$what"""

    def __init__(self, fan_in, hidden):
        self.module = drawn(lambda: nn.$kind(fan_in, hidden, batch_first=True))

    def __call__(self, x):
        out, _ = self.module(x)
        return out  # (B, T, C) -> (B, T, hidden): the state after each character

    def parameters(self):
        return list(self.module.parameters())
'''

TRANSFORMER = '''\
class TransformerEncoderLayer:
    """Each position looks at itself and all before it, then passes two Linear."""

    def __init__(self, d_model, nhead, dim_feedforward):
        options = {"dropout": 0.0, "batch_first": True, "norm_first": True}
        self.module = drawn(
            lambda: nn.TransformerEncoderLayer(
                d_model, nhead, dim_feedforward, **options
            )
        )

    def __call__(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        return self.module(x, src_mask=mask, is_causal=True)

    def parameters(self):
        return list(self.module.parameters())
'''
