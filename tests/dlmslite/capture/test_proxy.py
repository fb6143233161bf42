"""The recording proxy hands on every octet and writes down what it hands on."""

from __future__ import annotations

import socket
import threading

import pytest
from rig.captures import streams
from rig.ports import free_port
from rig.threads import no_thread_left

from dlmslite.capture.base import (
    CLOSED_BY_CLIENT,
    CLOSED_BY_METER,
    CONNECTED,
    Capture,
    Header,
    connection_of,
)
from dlmslite.capture.conversation import spoken
from dlmslite.capture.proxy import RecordingProxy
from dlmslite.cli.connection import header_for
from dlmslite.client import connect
from dlmslite.endpoint import Endpoint
from dlmslite.errors import ConfigurationError, DlmsError
from dlmslite.simulator.models.single_phase import ENERGY, SERIAL, single_phase
from dlmslite.simulator.serve import serve
from dlmslite.trace import Direction, TraceEvent


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_client_reads_through_it_and_all_is_written_down(framing: str) -> None:
    events: list[TraceEvent] = []
    ours: list[TraceEvent] = []
    with serve(single_phase(days=1), framing=framing) as meter:
        endpoint = Endpoint.parse(meter.url)
        with RecordingProxy(endpoint, events.append) as proxy:
            with connect(proxy.url, trace=ours.append, timeout=5.0) as client:
                assert client.read(SERIAL) == b"SIM00000001"
            with connect(proxy.url, timeout=5.0) as client:
                assert client.read(ENERGY).raw > 0
            assert proxy.first_ended.wait(5.0)
    capture = Capture(header_for(endpoint), tuple(events))
    seen = Capture(header_for(endpoint), tuple(ours))

    assert proxy.connections == 2
    assert {connection_of(one) for one in events} == {1, 2}
    for direction in (Direction.SENT, Direction.RECEIVED):
        assert streams(capture)[1, direction] == streams(seen)[1, direction]
    assert len(list(spoken(capture))) > 6
    assert [one.note for one in events if one.note] == [CONNECTED, CLOSED_BY_CLIENT] * 2


def test_a_meter_that_hangs_up_hangs_up_on_the_client() -> None:
    events: list[TraceEvent] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            meter, _ = listener.accept()
            meter.sendall(b"Port already in use\r\n")
            meter.close()

        thread = threading.Thread(target=refuse)
        thread.start()
        endpoint = Endpoint("tcp+hdlc", "127.0.0.1", listener.getsockname()[1])
        with (
            RecordingProxy(endpoint, events.append) as proxy,
            socket.create_connection((proxy.host, proxy.port), timeout=5.0) as client,
        ):
            heard = b""
            while octets := client.recv(100):
                heard += octets
        thread.join()

    assert heard == b"Port already in use\r\n"
    assert [one.note for one in events if one.note] == [CONNECTED, CLOSED_BY_METER]


def test_a_meter_that_cannot_be_reached_is_written_down() -> None:
    events: list[TraceEvent] = []
    with RecordingProxy(Endpoint("tcp", "127.0.0.1", free_port()), events.append) as proxy:
        with pytest.raises(DlmsError):
            connect(proxy.url, timeout=2.0)
        assert proxy.first_ended.wait(5.0)

    assert events[0].note == CONNECTED
    assert "refused" in events[1].note
    assert events[-1].note == CLOSED_BY_METER


def test_its_end_leaves_no_thread_behind() -> None:
    with no_thread_left(), serve(single_phase(days=1)) as meter:
        with RecordingProxy(Endpoint.parse(meter.url), lambda _: None) as proxy:
            client = connect(proxy.url, timeout=5.0)
        with pytest.raises(DlmsError):
            client.read(ENERGY)
        client.close()


def test_a_taken_port_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1:{port}"):
            RecordingProxy(Endpoint("tcp", "127.0.0.1", 1), lambda _: None, port=port)


def test_the_header_of_a_capture_is_of_its_endpoint() -> None:
    header = header_for(Endpoint.parse("tcp+hdlc://192.0.2.7:3333"))

    assert isinstance(header, Header)
    assert (header.framing, header.endpoint) == ("hdlc", "tcp+hdlc://192.0.2.7:3333")
