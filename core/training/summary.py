"""The probe's kernels: one tensor in, its statistics and histogram out.

>>> stats, counts = np.empty(8, np.float32), np.empty(64, np.int32)
>>> summarise(values, stats, counts)                  # values: float32 (n,)
>>> dict(zip(STATS, stats)), counts.sum()             # mean to inf, the first eight of frame.STATS

Loops select instead of branching, so that they vectorise. NaN and Inf are counted apart, never assumed away.
"""

import numpy as np

from core.nn.kernels import helper, kernel
from core.training.frame import BINS

LARGEST = np.float32(3.4028234663852886e38)
LARGEST_KEY = np.int32(0x7F7FFFFF)  # its bits, as an integer
SIGN, MAGNITUDE = np.int32(31), np.int32(0x7FFFFFFF)
SATURATED = np.float32(0.97)
BLOCK = 512  # values whose bins are found before they are counted


@kernel("vector", "vector", "ints")
def summarise(values, stats, counts):
    """mean, std, min, max, low, high, nan, inf of values, and how many lie in each of 64 equal bins from low to high.

    std is unbiased. NaN and Inf are counted and left out of everything else; where nothing is left, mean, std, min and
    max are NaN. low and high are min and max, or beyond where those are too close to tell bins between them apart.
    """
    least, most, total, finite, nan = _range(values, counts)
    mean = total / finite
    low, high = _edges(least, most) if finite else (np.float32(-0.5), np.float32(0.5))
    spread = _count(values, mean, low, high, counts)
    stats[0], stats[1] = mean, np.sqrt(spread / (finite - 1)) if finite > 1 else np.nan
    stats[2], stats[3] = least, most
    stats[4], stats[5] = low, high
    stats[6], stats[7] = nan, values.size - finite - nan


@kernel("matrix", "vector")
def saturation(values, hits):
    """Of tanh outputs (N, C): share with |value| > 0.97, share of channels where all N are. hits (C,) is scratch."""
    rows, channels = values.shape
    hits[:] = 0
    for n in range(rows):
        for c in range(channels):
            hits[c] += np.float32(1) if abs(values[n, c]) > SATURATED else np.float32(0)
    total, dead = 0.0, 0
    for c in range(channels):
        total += hits[c]
        dead += hits[c] == rows
    return total / (rows * channels), dead / channels


@helper
def _range(values, scratch):
    """Smallest and largest finite value (NaN where there is none), their sum, how many, and how many are NaN.

    min and max go by integers that sort as the floats do: those reduce in vector registers even where NaN may occur.
    """
    bits = values.view(np.int32)
    total, finite, nan, lowest, highest = 0.0, 0, 0, LARGEST_KEY, -LARGEST_KEY - np.int32(1)
    for i in range(values.size):
        value = values[i]
        is_finite = abs(value) <= LARGEST
        total += np.float64(value) if is_finite else 0.0
        finite += np.int32(is_finite)
        nan += np.int32(value != value)
        key = bits[i] ^ ((bits[i] >> SIGN) & MAGNITUDE)
        lowest = min(lowest, key if is_finite else LARGEST_KEY)
        highest = max(highest, key if is_finite else -LARGEST_KEY - np.int32(1))
    scratch[0] = lowest ^ ((lowest >> SIGN) & MAGNITUDE)
    scratch[1] = highest ^ ((highest >> SIGN) & MAGNITUDE)
    floats = scratch.view(np.float32)
    missing = np.float32(np.nan)
    return (floats[0] if finite else missing), (floats[1] if finite else missing), total, finite, nan


@helper
def _edges(least, most):
    """The histogram's outer edges; a constant stands in the middle, with room for half its size on both sides."""
    low, high = np.float64(least), np.float64(most)
    size = max(abs(low), abs(high))
    if high - low < max(size * 2.0**-16, 1e-36):  # bins of less than four float32 steps
        middle, room = (low + high) / 2, max(size / 2, 1e-36) if size > 0 else 0.5
        low, high = max(middle - room, -LARGEST), min(middle + room, LARGEST)
    return np.float32(low), np.float32(high)


@helper
def _count(values, mean, low, high, counts):
    """Fills the histogram; returns the sum of squared distances from the mean."""
    bins = np.empty(BLOCK, np.int32)
    lanes = np.zeros((4, BINS + 1), np.int32)  # four histograms, so that equal values need not wait for each other
    spread, start, scale = 0.0, np.float64(low), BINS / (np.float64(high) - np.float64(low))
    for first in range(0, values.size, BLOCK):
        block = values[first : first + BLOCK]
        for i in range(block.size):
            value = block[i]
            is_finite = abs(value) <= LARGEST
            distance = np.float64(value) - mean
            spread += distance * distance if is_finite else 0.0
            place = min((np.float64(value) - start) * scale, BINS - 1.0)
            bins[i] = np.int32(place if is_finite else np.float64(BINS))
        for i in range(block.size):
            lanes[i & 3, bins[i]] += 1
    for b in range(BINS):
        counts[b] = lanes[0, b] + lanes[1, b] + lanes[2, b] + lanes[3, b]
    return spread
