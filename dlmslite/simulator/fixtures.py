"""Simulated meters as pytest fixtures; needs pytest, which this package does not install.

In the ``conftest.py`` of your tests::

    pytest_plugins = ["dlmslite.simulator.fixtures"]

Then a test asks for ``dlms_meter`` (a running single-phase meter), ``dlms_client`` (connected to
it), ``dlms_meters``, which starts any model with any faults and ends it after the test, or
``dlms_datagram_meters``, which does the same over UDP.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from dlmslite.client import Client, connect
from dlmslite.simulator.catalogue import MODELS
from dlmslite.simulator.datagrams import RunningDatagrams, serve_datagrams
from dlmslite.simulator.faults import NO_FAULTS, FaultPlan
from dlmslite.simulator.serve import RunningMeter, serve


class StartMeter(Protocol):
    """What ``dlms_meters`` is."""

    def __call__(
        self,
        model: str = "single-phase",
        *,
        framing: str = "hdlc",
        server: int | tuple[int, int] = 1,
        faults: FaultPlan = NO_FAULTS,
        **options: Any,
    ) -> RunningMeter:
        """Start a meter that ends with the test.

        Args:
            model: ``single-phase`` or ``three-phase``.
            framing: ``hdlc`` or ``wrapper``.
            server: The meter's address: one number, or logical and physical.
            faults: What goes wrong on the way to the client.
            options: What the model takes: ``serial``, ``seed``, ``days``, ``credentials`` …
        """


@pytest.fixture
def dlms_meters() -> Iterator[StartMeter]:
    """Starts simulated meters on free ports of this machine; all end with the test."""
    with contextlib.ExitStack() as running:

        def start(
            model: str = "single-phase",
            *,
            framing: str = "hdlc",
            server: int | tuple[int, int] = 1,
            faults: FaultPlan = NO_FAULTS,
            **options: Any,
        ) -> RunningMeter:
            meter = MODELS[model](**{"days": 1, **options})
            return running.enter_context(
                serve(meter, framing=framing, server=server, faults=faults)
            )

        yield start


@pytest.fixture
def dlms_meter(dlms_meters: StartMeter) -> RunningMeter:
    """A single-phase meter over HDLC, with one day of load profile; see ``url``."""
    return dlms_meters()


@pytest.fixture
def dlms_client(dlms_meter: RunningMeter) -> Iterator[Client]:
    """A public client of ``dlms_meter``, connected."""
    with connect(dlms_meter.url) as client:
        yield client


class StartDatagramMeter(Protocol):
    """What ``dlms_datagram_meters`` is."""

    def __call__(
        self,
        model: str = "single-phase",
        *,
        server: int = 1,
        faults: FaultPlan = NO_FAULTS,
        **options: Any,
    ) -> RunningDatagrams:
        """Start a meter on a UDP port that ends with the test; see ``StartMeter``."""


@pytest.fixture
def dlms_datagram_meters() -> Iterator[StartDatagramMeter]:
    """Starts simulated meters on free UDP ports of this machine; all end with the test."""
    with contextlib.ExitStack() as running:

        def start(
            model: str = "single-phase",
            *,
            server: int = 1,
            faults: FaultPlan = NO_FAULTS,
            **options: Any,
        ) -> RunningDatagrams:
            meter = MODELS[model](**{"days": 1, **options})
            return running.enter_context(serve_datagrams(meter, server=server, faults=faults))

        yield start
