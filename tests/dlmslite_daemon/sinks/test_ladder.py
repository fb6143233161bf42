"""The sink's rungs: which trial and which live connection mean which cause."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rig.broker import Broker, Subscriber
from rig.ports import free_port
from rig.required import program

from dlmslite_daemon.causes import RUNGS, Cause
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.finding import Step
from dlmslite_daemon.sinks.base import BrokerAddress
from dlmslite_daemon.sinks.ladder import TAKEOVER_RECENT_MS, Live, rungs_of
from dlmslite_daemon.sinks.mqtt_client import Connection, MqttClient
from dlmslite_daemon.sinks.mqtt_plain import PlainEncoder
from dlmslite_daemon.sinks.probe import NO_SUBSCRIBER, SinkTrial, probe

GOOD = SinkTrial(ok=True, seconds=0.1, protocol="5", acknowledged=True)
STANDING = Live(connected=True)
TAKEN = Live("E-SINK-TAKEN-OVER", "another client uses the client id", 5_000)


@pytest.mark.parametrize(
    ("trial", "live", "rung", "cause"),
    [
        (SinkTrial(code="E-SINK-UNREACHABLE"), STANDING, "broker", Cause.BROKER_DOWN),
        (SinkTrial(code="E-SINK-TLS"), STANDING, "broker", Cause.BROKER_DOWN),
        (SinkTrial(code="E-SINK-LOST"), STANDING, "broker", Cause.BROKER_DOWN),
        (SinkTrial(code="E-SINK-REFUSED"), STANDING, "broker", Cause.BAD_TOKEN),
        (SinkTrial(protocol="5", code="E-SINK-SILENT"), STANDING, "puback", Cause.BROKER_DOWN),
        (
            SinkTrial(protocol="5", code="E-SINK-MESSAGE-REFUSED", message="not authorized"),
            STANDING, "puback", Cause.SINK_REFUSES,
        ),
        (
            SinkTrial(ok=True, protocol="5", acknowledged=True, warning=NO_SUBSCRIBER),
            STANDING, "puback", Cause.SINK_NO_SUBSCRIBER,
        ),
        (GOOD, TAKEN, "takeover", Cause.DUPLICATE_CLIENT),
        (GOOD, Live("E-SINK-LOST", losses=2), "takeover", Cause.DUPLICATE_CLIENT),
    ],
)  # fmt: skip
def test_each_trial_has_its_cause(trial: SinkTrial, live: Live, rung: str, cause: Cause) -> None:
    climbed = rungs_of("tb", trial, live)
    deciding = next(one for one in climbed if one.cause is not None)

    assert (deciding.name, deciding.cause) == (rung, cause)
    assert cause in RUNGS[rung].proves
    assert deciding.step is Step.NOTED or climbed[-1] is deciding
    assert all(one.sink == "tb" for one in climbed)


def test_a_sound_sink_passes_all() -> None:
    assert [rung.step for rung in rungs_of("tb", GOOD, STANDING)] == [Step.PASSED] * 3


@pytest.mark.parametrize(
    ("live", "step"),
    [
        (Live("E-SINK-TAKEN-OVER", "", TAKEOVER_RECENT_MS + 1, connected=True), Step.PASSED),
        (Live(), Step.SKIPPED),
        (Live("E-SINK-LOST", "", 5_000, connected=True), Step.PASSED),
    ],
)
def test_an_old_take_over_is_over(live: Live, step: Step) -> None:
    assert rungs_of("tb", GOOD, live)[-1].step is step


def test_a_sink_without_a_broker_is_there() -> None:
    assert rungs_of("file", SinkTrial(ok=True, acknowledged=True), Live())[0].step is Step.PASSED


# ---------------------------------------------------------------- a real mosquitto

BY_NAME = """allow_anonymous false
password_file {passwords}
acl_file {rights}
"""


def climbed(
    port: int, live: Live = STANDING, seconds: float = 10.0, **address: Any
) -> Cause | None:
    """The cause that a trial of this broker comes to."""
    clock = SystemClock()
    place = BrokerAddress("127.0.0.1", port, **address)
    client = MqttClient(Connection(place, "trial"), clock)
    trial = probe(client, PlainEncoder("meters").listening(), clock, seconds)
    rungs = rungs_of("plain", trial, live)
    deciding = next((rung for rung in rungs if rung.cause is not None), None)
    return None if deciding is None else deciding.cause


@pytest.fixture
def named(tmp_path: Path) -> Iterator[Broker]:
    """A broker that knows anna, who may write, and bert, who may not."""
    passwords, rights = tmp_path / "passwords", tmp_path / "rights"
    for flags, name in ((("-c", "-b"), "anna"), (("-b",), "bert")):
        command = [program("mosquitto_passwd"), *flags, str(passwords), name, "secret-word"]
        subprocess.run(command, check=True, capture_output=True)
    rights.write_text("user anna\ntopic readwrite #\nuser bert\ntopic read #\n", encoding="ascii")
    options = BY_NAME.format(passwords=passwords, rights=rights)
    with Broker(tmp_path, options) as running:
        yield running


def test_a_broker_that_is_down_and_one_that_is_frozen(tmp_path: Path) -> None:
    assert climbed(free_port()) is Cause.BROKER_DOWN
    with Broker(tmp_path) as broker:
        broker.freeze()
        assert climbed(broker.port, seconds=0.5) is Cause.BROKER_DOWN


def test_a_broker_without_and_with_subscribers(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        assert climbed(broker.port) is Cause.SINK_NO_SUBSCRIBER
        with Subscriber(broker.port):
            assert climbed(broker.port) is None


def test_a_wrong_token_and_missing_rights(named: Broker) -> None:
    assert climbed(named.port, username="anna", password="wrong-word") is Cause.BAD_TOKEN
    assert climbed(named.port, username="bert", password="secret-word") is Cause.SINK_REFUSES
