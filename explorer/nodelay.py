"""Answers leave at once: Nagle's algorithm off for the server's connections."""

import gc
import socket

INTERNET = (socket.AF_INET, socket.AF_INET6)


def send_at_once() -> None:
    """Call it while the server starts, once its socket is bound and before it accepts a connection.

    A page's answer is several small messages. With Nagle's algorithm the second of them waits until the browser has
    acknowledged the first, and browsers put that off by 40 ms: every click and every tick would take so much longer.
    asyncio turns it off only where a socket names its protocol, which Streamlit's does not, and nothing hands the
    socket to us. Accepted connections inherit the option.
    """
    for thing in gc.get_objects():
        if issubclass(type(thing), socket.socket) and thing.type == socket.SOCK_STREAM and thing.family in INTERNET:
            thing.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
