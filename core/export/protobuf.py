"""Protocol buffers, as much of them as TensorBoard's events need: a message is its fields' bytes, one after the other.

>>> message(text(3, "brain.Event:2")).hex()
'1a0d627261696e2e4576656e743a32'
"""

import struct
from collections.abc import Sequence

import numpy as np

_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5  # wire types


def message(*fields: bytes) -> bytes:
    return b"".join(fields)


def double(field: int, value: float) -> bytes:
    return _key(field, _DOUBLE) + struct.pack("<d", value)


def single(field: int, value: float) -> bytes:
    """Inf where `value` is beyond float32."""
    with np.errstate(over="ignore"):
        return _key(field, _FLOAT) + np.array(value).astype("<f4").tobytes()


def whole(field: int, value: int) -> bytes:
    return _key(field, _VARINT) + varint(value)


def inside(field: int, value: bytes) -> bytes:
    """A message within a message, or plain bytes."""
    return _key(field, _BYTES) + varint(len(value)) + value


def text(field: int, value: str) -> bytes:
    return inside(field, value.encode())


def doubles(field: int, values: Sequence[float] | np.ndarray) -> bytes:
    return inside(field, np.asarray(values, "<f8").tobytes())


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; not for numbers below 0."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _key(field: int, wire: int) -> bytes:
    return varint(field << 3 | wire)
