"""What the engine computes besides products: small numba kernels on preallocated float32 arrays.

>>> warm()                                        # compiles all of them, or loads them from numba's cache
>>> tanh_forward(x.reshape(-1), out.reshape(-1))  # a kernel writes into the arrays it is given and allocates nothing

Shapes: N rows, C channels, V symbols, T positions. Arrays are C-contiguous.
The fast-math flags let loops vectorise (sums may be reordered, products contracted) and keep NaN and Inf as they are:
a diverging run must show them. A kernel is compiled at its first call, or by `warm`.
"""

import numpy as np
from numba import njit, types

_OPTIONS = {
    "cache": True,
    "error_model": "numpy",  # x / 0 is Inf, not an exception: without its branch, loops vectorise
    "fastmath": {"contract", "reassoc", "arcp", "nsz", "afn"},  # all but nnan and ninf
}
TYPES = {
    "float": types.float64,
    "bool": types.boolean,
    "vector": types.float32[::1],
    "matrix": types.float32[:, ::1],
    "matrices": types.float32[:, :, ::1],
    "ints": types.int32[::1],
    "indices 3d": types.int64[:, :, ::1],
    "bytes 2d": types.uint8[:, ::1],
    "indices": types.int64[::1],
    "indices 2d": types.int64[:, ::1],
}
_KERNELS: list[tuple] = []


def kernel(*signature: str):
    """njit with the project's options; `warm` compiles for arguments of these TYPES."""

    def decorate(function):
        compiled = njit(**_OPTIONS)(function)
        _KERNELS.append((compiled, tuple(TYPES[name] for name in signature)))
        return compiled

    return decorate


def helper(function):
    """njit for what only other kernels call."""
    return njit(**_OPTIONS)(function)


def warm() -> None:
    """Compiles every kernel of the modules imported so far: seconds at first, then half of one from numba's cache."""
    for compiled, signature in _KERNELS:
        compiled.compile(signature)


@kernel("vector", "vector", "float")
def descend(data, grad, lr):
    """Plain gradient descent: data -= lr * grad."""
    rate = np.float32(lr)
    for i in range(data.size):
        data[i] -= rate * grad[i]


@kernel("bytes 2d", "indices 2d", "indices 3d", "indices 2d")
def gather(examples, rows, contexts, targets):
    """Examples (N, T + 1) by their row, which must exist: contexts (S, B, T) and, the last column, targets (S, B)."""
    length = contexts.shape[2]
    for s in range(rows.shape[0]):
        for b in range(rows.shape[1]):
            for t in range(length):
                contexts[s, b, t] = examples[rows[s, b], t]
            targets[s, b] = examples[rows[s, b], length]


@kernel("matrix", "indices", "matrix")
def embed(weight, index, out):  # (V, C), (N,) -> (N, C)
    """False where an index is not in the table: nothing is read there."""
    symbols, channels = weight.shape
    for n in range(index.size):
        symbol = index[n]
        if symbol < 0 or symbol >= symbols:
            return False
        for c in range(channels):
            out[n, c] = weight[symbol, c]
    return True


@kernel("indices", "matrix", "matrix")
def embed_backward(index, grad, weight_grad):  # (N,), (N, C) -> (V, C)
    weight_grad[:] = 0
    for n in range(index.size):
        symbol = index[n]
        for c in range(grad.shape[1]):
            weight_grad[symbol, c] += grad[n, c]


@kernel("matrix", "vector")
def add_bias(out, bias):  # (N, C), (C,)
    for n in range(out.shape[0]):
        for c in range(out.shape[1]):
            out[n, c] += bias[c]


@kernel("matrix", "vector")
def column_sums(rows, sums):  # (N, C) -> (C,)
    """Four rows at a time: fewer passes over the sums, and less rounding."""
    whole = rows.shape[0] // 4 * 4
    sums[:] = 0
    for n in range(0, whole, 4):
        for c in range(rows.shape[1]):
            sums[c] += (rows[n, c] + rows[n + 1, c]) + (rows[n + 2, c] + rows[n + 3, c])
    for n in range(whole, rows.shape[0]):
        for c in range(rows.shape[1]):
            sums[c] += rows[n, c]


@kernel("vector", "vector")
def tanh_forward(x, out):
    """A rational function within 6 float32 steps of tanh; NaN stays NaN, from +-9.02 on it is exactly +-1.

    tanh(x) = x P(x*x) / Q(x*x), P and Q of degree 4, fitted for the least relative error on |x| < 8.7: 1.5e-8.
    """
    limit = np.float32(9.02)
    for i in range(x.size):
        v = x[i]
        v = limit if v > limit else v
        v = -limit if v < -limit else v
        t = v * v
        p = np.float32(1.38973345962e-8)
        p = p * t + np.float32(2.09937669652e-5)
        p = p * t + np.float32(3.51874662726e-3)
        p = p * t + np.float32(1.34004711938e-1)
        p = p * t + np.float32(9.99999985412e-1)
        q = np.float32(7.99644965966e-7)
        q = q * t + np.float32(3.32364753788e-4)
        q = q * t + np.float32(2.59649109477e-2)
        q = q * t + np.float32(4.67337915421e-1)
        q = q * t + np.float32(1.0)
        y = v * p / q
        y = np.float32(1) if y > np.float32(1) else y
        out[i] = np.float32(-1) if y < np.float32(-1) else y


