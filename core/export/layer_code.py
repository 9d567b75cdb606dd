"""The course's layers as plain PyTorch with autograd, one class a kind: what a script of a run is put together from.

A line that ends in `#? ...` is there where the model needs it (`template.py`). "bias=True" is so where all layers of
the kind have one, "bias=any" where only some have; then it is an argument. "std=given" is so where all layers are given
a value of their own, "std=default" where none is. Each class draws its weights in the order of the engine's.
"""

SEQUENTIAL = '''\
class Sequential:
    """Layers one after the other."""

    def __init__(self, layers):
        self.layers = layers

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]
'''

EMBEDDING = '''\
class Embedding:
    """One learned vector for each character."""

    def __init__(self, vocab, n_embd):
        self.weight = torch.randn((vocab, n_embd))

    def __call__(self, x):
        return self.weight[x]  # (B, T) -> (B, T, C)

    def parameters(self):
        return [self.weight]
'''

ONE_HOT = '''\
class OneHot:
    """A 1 at the character's own place, 0 everywhere else."""

    def __init__(self, vocab):
        self.vocab = vocab

    def __call__(self, x):
        return F.one_hot(x, self.vocab).float()  # (B, T) -> (B, T, V)

    def parameters(self):
        return []
'''

COUNTS = '''\
class Counts:
    """Counts which character follows which: it learns without gradients."""

    def __init__(self, vocab, smoothing=1.0):
        self.counts, self.smoothing = torch.zeros(vocab, vocab), smoothing

    def __call__(self, x):
        P = self.counts + self.smoothing
        P = P / P.sum(1, keepdim=True)
        return P.log()[x[:, 0]]  # (B, 1) -> (B, V)

    def learn(self, x, y):
        one = torch.ones(len(y))
        self.counts.index_put_((x[:, 0], y), one, accumulate=True)
'''

FLATTEN = '''\
class FlattenConsecutive:
    """Joins n neighbouring positions."""

    def __init__(self, n):
        self.n = n

    def __call__(self, x):
        B, T, C = x.shape
        x = x.reshape(B, T // self.n, C * self.n)
        return x.squeeze(1) if x.shape[1] == 1 else x

    def parameters(self):
        return []
'''

LAST_POSITION = '''\
class LastPosition:
    """Of all positions the last, which has read the whole text."""

    def __call__(self, x):
        return x[:, -1]  # (B, T, C) -> (B, C)

    def parameters(self):
        return []
'''

POSITION_EMBEDDING = '''\
class PositionEmbedding:
    """Adds a learned vector to each position: attention alone knows no order."""

    def __init__(self, t, c):
        self.weight = torch.randn((t, c)) * 0.02

    def __call__(self, x):
        return x + self.weight

    def parameters(self):
        return [self.weight]
'''

LINEAR = '''\
class Linear:
    """x @ weight, over the last dimension."""  #? bias=False
    """x @ weight + bias, over the last dimension."""  #? bias=True|bias=any

    def __init__(self, fan_in, fan_out$options):
        self.weight = torch.randn((fan_in, fan_out)) / fan_in**0.5  #? std=default
        self.weight = torch.randn((fan_in, fan_out)) * std  #? std=given
        weight = torch.randn((fan_in, fan_out))  #? std=any
        self.weight = weight / fan_in**0.5 if std is None else weight * std  #? std=any
        self.bias = torch.zeros(fan_out)  #? bias=True bias_std=default|bias_std=any
        self.bias = torch.randn(fan_out) * bias_std  #? bias=True bias_std=given
        self.bias = torch.zeros(fan_out) if bias else None  #? bias=any
        if bias_std:  #? bias=True bias_std=any
        if bias and bias_std:  #? bias=any bias_std=any
            self.bias = torch.randn(fan_out) * bias_std  #? bias_std=any

    def __call__(self, x):
        return x @ self.weight  #? bias=False
        return x @ self.weight + self.bias  #? bias=True
        out = x @ self.weight  #? bias=any
        return out if self.bias is None else out + self.bias  #? bias=any

    def parameters(self):
        return [self.weight]  #? bias=False
        return [self.weight, self.bias]  #? bias=True
        return [p for p in (self.weight, self.bias) if p is not None]  #? bias=any
'''

CAUSAL_CONV = '''\
class CausalConv1d:
    """One small Linear that slides along a text and never sees what comes later."""

    def __init__(self, fan_in, fan_out, kernel=2, dilation=1$options):
        self.kernel, self.dilation = kernel, dilation
        joined = kernel * fan_in
        self.weight = torch.randn((joined, fan_out)) / joined**0.5
        self.bias = torch.zeros(fan_out)  #? bias=True
        self.bias = torch.zeros(fan_out) if bias else None  #? bias=any

    def __call__(self, x):
        t = x.shape[1] - (self.kernel - 1) * self.dilation  # positions with a full past
        starts = [k * self.dilation for k in range(self.kernel)]
        x = torch.cat([x[:, start : start + t] for start in starts], dim=-1)
        return x @ self.weight  #? bias=False
        return x @ self.weight + self.bias  #? bias=True
        out = x @ self.weight  #? bias=any
        return out if self.bias is None else out + self.bias  #? bias=any

    def parameters(self):
        return [self.weight]  #? bias=False
        return [self.weight, self.bias]  #? bias=True
        return [p for p in (self.weight, self.bias) if p is not None]  #? bias=any
'''

BATCH_NORM = '''\
class BatchNorm1d:
    """Each channel to mean 0 and variance 1, then to a learned scale and shift."""

    training = True  # False: the running statistics stand in for the batch's own

    def __init__(self, dim, eps=1e-5, momentum=0.1$options):
        self.eps, self.momentum = eps, momentum
        self.unbiased = unbiased  #? unbiased=any
        self.dims = dims  #? dims=any
        self.gamma, self.beta = torch.ones(dim), torch.zeros(dim)
        self.running_mean, self.running_var = torch.zeros(dim), torch.ones(dim)

    def __call__(self, x):
        if self.training:
            dims = tuple(range(x.ndim - 1))  # all but the channels  #? dims=None
            dims = 0  # the course's bug: each position has statistics of its own  #? dims=0
            dims = tuple(range(x.ndim - 1)) if self.dims is None else 0  #? dims=any
            mean, var = x.mean(dims, keepdim=True), x.var(dims, keepdim=True)
            self.follow(mean.detach(), var.detach())
            var = x.var(dims, keepdim=True, correction=0)  # biased, as torch does  #? unbiased=False
            if not self.unbiased:  #? unbiased=any
                var = x.var(dims, keepdim=True, correction=0)  # as torch does  #? unbiased=any
        else:
            mean, var = self.running_mean, self.running_var
        return self.gamma * (x - mean) / torch.sqrt(var + self.eps) + self.beta

    def follow(self, mean, var):
        keep, take = 1 - self.momentum, self.momentum
        self.running_mean = keep * self.running_mean + take * mean
        self.running_var = keep * self.running_var + take * var

    def parameters(self):
        return [self.gamma, self.beta]
'''

TANH = '''\
class Tanh:
    """Squashes every number into -1 to 1."""

    def __call__(self, x):
        return torch.tanh(x)

    def parameters(self):
        return []
'''

RELU = '''\
class ReLU:
    """Replaces numbers below 0 by 0."""

    def __call__(self, x):
        return torch.relu(x)

    def parameters(self):
        return []
'''
