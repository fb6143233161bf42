"""The embedded broker: QoS 1 with paho, stops and starts without losing what it acknowledged."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import paho.mqtt.client as mqtt
import pytest
from rig.threads import no_thread_left

from dlmslite_daemon.cli.demo.broker import EmbeddedBroker


class Ear:
    """Remembers what the subscriber heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.news = threading.Condition()

    def __call__(self, topic: str, payload: bytes) -> None:
        with self.news:
            self.heard.append((topic, payload))
            self.news.notify_all()

    def wait_for(self, count: int) -> bool:
        with self.news:
            return self.news.wait_for(lambda: len(self.heard) >= count, 60)


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def broker(ear: Ear) -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(ear)
    broker.start()
    yield broker
    broker.close()


def publisher(port: int) -> mqtt.Client:
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="publisher")
    client.connect("127.0.0.1", port)
    client.loop_start()
    return client


def test_each_acknowledged_message_reaches_the_subscriber(broker: EmbeddedBroker, ear: Ear) -> None:
    client = publisher(broker.port)
    sent = [client.publish(f"m/{n % 3}", str(n), qos=1) for n in range(200)]
    for info in sent:
        info.wait_for_publish(60)
    assert all(info.is_published() for info in sent)
    # amqtt drops what it has not yet passed on when the publisher leaves, so it stays until then.
    assert ear.wait_for(200)
    client.disconnect()
    client.loop_stop()
    assert sorted(int(payload) for _, payload in ear.heard) == list(range(200))


def test_a_stop_under_load_loses_nothing_that_was_acknowledged_and_a_start_keeps_the_port(
    broker: EmbeddedBroker, ear: Ear
) -> None:
    port = broker.port
    client = publisher(port)
    acknowledged: set[bytes] = set()
    mids: dict[int, bytes] = {}
    client.on_publish = lambda _c, _u, mid, *_: acknowledged.add(mids[mid])
    for n in range(100):
        mids[client.publish("m/a", f"{n}", qos=1).mid] = f"{n}".encode()
    broker.stop()
    assert not broker.serving
    with pytest.raises(OSError, match=r".*"):
        publisher(port)
    time.sleep(0.2)
    before = set(acknowledged)
    assert before <= {payload for _, payload in ear.heard}
    broker.start()
    assert broker.port == port
    deadline = time.monotonic() + 60
    while len(acknowledged) < 100 and time.monotonic() < deadline:
        time.sleep(0.05)  # paho reconnects by itself, after a second
    assert len(acknowledged) == 100
    deadline = time.monotonic() + 30
    while len({p for _, p in ear.heard}) < 100 and time.monotonic() < deadline:
        time.sleep(0.05)
    client.disconnect()
    client.loop_stop()
    assert {payload for _, payload in ear.heard} == {f"{n}".encode() for n in range(100)}


def test_a_client_of_mqtt_5_is_told_at_once_that_this_is_another_level(
    broker: EmbeddedBroker,
) -> None:
    answers: list[str] = []
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="five", protocol=mqtt.MQTTv5)
    client.will_set("x", "gone", qos=1)  # amqtt alone would wait for more octets
    client.on_connect = lambda _c, _u, _f, reason, _p: answers.append(str(reason))
    client.connect("127.0.0.1", broker.port)
    deadline = time.monotonic() + 30
    while not answers and time.monotonic() < deadline:
        client.loop(0.1)
    client.disconnect()
    assert answers == ["Unsupported protocol version"]


def test_noise_in_place_of_a_connect_harms_nobody(broker: EmbeddedBroker, ear: Ear) -> None:
    for noise in (b"", b"\xff" * 20, b"GET / HTTP/1.0\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", broker.port)) as wire:
            wire.sendall(noise)
    client = publisher(broker.port)
    client.publish("a", "b", qos=1).wait_for_publish(5)
    client.disconnect()
    client.loop_stop()
    assert ear.wait_for(1)


def test_a_close_leaves_no_thread_and_a_stop_twice_is_no_harm(ear: Ear) -> None:
    with no_thread_left():
        broker = EmbeddedBroker(ear)
        broker.start()
        broker.stop()
        broker.stop()
        broker.close()


def test_a_broker_never_started_closes(ear: Ear) -> None:
    broker = EmbeddedBroker(ear)
    broker.close()
    assert not broker.serving