@kernel("vector", "vector", "vector")
def tanh_backward(out, grad, x_grad):
    for i in range(out.size):
        x_grad[i] = (np.float32(1) - out[i] * out[i]) * grad[i]


@kernel("matrix", "vector", "vector", "matrix", "matrix", "matrix", "matrix", "float", "float", "bool")
def norm_forward(x, gamma, beta, batch, running, work, out, eps, momentum, unbiased):
    """Brings the F columns of x (N, F) to mean 0 and variance 1, then to beta and gamma; moves the running statistics.

    gamma and beta (C,) repeat along a row: F = G * C. batch and running (2, F): mean and variance, over N - 1
    (unbiased) or N numbers; the running variance always over N - 1. work (4, F) is scratch, kept for norm_backward.
    """
    rows, columns = x.shape
    mean, var = batch[0], batch[1]
    share, bessel = np.float32(1 / rows), np.float32(1 / (rows - 1))
    column_sums(x, mean)
    for f in range(columns):
        mean[f] *= share
    _squares(x, mean, var)
    keep, take = np.float32(1 - momentum), np.float32(momentum)
    used = bessel if unbiased else share
    for f in range(columns):
        running[0, f] = keep * running[0, f] + take * mean[f]
        running[1, f] = keep * running[1, f] + take * (var[f] * bessel)
        var[f] *= used
    norm_evaluate(x, gamma, beta, batch, work, out, eps)


@kernel("matrix", "vector", "vector", "matrix", "matrix", "matrix", "float")
def norm_evaluate(x, gamma, beta, statistics, work, out, eps):
    """norm_forward with given means and variances (2, F)."""
    mean, var = statistics[0], statistics[1]
    scale, shift = work[0], work[1]
    for start in range(0, x.shape[1], gamma.size):
        for c in range(gamma.size):
            scale[start + c] = gamma[c] / np.sqrt(var[start + c] + np.float32(eps))
            shift[start + c] = beta[c]
    for n in range(x.shape[0]):
        for f in range(x.shape[1]):
            out[n, f] = (x[n, f] - mean[f]) * scale[f] + shift[f]


@kernel("matrix", "matrix", "matrix", "matrix", "vector", "vector", "matrix", "float", "bool", "bool")
def norm_backward(x, grad, statistics, work, gamma_grad, beta_grad, x_grad, eps, unbiased, constant):
    """Gradients of norm_forward, with its batch statistics, or (constant) of norm_evaluate, with the running ones."""
    rows, columns = x.shape
    mean, var, scale, slope, offset = statistics[0], statistics[1], work[0], work[2], work[3]
    _grad_sums(x, grad, mean, slope, offset)
    gamma_grad[:] = 0
    beta_grad[:] = 0
    share = np.float32(0 if constant else 1 / rows)
    used = np.float32(0 if constant else 1 / (rows - 1 if unbiased else rows))
    for start in range(0, columns, gamma_grad.size):
        for c in range(gamma_grad.size):
            f = start + c
            inverse = np.float32(1) / (var[f] + np.float32(eps))
            gamma_grad[c] += slope[f] * np.sqrt(inverse)
            beta_grad[c] += offset[f]
            slope[f] *= scale[f] * inverse * used  # through the variance
            offset[f] *= scale[f] * share  # through the mean
    for n in range(rows):
        for f in range(columns):
            x_grad[n, f] = grad[n, f] * scale[f] - (x[n, f] - mean[f]) * slope[f] - offset[f]


@helper
def _squares(x, mean, sums):
    """sums (F,): of the squared distances from the mean, down the columns of x (N, F)."""
    whole = x.shape[0] // 4 * 4
    sums[:] = 0
    for n in range(0, whole, 4):
        for f in range(x.shape[1]):
            a, b, c, d = x[n, f] - mean[f], x[n + 1, f] - mean[f], x[n + 2, f] - mean[f], x[n + 3, f] - mean[f]
            sums[f] += (a * a + b * b) + (c * c + d * d)
    for n in range(whole, x.shape[0]):
        for f in range(x.shape[1]):
            sums[f] += (x[n, f] - mean[f]) * (x[n, f] - mean[f])


@helper
def _grad_sums(x, grad, mean, products, sums):
    """products (F,): of grad * (x - mean), sums (F,): of grad, down the columns."""
    products[:] = 0
    sums[:] = 0
    whole = x.shape[0] // 2 * 2
    for n in range(0, whole, 2):
        for f in range(x.shape[1]):
            a, b = grad[n, f], grad[n + 1, f]
            sums[f] += a + b
            products[f] += a * (x[n, f] - mean[f]) + b * (x[n + 1, f] - mean[f])
    for n in range(whole, x.shape[0]):
        for f in range(x.shape[1]):
            sums[f] += grad[n, f]
            products[f] += grad[n, f] * (x[n, f] - mean[f])
