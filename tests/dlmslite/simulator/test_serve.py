"""A simulated meter on a port: clients come and go, and so does the power."""

from __future__ import annotations

import socket
import threading

import pytest

from dlmslite.client import Client, connect
from dlmslite.errors import DlmsError, TransportError
from dlmslite.simulator.faults import FaultPlan
from dlmslite.simulator.models.single_phase import ENERGY, VOLTAGE, single_phase
from dlmslite.simulator.serve import RunningMeter, serve

METER = single_phase(days=1)


def client_of(meter: RunningMeter, timeout: float = 5.0) -> Client:
    return connect(meter.url, timeout=timeout)


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_several_clients_are_served_at_once(framing: str) -> None:
    with serve(METER, framing=framing) as meter, client_of(meter) as one, client_of(meter) as two:
        assert one.read(VOLTAGE).unit is two.read(VOLTAGE).unit
        assert meter.connections == 2


def test_a_power_cut_ends_conversations_and_the_same_port_comes_back() -> None:
    with serve(METER) as meter:
        url = meter.url
        client = client_of(meter)
        meter.pull_the_plug()
        assert not meter.is_reachable
        with pytest.raises(TransportError):
            client.read(ENERGY)
        client.close()
        with pytest.raises(TransportError):
            client_of(meter, 1.0)
        meter.plug_in()
        assert meter.url == url
        with client_of(meter) as again:
            assert again.read(ENERGY).raw > 0


def test_faults_reach_the_client() -> None:
    with serve(METER, faults=FaultPlan(cut=1.0)) as meter, pytest.raises(DlmsError):
        client_of(meter, 1.0)


def test_a_closed_meter_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    with serve(METER) as meter:
        client_of(meter).close()
    assert threading.active_count() == before


def test_an_ipv6_address_stands_in_brackets() -> None:
    try:
        meter = serve(METER, host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with meter:
        assert meter.url == f"tcp+hdlc://[::1]:{meter.port}"


def test_a_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve(METER, port=taken.getsockname()[1])
