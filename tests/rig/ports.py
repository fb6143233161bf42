"""Ports of this machine."""

from __future__ import annotations

import random
import socket

PRIVATE = range(20_000, 32_000)  # below what Linux gives for port 0 and for a connection


def free_port() -> int:
    """A loopback port that was free a moment ago, and that nobody gets by chance.

    Who asks for port 0 or connects is given one of the ports above: in the time until this one is
    used, and while a broker or a meter on it is away, it is not taken, and nobody who looks for it
    there connects to himself.
    """
    chance = random.SystemRandom()
    while True:
        port = chance.choice(PRIVATE)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
