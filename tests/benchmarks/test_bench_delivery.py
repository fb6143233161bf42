"""Messages a second that a local broker acknowledges, from the store to the cursor on disk.

The whole way of a live reading: a forwarder takes it from a real store, encodes it, publishes it
with QoS 1 to a real mosquitto, and its PUBACK moves the cursor.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from rig.bench import OURS, record
from rig.broker import Broker

from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.config.schema import (
    MeterSettings,
    SeriesSettings,
    SinkSettings,
    StoreSettings,
)
from dlmslite_daemon.engine.alarms import AlarmDesk
from dlmslite_daemon.engine.board import Board
from dlmslite_daemon.engine.forwarder import Forwarder
from dlmslite_daemon.engine.shared import Gates, Shared
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.policies.credentials import CredentialSettings
from dlmslite_daemon.policies.rate_limit import ConnectRate, ConnectRateSettings
from dlmslite_daemon.reading import Lane, Reading, ValueKind
from dlmslite_daemon.sinks.mqtt_client import Connection, MqttClient
from dlmslite_daemon.sinks.mqtt_plain import PlainMqtt
from dlmslite_daemon.store.sqlite.store import SqliteStore

SERIES = 5  # of each message: what one poll of one meter brings
ROUNDS = 3  # the best one counts
PATIENCE = 60.0  # s


def stage(path: Path, port: int) -> tuple[SqliteStore, Forwarder]:
    """A store with a meter and a sink, and the forwarder of that sink."""
    clock, metrics = SystemClock(), Metrics()
    store = SqliteStore.open(StoreSettings(str(path)), clock, metrics)
    series = tuple(SeriesSettings(f"s{k}", f"1.0.{k}.8.0.255") for k in range(SERIES))
    store.add_meter(MeterSettings("m", "tcp://10.0.0.1:3333", series=series))
    store.add_sink(SinkSettings("s", "mqtt"))
    gates = Gates(store, CredentialSettings(), ConnectRate(ConnectRateSettings()))
    alarms = AlarmDesk(store, clock, metrics)
    shared = Shared(clock, store, Board(), alarms, metrics, gates)
    sink = PlainMqtt("127.0.0.1", port)
    client = MqttClient(Connection(sink.address(""), "bench"), clock)
    return store, Forwarder("s", "mqtt", client, sink.encoder(), shared)


def fill(store: SqliteStore, first: int, polls: int) -> None:
    """Store so many polls."""
    for poll in range(first, first + polls):
        if poll % 1000 == 0:
            store.flush()
            time.sleep(0.1)  # nothing is measured yet, and the store takes so much at a time
        ticket = store.append(
            [Reading("m", f"s{k}", poll, ValueKind.INTEGER, 2301 + k, -1) for k in range(SERIES)]
        )
    store.flush()
    assert ticket.event.wait(PATIENCE)
    assert ticket.result().count == SERIES


def deliver(store: SqliteStore, forwarder: Forwarder, clock: SystemClock, messages: int) -> float:
    """Turn after turn, as the supervisor does, until all is acknowledged; messages a second."""
    last = store.last_number()
    start = time.perf_counter()
    while store.cursor("s", Lane.LIVE) < last:
        assert time.perf_counter() - start < PATIENCE
        forwarder.wait(forwarder.turn(clock.monotonic()))
    return messages / (time.perf_counter() - start)


def test_messages_acknowledged_by_a_local_broker(benchmark: Any, tmp_path: Path) -> None:
    messages, clock = (6_000 if benchmark.enabled else 20), SystemClock()
    with Broker(tmp_path) as broker:
        store, forwarder = stage(tmp_path / "bridge.db", broker.port)
        best = 0.0
        for round_ in range(ROUNDS):
            fill(store, round_ * messages, messages)
            best = max(best, deliver(store, forwarder, clock, messages))
        record(benchmark, "delivery", OURS, best)
        forwarder.close()
        assert store.cursor("s", Lane.LIVE) == ROUNDS * messages * SERIES
        store.close()
