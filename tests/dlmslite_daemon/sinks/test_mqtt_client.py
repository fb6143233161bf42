"""The broker connection against a real mosquitto, and against sockets that misbehave."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.enums import MQTTProtocolVersion
from rig.broker import Broker, Subscriber
from rig.ports import free_port
from rig.required import program

from dlmslite_daemon.clock import FakeClock, SystemClock
from dlmslite_daemon.errors import SinkError
from dlmslite_daemon.sinks.base import (
    NO_MATCHING_SUBSCRIBERS,
    Acknowledged,
    BrokerAddress,
    CallbackFault,
    Connected,
    Event,
    Lost,
    Message,
    Outcome,
    Received,
)
from dlmslite_daemon.sinks.mqtt_client import (
    REFUSED_WAIT,
    Connection,
    MqttClient,
)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as running:
        yield running


@contextlib.contextmanager
def client_of(port: int, **more: object) -> Iterator[MqttClient]:
    clock = more.pop("clock", None) or SystemClock()
    address = more.pop("address", None) or BrokerAddress("127.0.0.1", port)
    client = MqttClient(Connection(address, more.pop("client_id", "under-test"), **more), clock)
    try:
        yield client
    finally:
        client.close()


def pump_until(client: MqttClient, kind: type[Event], count: int = 1) -> list[Event]:
    """Everything that happened until so many events of a kind came, or for 10 s."""
    seen: list[Event] = []
    until = time.monotonic() + 30.0
    while time.monotonic() < until and sum(isinstance(e, kind) for e in seen) < count:
        seen += client.pump(0.05)
    return seen


def connect(client: MqttClient) -> None:
    client.open()
    events = pump_until(client, Connected)
    assert isinstance(events[-1], Connected), events


def the_loss(events: list[Event]) -> Lost:
    (lost,) = [event for event in events if isinstance(event, Lost)]
    return lost


def test_sent_is_the_puback_of_that_very_message(broker: Broker) -> None:
    with Subscriber(broker.port) as subscriber, client_of(broker.port) as client:
        connect(client)
        tokens = [client.publish(Message(f"t/{n}", str(n).encode())) for n in range(20)]
        assert client.room == 0  # mosquitto's own receive maximum is 20, below our 50
        events = pump_until(client, Acknowledged, 20)
        acknowledged = [event for event in events if isinstance(event, Acknowledged)]
        assert [event.token for event in acknowledged] == tokens
        assert {event.outcome for event in acknowledged} == {Outcome.SENT}
        assert client.room == 20
        arrived = subscriber.wait_for(20)
    assert [message.payload for message in arrived] == [str(n).encode() for n in range(20)]
    assert {message.qos for message in arrived} == {1}


def test_mqtt_5_is_agreed_and_tells_that_nobody_listens(broker: Broker) -> None:
    with client_of(broker.port) as client:
        client.open()
        assert pump_until(client, Connected) == [Connected("5")]
        client.publish(Message("nobody/listens", b"{}"))
        (answer,) = pump_until(client, Acknowledged)
        assert isinstance(answer, Acknowledged)
        assert answer.outcome is Outcome.SENT
        assert answer.code == NO_MATCHING_SUBSCRIBERS
        assert answer.reason


def test_nothing_is_published_while_offline() -> None:
    with client_of(free_port()) as client:
        assert client.room == 0
        with pytest.raises(SinkError) as raised:
            client.publish(Message("t", b""))
        assert raised.value.code == "E-SINK-NO-ROOM"


def test_the_window_bounds_what_is_in_flight(broker: Broker) -> None:
    with client_of(broker.port, window=3) as client:
        connect(client)
        for _ in range(3):
            client.publish(Message("t", b""))
        assert client.room == 0
        with pytest.raises(SinkError):
            client.publish(Message("t", b""))


def test_a_broker_that_is_not_there_is_reported_with_its_cause() -> None:
    with client_of(free_port()) as client:
        client.open()
        lost = the_loss(client.pump(0))
        assert lost.code == "E-SINK-UNREACHABLE"
        assert "refused" in lost.cause
        assert not client.connected


def test_t01_what_was_in_flight_at_the_loss_is_not_sent_behind_our_back(broker: Broker) -> None:
    with client_of(broker.port) as client:
        connect(client)
        broker.stop()
        with contextlib.suppress(SinkError):
            for _ in range(10):
                client.publish(Message("t", b"lost"))
        assert the_loss(pump_until(client, Lost)).code == "E-SINK-LOST"
        broker.start()
        with Subscriber(broker.port, "t") as subscriber:
            connect(client)
            assert client.room == 20
            client.publish(Message("t", b"new"))
            pump_until(client, Acknowledged)
            arrived = subscriber.wait_for(1)
    assert [message.payload for message in arrived] == [b"new"]


def test_t02_an_exception_in_a_callback_is_an_event_and_ends_nothing(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = MqttClient._on_publish
    failures = iter([True])

    def failing(self: MqttClient, *arguments: object) -> None:
        if next(failures, False):
            raise RuntimeError("a bug in a handler")
        original(self, *arguments)

    monkeypatch.setattr(MqttClient, "_on_publish", failing)
    with client_of(broker.port, puback_timeout=60.0) as client:
        connect(client)
        client.publish(Message("t", b"1"))
        (fault,) = pump_until(client, CallbackFault)
        assert isinstance(fault, CallbackFault)
        assert "a bug in a handler" in fault.text
        token = client.publish(Message("t", b"2"))
        (answer,) = pump_until(client, Acknowledged)
        assert isinstance(answer, Acknowledged)
        assert answer.token == token


def test_t11_a_client_connects_again_when_descriptor_numbers_pass_1023(broker: Broker) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2048:
        pytest.skip("the descriptor limit of this machine cannot be raised to 2048")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    taken: list[int] = []
    try:
        with client_of(broker.port) as client:
            connect(client)
            broker.stop()
            assert the_loss(pump_until(client, Lost)).code == "E-SINK-LOST"
            broker.start()
            taken += [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
            connect(client)
            assert client._watched is not None
            assert client._watched.fileno() > 1023
            client.publish(Message("t", b""))
            assert isinstance(pump_until(client, Acknowledged)[-1], Acknowledged)
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_no_puback_in_time_gives_the_connection_up(broker: Broker) -> None:
    clock = FakeClock()
    with client_of(broker.port, clock=clock, puback_timeout=20.0) as client:
        connect(client)
        broker.freeze()
        client.publish(Message("t", b""))
        client.pump(0.01)
        clock.advance(20.1)
        lost = the_loss(client.pump(0.01))
        broker.thaw()
    assert lost.code == "E-SINK-NO-PUBACK"


def test_no_connack_in_time_gives_the_connection_up() -> None:
    clock = FakeClock()
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        client_of(silent.getsockname()[1], clock=clock) as client,
    ):
        client.open()
        assert client.pump(0.01) == []
        clock.advance(10.1)
        assert "CONNACK" in the_loss(client.pump(0.01)).cause


def test_a_refusal_is_reported_with_the_brokers_reason(tmp_path: Path) -> None:
    with Broker(tmp_path, "allow_anonymous false") as broker, client_of(broker.port) as client:
        client.open()
        lost = the_loss(pump_until(client, Lost))
    assert lost.code == "E-SINK-REFUSED"
    assert "authorized" in lost.cause.lower()
    assert lost.at_least == REFUSED_WAIT


def test_user_name_and_password_are_sent_and_never_shown(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    tool = program("mosquitto_passwd")
    passwords.touch(mode=0o600)
    subprocess.run([tool, "-b", str(passwords), "bridge", "planted-secret"], check=True)
    options = f"allow_anonymous false\npassword_file {passwords}"
    with Broker(tmp_path, options) as broker:
        address = BrokerAddress("127.0.0.1", broker.port, "bridge", "planted-secret")
        assert "planted-secret" not in repr(Connection(address, "c"))
        with client_of(broker.port, address=address) as client:
            connect(client)
        wrong = BrokerAddress("127.0.0.1", broker.port, "bridge", "wrong")
        with client_of(broker.port, address=wrong) as client:
            client.open()
            assert the_loss(pump_until(client, Lost)).code == "E-SINK-REFUSED"


def test_the_will_is_published_when_we_vanish_and_not_when_we_leave(broker: Broker) -> None:
    will = Message("bridge/state", b"offline", retain=True)
    with Subscriber(broker.port) as subscriber:
        with client_of(broker.port, will=will) as client:
            connect(client)
        assert subscriber.wait_for(1, seconds=0.3) == []
        with client_of(broker.port, will=will) as client:
            connect(client)
            assert client._watched is not None
            client._watched.shutdown(socket.SHUT_RDWR)
            (message,) = subscriber.wait_for(1)
    assert message.payload == b"offline"


def test_a_broker_of_3_1_1_only_is_found_out() -> None:
    """It answers MQTT 5 as 3.1.1 says (3.2.2.3: 0x01), or it just closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in (b"\x20\x02\x00\x01", b"", b"\x20\x02\x00\x00"):
                wire, _ = server.accept()
                with wire:
                    octets = wire.recv(1000)
                    versions.append(octets[octets.index(b"MQTT") + 4])
                    wire.sendall(answer)
                    if answer.endswith(b"\x00"):
                        wire.recv(1000)

        versions: list[int] = []
        thread = threading.Thread(target=serve)
        thread.start()
        with client_of(server.getsockname()[1]) as client:
            client.open()
            assert the_loss(pump_until(client, Lost)).code == "E-SINK-REFUSED"
            client.open()
            assert the_loss(pump_until(client, Lost)).code == "E-SINK-LOST"
            client._version = MQTTProtocolVersion.MQTTv311
            client.open()
            assert pump_until(client, Connected) == [Connected("3.1.1")]
        thread.join(30)
    assert versions == [5, 4, 4]


