"""Layers that read characters without learning vectors for them.

>>> OneHot(27).connect(contexts).shape       # contexts: (32, 1) int64
(32, 1, 27)
"""

import numpy as np

from core.nn.layers import Layer
from core.nn.variable import Variable, aligned_zeros


class OneHot(Layer):
    """(B, T) int64 -> (B, T, V): 1 at the character's own place, 0 elsewhere."""

    def __init__(self, vocab: int):
        self.vocab = vocab

    def shape(self, shape):
        return (*shape, self.vocab)

    def connect(self, x):
        self._written = None  # the characters that out holds
        return super().connect(x)

    def forward(self, training=True):
        if self._written is not None and np.array_equal(self.x.data, self._written):
            return  # a full batch is the same at every step
        self._written = None
        self.out.data[:] = 0
        np.put_along_axis(self.out.data, self.x.data[..., None], 1, axis=-1)
        self._written = self.x.data.copy()

    def backward(self, training=True):
        pass  # there is nothing below to learn


class Counts(Layer):
    """The bigram model by counting, (B, 1) int64 -> (B, V): log-probabilities of what followed the last character.

    >>> layer.forward()                # log((count + smoothing) / sum of its row)
    >>> layer.learn(targets)           # adds the batch's pairs to the counts: no gradient is needed

    The counts are kept in `buffers`; there are no parameters to descend on, and no gradient flows.
    """

    def __init__(self, vocab: int, smoothing: float = 1.0):
        self.vocab, self.smoothing = vocab, smoothing
        self._counts = aligned_zeros((vocab, vocab))

    def shape(self, shape):
        return shape[0], self.vocab

    def connect(self, x):
        self.x, self.out = x, Variable(self.name, aligned_zeros(self.shape(x.shape)), None)
        return self.out

    def buffers(self):
        return {"counts": self._counts}

    def forward(self, training=True):
        smoothed = self._counts.astype(np.float64) + self.smoothing
        log_probs = np.log(smoothed / smoothed.sum(axis=1, keepdims=True)).astype(np.float32)
        np.take(log_probs, self.x.data[:, 0], axis=0, out=self.out.data)

    def backward(self, training=True):
        pass

    def learn(self, targets: np.ndarray) -> None:
        pairs = np.bincount(self.x.data[:, 0] * self.vocab + targets, minlength=self.vocab**2)
        self._counts += pairs.reshape(self._counts.shape)
