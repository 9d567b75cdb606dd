"""Streamlit's socket names no protocol, so asyncio leaves Nagle's algorithm on: 40 ms on every click."""

import socket

import pytest

from explorer.nodelay import send_at_once


@pytest.fixture
def listening():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM):
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server


def test_connections_send_at_once(listening):
    send_at_once()
    with socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
