"""A simulated meter on a port: clients come and go, and so does the power."""

from __future__ import annotations

import socket

import pytest
from rig.ports import free_port
from rig.threads import no_thread_left

from dlmslite.client import Client, connect
from dlmslite.errors import ConfigurationError, DeadlineExceeded, DlmsError, TransportError
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import SNRM
from dlmslite.simulator.faults import FaultPlan
from dlmslite.simulator.models.single_phase import ENERGY, SERIAL, STATUS, VOLTAGE, single_phase
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
    with serve(METER, port=free_port()) as meter:
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
    with no_thread_left(), serve(METER) as meter:
        client_of(meter).close()


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


def test_a_reset_is_a_reset_on_the_wire() -> None:
    with (
        serve(METER, faults=FaultPlan(reset=1.0)) as meter,
        socket.create_connection((meter.host, meter.port), timeout=5.0) as client,
    ):
        client.sendall(SNRM(Address(1), Address(16)).encode())
        with pytest.raises(ConnectionResetError):
            client.recv(100)


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_half_open_connection_hears_nothing_and_ends_when_the_client_leaves(framing: str) -> None:
    with serve(METER, framing=framing, faults=FaultPlan(half_open=1.0)) as meter:
        with pytest.raises(DeadlineExceeded):
            client_of(meter, 0.5)
        assert meter.connections == 1


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
@pytest.mark.parametrize("name", ["duplication", "stale", "truncation", "reordering", "loss"])
def test_a_value_that_comes_through_faults_is_right(framing: str, name: str) -> None:
    right = 0
    with serve(METER, framing=framing, faults=FaultPlan(seed=11, **{name: 0.2})) as meter:
        for _ in range(4):
            try:
                with client_of(meter, 0.4) as client:
                    assert client.get(SERIAL, class_id=1) == b"SIM00000001"
                    right += 1
                    assert client.get(STATUS, class_id=1) == 0
            except DlmsError:
                continue

    assert right > 0


def test_an_address_that_does_not_fit_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError):
        serve(METER, framing="wrapper", server=(1, 2))
