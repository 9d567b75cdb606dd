"""The bytes of TensorBoard's files, against other people's implementations of them."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow

from core.export import protobuf as pb
from core.export.records import crc32c


@given(st.binary(max_size=200))
def test_the_checksum_is_crc32c(data):
    assert crc32c(data) == pywrap_tensorflow.crc32c(data)


def test_the_checksum_is_not_zlibs():
    assert crc32c(b"123456789") == 0xE3069283 != zlib.crc32(b"123456789")


@given(st.integers(0, 2**62), st.floats(width=32), st.text(max_size=300), st.floats())
def test_messages_are_read_as_they_were_meant(step, value, tag, time):
    scalar = pb.message(pb.text(1, tag), pb.single(2, value))
    event = Event.FromString(pb.message(pb.double(1, time), pb.whole(2, step), pb.inside(5, pb.inside(1, scalar))))
    (read,) = event.summary.value
    assert (event.step, read.tag) == (step, tag)
    assert np.array([event.wall_time, read.simple_value]) == pytest.approx(np.array([time, value]), nan_ok=True)


@pytest.mark.parametrize(("value", "read"), [(1e308, np.inf), (-1e308, -np.inf), (1.5, 1.5)])
def test_a_number_beyond_float32_is_infinite(value, read):
    scalar = pb.message(pb.text(1, "loss"), pb.single(2, value))
    event = Event.FromString(pb.message(pb.inside(5, pb.inside(1, scalar))))
    assert event.summary.value[0].simple_value == read
