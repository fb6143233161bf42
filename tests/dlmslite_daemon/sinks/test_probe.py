"""A PUBACK proves little; an answer proves that somebody listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from rig.broker import Broker, Subscriber, free_port

from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.sinks.base import BrokerAddress, Listening
from dlmslite_daemon.sinks.mqtt_client import Connection, MqttClient
from dlmslite_daemon.sinks.mqtt_plain import PlainEncoder
from dlmslite_daemon.sinks.probe import NO_SUBSCRIBER, SinkTrial, probe
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
