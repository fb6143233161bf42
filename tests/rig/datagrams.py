"""A simulated meter behind UDP, and a network that repeats, cuts, drops and forges datagrams."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Callable
from typing import Self

from dlmslite.simulator.meter import SimulatedMeter
from dlmslite.simulator.server import MeterServer, server_session

NOW = dt.datetime(2026, 3, 1, 12, 7, tzinfo=dt.UTC)
Network = Callable[[bytes], list[bytes]]


def faithful(datagram: bytes) -> list[bytes]:
    """Every datagram once."""
    return [datagram]


def repeating(datagram: bytes) -> list[bytes]:
    """Every datagram three times."""
    return [datagram] * 3


class DatagramMeter:
    """One meter on a UDP port of this machine.

    Args:
        meter: What is served.
        network: What becomes of each answer.
    """

    def __init__(self, meter: SimulatedMeter, network: Network = faithful) -> None:
        self.network = network
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.url = f"udp://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = MeterServer(meter, server_session(meter, "wrapper", 1), lambda: NOW)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._server.open(time.monotonic())
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._ending.is_set():
            try:
                octets, client = self._socket.recvfrom(65_535)
            except TimeoutError:
                continue
            self._server.receive(octets, time.monotonic())
            for datagram in self.network(self._server.session.data_to_send()):
                self._socket.sendto(datagram, client)