def test_octets_that_are_no_mqtt_end_the_connection_and_not_the_thread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            wire, _ = server.accept()
            with wire:
                wire.sendall(b"\x20\x7f" + bytes(127))
                wire.recv(1000)

        thread = threading.Thread(target=serve)
        thread.start()
        with client_of(server.getsockname()[1]) as client:
            client.open()
            assert the_loss(pump_until(client, Lost)).code in {"E-SINK-LOST", "E-SINK-REFUSED"}
        thread.join(30)


def test_a_takeover_is_named_and_slows_us_down_the_third_time() -> None:
    """mosquitto 2.0.11 only closes; this server says why, as MQTT 5 has it (4.13.2, 0x8E)."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(3):
                wire, _ = server.accept()
                with wire:
                    wire.recv(1000)
                    wire.sendall(b"\x20\x03\x00\x00\x00" + b"\xe0\x01\x8e")

        thread = threading.Thread(target=serve)
        thread.start()
        waits = []
        with client_of(server.getsockname()[1]) as client:
            for _ in range(3):
                client.open()
                lost = the_loss(pump_until(client, Lost))
                assert lost.code == "E-SINK-TAKEN-OVER"
                waits.append(lost.at_least)
        thread.join(30)
    assert waits == [0.0, 0.0, REFUSED_WAIT]


def test_a_message_larger_than_the_brokers_limit_is_refused_and_the_next_goes(
    tmp_path: Path,
) -> None:
    with Broker(tmp_path, "max_packet_size 1000") as broker, client_of(broker.port) as client:
        connect(client)
        large = client.publish(Message("t", bytes(2000)))
        small = client.publish(Message("t", b"1"))
        events = pump_until(client, Acknowledged, 2)
    outcomes = {e.token: e.outcome for e in events if isinstance(e, Acknowledged)}
    assert outcomes == {large: Outcome.REFUSED, small: Outcome.SENT}


def test_a_subscription_delivers_what_arrives(broker: Broker) -> None:
    with client_of(broker.port) as client:
        connect(client)
        client.subscribe("answers/+")
        client.publish(Message("answers/1", b"yes"))
        events = pump_until(client, Received)
    assert Received("answers/1", b"yes") in events


def test_wake_ends_a_waiting_pump_from_another_thread() -> None:
    with client_of(free_port()) as client:
        timer = threading.Timer(0.05, client.wake)
        timer.start()
        begun = time.monotonic()
        client.pump(10.0)
        assert time.monotonic() - begun < 5.0
        timer.join()


# paho leaves the socket of a failed TLS handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_tls_is_verified_and_never_downgraded(tmp_path: Path) -> None:
    openssl = program("openssl")
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    with Broker(tmp_path, f"certfile {certificate}\nkeyfile {key}") as broker:
        trusting = BrokerAddress("localhost", broker.port, tls=True, ca_file=str(certificate))
        with client_of(broker.port, address=trusting) as client:
            connect(client)
            client.publish(Message("t", bytes(100_000)))
            assert isinstance(pump_until(client, Acknowledged)[-1], Acknowledged)
        for address in (
            BrokerAddress("localhost", broker.port, tls=True),  # not in the system's store
            BrokerAddress("127.0.0.1", broker.port, tls=True, ca_file=str(certificate)),  # name
            BrokerAddress("localhost", broker.port, tls=True, ca_file=str(tmp_path / "absent")),
        ):
            with client_of(broker.port, address=address) as client:
                client.open()
                assert the_loss(client.pump(0)).code in {"E-SINK-TLS", "E-SINK-UNREACHABLE"}
    assert ssl.create_default_context().check_hostname
