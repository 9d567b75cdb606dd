"""Products of matrices, cut so that each piece takes OpenBLAS's fast path.

>>> multiply = Product(x, weight, out)     # arrays that stay: (N, K), (K, M) -> (N, M), C-contiguous or turned
>>> multiply()                             # out = x @ weight

Measured, one thread with AVX-512: OpenBLAS multiplies matrices of at most 10**6 multiplications without packing them
first, up to 1.2x as fast; but where the first factor is C-contiguous and the second one turned, it takes 1.3x to 1.8x
as long as any other pair, more than it costs to turn the first one too (`turn`).
"""

import numpy as np

from core.nn.kernels import kernel

SMALL = 1_000_000  # multiplications
LANES = 16  # float32 in the widest register: pieces are whole multiples of it


class Product:
    """out = a @ b, piece by piece along the longer side of out. Where pieces would be too thin, it stays in one."""

    def __init__(self, a: np.ndarray, b: np.ndarray, out: np.ndarray):
        rows, columns = out.shape
        if rows >= columns:
            self._pieces = [(a[part], b, out[part]) for part in _parts(rows, a.shape[1] * columns)]
        else:
            self._pieces = [(a, b[:, part], out[:, part]) for part in _parts(columns, a.size)]
        # np.dot is called faster, np.matmul reads and writes a part of an array without copying it
        self._multiply = np.dot if len(self._pieces) == 1 else np.matmul

    def __call__(self) -> None:
        for a, b, out in self._pieces:
            self._multiply(a, b, out=out)


def _parts(length: int, multiplications: int) -> list[slice]:
    """Equal parts of that many rows or columns, of which each takes so many multiplications."""
    most = SMALL // multiplications // LANES * LANES
    count = -(-length // most) if most else 1
    step = -(-length // count // LANES) * LANES
    return [slice(start, start + step) for start in range(0, length, step)]


@kernel("matrix", "matrix")
def turn(rows, columns):  # (N, C) -> (C, N)
    """Eight rows at a time: each write is then of eight neighbours."""
    whole = rows.shape[0] // 8 * 8
    for n in range(0, whole, 8):
        for c in range(rows.shape[1]):
            for i in range(8):
                columns[c, n + i] = rows[n + i, c]
    for n in range(whole, rows.shape[0]):
        for c in range(rows.shape[1]):
            columns[c, n] = rows[n, c]
