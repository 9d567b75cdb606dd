"""The file that TensorBoard reads: records, each with its length and two checksums.

>>> from io import BytesIO
>>> RecordWriter(file := BytesIO()).write(b"one event")
>>> len(file.getvalue()) == 8 + 4 + len(b"one event") + 4
True
"""

import struct
from typing import BinaryIO

import numpy as np
from numba import njit

_POLYNOMIAL = 0x82F63B78  # CRC-32C, reversed
_MASK = 0xA282EAD8


def _table() -> np.ndarray:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1).astype(np.uint32)
    return table


TABLE = _table()


class RecordWriter:
    """TFRecord framing: length, its checksum, data, its checksum; all little-endian."""

    def __init__(self, file: BinaryIO):
        self._file = file

    def write(self, data: bytes) -> None:
        length = struct.pack("<Q", len(data))
        self._file.write(length + _masked(length) + data + _masked(data))


def crc32c(data: bytes) -> int:
    """Of any bytes.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    return int(_crc32c(np.frombuffer(data, np.uint8), TABLE))


def _masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF)


@njit("uint32(Array(uint8, 1, 'C', readonly=True), uint32[::1])", cache=True)
def _crc32c(data, table):
    crc = np.uint32(0xFFFFFFFF)
    for i in range(data.size):
        crc = table[(crc ^ data[i]) & np.uint32(0xFF)] ^ (crc >> np.uint32(8))
    return crc ^ np.uint32(0xFFFFFFFF)
