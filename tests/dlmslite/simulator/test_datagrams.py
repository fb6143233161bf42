"""A simulated meter on a UDP port: each client has a conversation of its own, faults included."""

from __future__ import annotations

import contextlib
import socket

import pytest
from rig.threads import no_thread_left

from dlmslite.client import connect
from dlmslite.errors import DlmsError
from dlmslite.simulator.datagrams import CLIENTS_MAX, serve_datagrams
from dlmslite.simulator.faults import FaultPlan
from dlmslite.simulator.models.single_phase import ENERGY, SERIAL, single_phase

METER = single_phase(days=1)


def test_w04_clients_are_served_side_by_side() -> None:
    with (
        serve_datagrams(METER) as running,
        connect(running.url, timeout=5.0) as one,
        connect(running.url, timeout=5.0) as two,
    ):
        assert one.read(ENERGY).unit is two.read(ENERGY).unit
        assert one.read(SERIAL) == b"SIM00000001"


@pytest.mark.parametrize(
    "plan",
    [
        FaultPlan(seed=1, duplication=0.5),
        FaultPlan(seed=2, delay_seconds=0.02, jitter_seconds=0.02),
        FaultPlan(seed=3, duplication=0.5, stale=0.3),
    ],
)
def test_w04_doubled_late_and_stale_datagrams_change_no_value(plan: FaultPlan) -> None:
    with (
        serve_datagrams(METER, faults=plan) as running,
        connect(running.url, timeout=5.0) as meter,
    ):
        for _ in range(10):
            assert meter.read(SERIAL) == b"SIM00000001"


@pytest.mark.parametrize("fault", ["loss", "truncation", "cut", "reset", "half_open"])
def test_what_never_arrives_whole_is_an_error_and_no_value(fault: str) -> None:
    plan = FaultPlan(seed=1, **{fault: 1.0})
    with serve_datagrams(METER, faults=plan) as running, pytest.raises(DlmsError):
        connect(running.url, timeout=0.3)


def test_conversations_are_bounded_and_the_silent_ones_make_room() -> None:
    with serve_datagrams(METER) as running, contextlib.ExitStack() as stack:
        for _ in range(CLIENTS_MAX + 5):
            wire = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            wire.sendto(b"hello", (running.host, running.port))
        with connect(running.url, timeout=5.0) as meter:
            assert meter.read(SERIAL) == b"SIM00000001"
        assert len(running._talks) <= CLIENTS_MAX


def test_a_closed_meter_leaves_no_thread_behind_and_a_taken_port_is_an_error() -> None:
    with (
        no_thread_left(),
        serve_datagrams(METER) as running,
        pytest.raises(OSError, match="in use"),
    ):
        serve_datagrams(METER, port=running.port)


def test_an_ipv6_address_stands_in_brackets() -> None:
    try:
        running = serve_datagrams(METER, host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with running:
        assert running.url == f"udp://[::1]:{running.port}"
