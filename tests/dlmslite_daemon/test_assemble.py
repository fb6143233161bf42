"""A whole daemon in this process: a simulated meter, a real store, a real broker."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from rig.broker import Broker, Subscriber
from rig.converter import Converter

from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import RunningMeter, serve
from dlmslite_daemon.assemble import Bridge, assemble
from dlmslite_daemon.config.schema import (
    Auth,
    BridgeConfig,
    MeterSettings,
    SeriesSettings,
    SinkSettings,
    StoreSettings,
)
from dlmslite_daemon.config.secrets import Secrets
from dlmslite_daemon.engine.health import Observed, Overall
from dlmslite_daemon.errors import ConfigError, SecretError, StoreLocked
from dlmslite_daemon.policies.breaker import Breaker

SERIES = (
    SeriesSettings("voltage", "1.1.32.7.0.255"),
    SeriesSettings("energy", "1.1.1.8.0.255"),
)


@pytest.fixture
def meter() -> Iterator[RunningMeter]:
    with serve(single_phase()) as running:
        yield running


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as running:
        yield running


def config_of(tmp_path: Path, url: str, *sinks: SinkSettings, **more: Any) -> BridgeConfig:
    kitchen = MeterSettings(
        "kitchen", url, client=1, auth=Auth.LLS, password="env:PW", every=1.0, series=SERIES
    )
    return BridgeConfig(
        store=StoreSettings(path=str(tmp_path / "bridge.db")),
        meters=(evolve(kitchen, **more),),
        sinks=sinks,
    )


def bridge_of(config: BridgeConfig, tmp_path: Path, password: str = "22222222") -> Bridge:
    return assemble(config, Secrets(tmp_path / "bridge.key", {"PW": password}))


def plain(port: int) -> SinkSettings:
    return SinkSettings("plain", "mqtt", options={"host": "127.0.0.1", "port": port})


def until(condition: Callable[[], Any], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not come to pass within {seconds} s"
        time.sleep(0.02)


def seen(bridge: Bridge) -> Observed:
    return bridge.control.meter("kitchen").observed


def test_a_meters_values_reach_both_kinds_of_sink(
    tmp_path: Path, meter: RunningMeter, broker: Broker
) -> None:
    board = SinkSettings(
        "tb", "thingsboard", options={"host": "127.0.0.1", "port": broker.port, "secret": "env:PW"}
    )
    config = config_of(tmp_path, meter.url, plain(broker.port), board)
    bridge = bridge_of(config, tmp_path)
    with Subscriber(broker.port) as subscriber:
        bridge.start()
        try:
            states = subscriber.wait_for(3, "meters/kitchen/state")
            telemetry = subscriber.wait_for(3, "v1/gateway/telemetry")
            health = bridge.control.health()
        finally:
            bridge.close()
        farewell = subscriber.wait_for(2, "bridge/state")
    payload = json.loads(states[-1].payload)
    assert payload["values"].keys() == {"voltage", "energy"}
    assert json.loads(telemetry[0].payload)["kitchen"][0]["values"].keys() == {"voltage", "energy"}
    assert health.overall is Overall.OK, health.reasons
    assert health.meters[0].polls_complete >= 2
    assert farewell[-1].payload == b"offline"


def test_36_sigterm_ends_within_ten_seconds_with_the_association_released(
    tmp_path: Path, meter: RunningMeter
) -> None:
    bridge = bridge_of(config_of(tmp_path, meter.url), tmp_path)
    stopped_at: list[float] = []

    def terminate() -> None:
        try:
            until(lambda: bridge.store.meters() and seen(bridge) is Observed.ONLINE)
        finally:
            stopped_at.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGTERM)

    killer = threading.Thread(target=terminate)
    before = signal.getsignal(signal.SIGTERM)
    killer.start()
    assert bridge.run() == 0
    killer.join()
    assert time.monotonic() - stopped_at[0] < 10.0
    assert signal.getsignal(signal.SIGTERM) is before
    state = bridge._shared.board.meter("kitchen")
    assert state is not None
    assert state.polls_complete
    assert not state.associated


def test_a_second_daemon_on_the_same_store_is_refused(tmp_path: Path, meter: RunningMeter) -> None:
    bridge = bridge_of(config_of(tmp_path, meter.url), tmp_path)
    try:
        with pytest.raises(StoreLocked):
            bridge_of(config_of(tmp_path, meter.url), tmp_path)
    finally:
        bridge.close()


def test_the_configuration_is_entered_and_is_right_where_the_store_differs(
    tmp_path: Path, meter: RunningMeter
) -> None:
    for every in (1.0, 7.0):
        config = config_of(tmp_path, meter.url, plain(1), every=every)
        bridge = bridge_of(config, tmp_path)
        bridge.start()
        bridge.close()
    again = bridge_of(BridgeConfig(store=config.store), tmp_path)
    try:
        assert again.store.meter("kitchen").settings.every == 7.0
        assert [sink.name for sink in again.store.sinks()] == ["plain"]
    finally:
        again.close()


@pytest.mark.parametrize(
    ("policies", "key"),
    [
        ({"breaker": {"limit": 0}}, "policies.breaker"),
        ({"recovery": {"no_such": 1}}, "policies.recovery"),
        ({"connect_rate": {"connects": 0}}, "policies.connect_rate"),
        ({"credentials": {"refusals": 9}}, "policies.credentials"),
    ],
)
def test_faults_of_policies_are_found_at_the_start_with_their_place(
    tmp_path: Path, policies: dict[str, Any], key: str
) -> None:
    config = evolve(config_of(tmp_path, "tcp://127.0.0.1:1"), policies=policies)
    with pytest.raises(ConfigError) as raised:
        bridge_of(config, tmp_path)
    assert raised.value.key.startswith(key)
    # The store was let go again.
    bridge_of(config_of(tmp_path, "tcp://127.0.0.1:1"), tmp_path).close()


def test_a_meters_own_policies_outrank_those_of_all(tmp_path: Path) -> None:
    own = {"breaker": {"limit": 3}}
    config = config_of(tmp_path, "tcp://127.0.0.1:1", policies=own)
    config = evolve(config, policies={"breaker": {"limit": 5, "pause": 60.0}})
    bridge = bridge_of(config, tmp_path)
    try:
        breaker = bridge.tuning.chain(config.meters[0]).find(Breaker)
        assert breaker is not None
        assert (breaker.settings.limit, breaker.settings.pause) == (3, 60.0)
    finally:
        bridge.close()


def test_a_secret_that_is_missing_stops_that_meter_only(
    tmp_path: Path, meter: RunningMeter
) -> None:
    config = config_of(tmp_path, meter.url, password="env:NOT_THERE")
    bridge = bridge_of(config, tmp_path)
    bridge.start()
    try:
        until(lambda: bridge.control.meter("kitchen").last_fault is not None)
        fault = bridge.control.meter("kitchen").last_fault
        assert fault is not None
        assert fault.code == "E-SECRET-ENV"
        with pytest.raises(SecretError):
            bridge.control.test_sink(
                SinkSettings("x", "mqtt", options={"host": "h", "secret": "env:NOT_THERE"})
            )
        with pytest.raises(ConfigError):
            bridge.control.test_sink(SinkSettings("x", "pigeon"))
    finally:
        bridge.close()


def test_11_a_wrong_password_is_tried_twice_and_never_again(
    tmp_path: Path, meter: RunningMeter
) -> None:
    for _ in range(2):
        bridge = bridge_of(config_of(tmp_path, meter.url), tmp_path, password="00000000")
        bridge.start()
        try:
            until(lambda b=bridge: seen(b) is Observed.AUTH_ERROR)
        finally:
            bridge.close()
    assert meter.connections == 2


def test_services_start_last_and_stop(tmp_path: Path) -> None:
    told: list[str] = []

    class Service:
        def start(self) -> None:
            told.append("start")

        def stop(self) -> None:
            told.append("stop")

    bridge = bridge_of(config_of(tmp_path, "tcp://127.0.0.1:1"), tmp_path)
    bridge.serve_with(Service())
    stopper = threading.Timer(0.3, bridge.stop)
    stopper.start()
    thread = threading.Thread(target=bridge.run)  # beside the main thread no signal is asked for
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    assert told == ["start", "stop"]


def test_a_sink_is_tested_on_a_connection_of_its_own(tmp_path: Path, broker: Broker) -> None:
    bridge = bridge_of(config_of(tmp_path, "tcp://127.0.0.1:1"), tmp_path)
    try:
        trial = bridge.control.test_sink(plain(broker.port))
        assert trial.ok
        assert trial.listening is False
    finally:
        bridge.close()


def test_a_converter_that_another_client_has_is_busy_and_no_failure(tmp_path: Path) -> None:
    waits = {"busy": {"waits": [0.3]}, "recovery": {"spacing": 0.1}}
    with Converter(refuses=b"Port already in use\r\n") as converter:
        host, _, port = converter.url.rpartition("//")[2].partition(":")
        bridge = bridge_of(config_of(tmp_path, converter.url, policies=waits), tmp_path)
        try:
            with socket.create_connection((host, int(port))):
                until(lambda: converter.connections == 1)
                bridge.start()
                until(lambda: seen(bridge) is Observed.BUSY)
                until(lambda: state_of(bridge, "busy")["times"] >= 3)
                health = bridge.control.meter("kitchen")
                assert health.breaker_failures == 0
                assert health.last_fault is not None
                assert health.last_fault.code == "E-LINE-TAKEN"
            until(lambda: seen(bridge) is Observed.ONLINE)
            assert state_of(bridge, "busy")["times"] == 0
        finally:
            bridge.close()


def state_of(bridge: Bridge, policy: str) -> Any:
    return next(s.state for s in bridge.refit.policies("kitchen") if s.policy == policy)


def test_numbers_are_changed_on_a_running_meter_within_a_poll_and_after_a_restart(
    tmp_path: Path, meter: RunningMeter
) -> None:
    config = config_of(tmp_path, meter.url)
    bridge = bridge_of(config, tmp_path)
    try:
        bridge.start()
        until(lambda: seen(bridge) is Observed.ONLINE)
        connects = bridge.control.meter("kitchen").connects
        bridge.refit.tune({"silence": {"seconds": 700.0}})
        until(lambda: state_of(bridge, "silence")["limit"] == 700.0, 3.0)
        assert bridge.control.meter("kitchen").connects == connects
    finally:
        bridge.close()
    again = bridge_of(config, tmp_path)
    try:
        again.start()
        until(lambda: seen(again) is Observed.ONLINE)
        assert state_of(again, "silence")["limit"] == 700.0
    finally:
        again.close()


def test_a_corrupt_store_is_restored_and_the_daemon_runs_with_an_alarm(
    tmp_path: Path, meter: RunningMeter
) -> None:
    config = config_of(tmp_path, meter.url)
    bridge = bridge_of(config, tmp_path)
    bridge.start()
    until(lambda: bridge.store.last_number() > 0)
    made = bridge.care.back_up()
    bridge.close()
    with (tmp_path / "bridge.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    bridge = bridge_of(config, tmp_path)
    bridge.start()
    try:

        def alarmed() -> object:
            # A supervisor that runs looks each second.
            bridge._supervisor.look(bridge.clock.monotonic())
            return bridge.store.alarms(subject="bridge:store")

        until(alarmed)
        (alarm,) = bridge.store.alarms(subject="bridge:store")
        assert alarm.condition.code == "store_rescued"
        assert made.name in alarm.condition.message
        until(lambda: seen(bridge) is Observed.ONLINE)
        assert {thread.name for thread in bridge.threads} >= {"recorder", "housekeeper"}
    finally:
        bridge.close()


def test_what_was_counted_is_in_the_store_after_the_end(
    tmp_path: Path, meter: RunningMeter
) -> None:
    config = config_of(tmp_path, meter.url)
    bridge = bridge_of(config, tmp_path)
    bridge.start()
    until(lambda: bridge.store.last_number() > 2)
    bridge.close()
    bridge = bridge_of(config, tmp_path)
    totals = bridge.store.meter_totals(0, bridge.clock.utc_ms())["kitchen"]
    network = bridge.store.network_metrics("kitchen")
    bridge.close()
    assert totals.readings > 2
    assert totals.polls_complete > 0
    assert totals.octets_received > 0 < totals.octets_sent
    assert network[0].connects == 1


def own(port: int, mode: str, **more: object) -> SinkSettings:
    options = {"host": "127.0.0.1", "port": port, "mode": mode, **more}
    return SinkSettings("tb", "thingsboard", options=options)


def test_a_meter_speaks_for_itself_with_its_own_token(
    tmp_path: Path, meter: RunningMeter, broker: Broker
) -> None:
    tokens = {"kitchen": "env:PW", "bridge": "env:PW"}
    device = own(broker.port, "device", tokens=tokens)
    bridge = bridge_of(config_of(tmp_path, meter.url, device), tmp_path)
    with Subscriber(broker.port) as subscriber:
        bridge.start()
        try:
            said = subscriber.wait_for(2, "v1/devices/me/telemetry")
            units = subscriber.wait_for(1, "v1/devices/me/attributes")
            trial = bridge.control.test_sink(device, 1.0)
            threads = {thread.name for thread in bridge.threads}
        finally:
            bridge.close()
    assert json.loads(said[0].payload)["values"].keys() == {"voltage", "energy"}
    assert json.loads(units[0].payload)["units"]["voltage"] == "V"
    assert {"sink tb/kitchen", "sink tb/bridge"} <= threads
    assert trial.note == ""
    # A plain broker takes everything; a ThingsBoard would have answered.
    assert (trial.ok, trial.listening, trial.warning) == (False, False, "sink-no-subscriber")
    assert trial.code == "E-SINK-NO-THINGSBOARD"


def test_each_meters_connection_is_tested(tmp_path: Path, broker: Broker) -> None:
    bridge = bridge_of(config_of(tmp_path, "tcp://127.0.0.1:1"), tmp_path)
    try:
        bridge.store.add_meter(bridge.config.meters[0])
        trial = bridge.control.test_sink(own(broker.port, "legacy"))
        assert (trial.ok, trial.listening) == (True, False)
        with Subscriber(broker.port):
            assert bridge.control.test_sink(own(broker.port, "legacy")).listening
        trial = bridge.control.test_sink(own(broker.port, "device"))
        assert (trial.ok, "kitchen has no token" in trial.message) == (False, True)
        assert "alarms of the bridge itself" in trial.note
    finally:
        bridge.close()
