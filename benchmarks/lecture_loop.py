"""The course's style of training loop, in our own words: torch tensors, autograd, one object a layer, plain SGD.

>>> model, generator = build(vocab=27, n_embd=10, n_hidden=68, seed=42)
>>> losses = [step(model, contexts, targets, generator, batch_size=32, lr=0.1) for _ in range(300)]

The baseline of `benchmarks/engine.py` and an oracle of the engine's tests; it draws its random numbers in the same
order.
"""

import torch
import torch.nn.functional as F


class Embedding:
    def __init__(self, vocab, n_embd, generator):
        self.weight = torch.randn((vocab, n_embd), generator=generator)

    def __call__(self, x):
        return self.weight[x]

    def parameters(self):
        return [self.weight]


class FlattenConsecutive:
    def __init__(self, n):
        self.n = n

    def __call__(self, x):
        b, t, c = x.shape
        x = x.view(b, t // self.n, c * self.n)  # (B, T, C) -> (B, T/n, C*n)
        return x.squeeze(1) if x.shape[1] == 1 else x

    def parameters(self):
        return []


class Linear:
    def __init__(self, fan_in, fan_out, generator, bias=True):
        self.weight = torch.randn((fan_in, fan_out), generator=generator) / fan_in**0.5
        self.bias = torch.zeros(fan_out) if bias else None

    def __call__(self, x):
        out = x @ self.weight
        return out if self.bias is None else out + self.bias

    def parameters(self):
        return [self.weight] + ([] if self.bias is None else [self.bias])


class BatchNorm1d:
    """Normalises with the unbiased variance, as the course does; `reduce_first_only` is the course's bug."""

    def __init__(self, n, eps=1e-5, momentum=0.1, reduce_first_only=False):
        self.eps, self.momentum, self.reduce_first_only = eps, momentum, reduce_first_only
        self.gamma, self.beta = torch.ones(n), torch.zeros(n)
        self.running_mean, self.running_var = torch.zeros(n), torch.ones(n)

    def __call__(self, x):
        over = 0 if x.ndim == 2 or self.reduce_first_only else (0, 1)
        mean, var = x.mean(over, keepdim=True), x.var(over, keepdim=True)
        out = self.gamma * (x - mean) / torch.sqrt(var + self.eps) + self.beta
        with torch.no_grad():
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var
        return out

    def parameters(self):
        return [self.gamma, self.beta]


class Tanh:
    def __call__(self, x):
        return torch.tanh(x)

    def parameters(self):
        return []


class Sequential:
    def __init__(self, layers):
        self.layers = layers

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


def build(vocab, n_embd, n_hidden, seed, levels=3, reduce_first_only=False):
    """The hierarchical network that sees 2**levels characters, and the generator that goes on to draw its batches."""
    generator = torch.Generator().manual_seed(seed)
    layers = [Embedding(vocab, n_embd, generator)]
    for level in range(levels):
        fan_in = 2 * (n_embd if level == 0 else n_hidden)
        layers += [
            FlattenConsecutive(2),
            Linear(fan_in, n_hidden, generator, bias=False),
            BatchNorm1d(n_hidden, reduce_first_only=reduce_first_only),
            Tanh(),
        ]
    layers.append(Linear(n_hidden, vocab, generator))
    with torch.no_grad():
        layers[-1].weight *= 0.1  # less confident at the start
    model = Sequential(layers)
    for parameter in model.parameters():
        parameter.requires_grad = True
    return model, generator


def step(model, contexts, targets, generator, batch_size, lr):
    """One step of plain SGD; the loss before it as a float."""
    rows = torch.randint(0, contexts.shape[0], (batch_size,), generator=generator)
    loss = F.cross_entropy(model(contexts[rows]), targets[rows])
    for parameter in model.parameters():
        parameter.grad = None
    loss.backward()
    for parameter in model.parameters():
        parameter.data += -lr * parameter.grad
    return loss.item()
