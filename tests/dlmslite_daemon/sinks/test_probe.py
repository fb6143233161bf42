"""A PUBACK proves little; an answer proves that somebody listens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import evolve
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from rig.broker import Broker, Subscriber
from rig.ports import free_port

from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.sinks.base import BrokerAddress, Listening
from dlmslite_daemon.sinks.mqtt_client import Connection, MqttClient
from dlmslite_daemon.sinks.mqtt_plain import PlainEncoder
from dlmslite_daemon.sinks.probe import NO_SUBSCRIBER, SinkTrial, probe, probe_each
from dlmslite_daemon.sinks.thingsboard import GatewayEncoder

PLAIN, GATEWAY = PlainEncoder("meters").listening(), GatewayEncoder().listening()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as running:
        yield running


def tried(port: int, listening: Listening, seconds: float = 10.0) -> SinkTrial:
    clock = SystemClock()
    address = BrokerAddress("127.0.0.1", port)
    return probe(MqttClient(Connection(address, "trial"), clock), listening, clock, seconds)


def test_a_plain_broker_without_subscribers_is_warned_about(broker: Broker) -> None:
    trial = tried(broker.port, PLAIN)
    assert trial.ok
    assert (trial.protocol, trial.listening, trial.warning) == ("5", False, NO_SUBSCRIBER)


def test_a_subscriber_is_noticed(broker: Broker) -> None:
    with Subscriber(broker.port):
        trial = tried(broker.port, PLAIN)
    assert trial.ok
    assert (trial.listening, trial.warning) == (True, "")


def test_a_broker_that_is_no_thingsboard_gives_no_answer(broker: Broker) -> None:
    with Subscriber(broker.port):  # even though somebody subscribes to everything
        trial = tried(broker.port, GATEWAY, seconds=0.5)
    assert trial.acknowledged
    assert (trial.ok, trial.code) == (False, "E-SINK-NO-THINGSBOARD")
    assert (trial.listening, trial.warning) == (False, NO_SUBSCRIBER)


def test_a_thingsboard_answers(broker: Broker) -> None:
    ready = threading.Event()
    board = Client(CallbackAPIVersion.VERSION2, client_id="thingsboard")
    board.on_connect = lambda client, *_: client.subscribe("v1/devices/me/attributes/request/+", 1)
    board.on_subscribe = lambda *_: ready.set()
    board.on_message = lambda client, _data, message: client.publish(
        message.topic.replace("request", "response"), "{}", 1
    )
    board.connect("127.0.0.1", broker.port)
    board.loop_start()
    assert ready.wait(10)
    trial = tried(broker.port, GATEWAY)
    board.disconnect()
    board.loop_stop()
    assert trial.ok
    assert (trial.listening, trial.warning) == (True, "")


def test_no_broker_is_named_with_its_code() -> None:
    trial = tried(free_port(), PLAIN)
    assert not trial.ok
    assert trial.code == "E-SINK-UNREACHABLE"
    assert trial.message


def test_a_broker_that_says_nothing_is_given_up_in_time(broker: Broker) -> None:
    broker.freeze()
    trial = tried(broker.port, PLAIN, seconds=0.5)
    broker.thaw()
    assert not trial.ok
    assert trial.code == "E-SINK-SILENT"
    assert trial.seconds < 5


def test_each_connection_is_tried_until_one_fails() -> None:
    tried_ones: list[str] = []

    def one(name: str, outcome: SinkTrial | ConfigError) -> Callable[[float], SinkTrial]:
        def run(left: float) -> SinkTrial:
            assert left > 0
            tried_ones.append(name)
            if isinstance(outcome, ConfigError):
                raise outcome
            return outcome

        return run

    good = SinkTrial(ok=True, protocol="5", acknowledged=True, listening=True)
    quiet = evolve(good, listening=False, warning=NO_SUBSCRIBER)
    bad = SinkTrial(code="E-SINK-REFUSED", message="not authorized")
    clock = SystemClock()
    whole = probe_each({"a": one("a", quiet), "b": one("b", good)}, clock, 5.0)
    assert (whole.ok, whole.warning, whole.listening) == (True, NO_SUBSCRIBER, False)
    whole = probe_each({"c": one("c", bad), "d": one("d", good)}, clock, 5.0)
    assert (whole.ok, whole.code, whole.message) == (False, "E-SINK-REFUSED", "c: not authorized")
    whole = probe_each({"e": one("e", ConfigError("no token", key="tokens"))}, clock, 5.0)
    assert not whole.ok
    assert whole.message.startswith("e: ")
    assert tried_ones == ["a", "b", "c", "e"]
    assert probe_each({}, clock, 5.0).message == "there is no meter yet to try it with"
