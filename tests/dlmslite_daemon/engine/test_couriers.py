"""Whose connections a sink has, and under which client ids they come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rig.engine import Bench

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.config.secrets import Secrets
from dlmslite_daemon.engine import couriers as module
from dlmslite_daemon.engine.couriers import NO_PLACE, Couriers
from dlmslite_daemon.errors import BridgeError, ConfigError
from dlmslite_daemon.sinks.mqtt_client import Connection
from dlmslite_daemon.sinks.probe import SinkTrial


class Stage:
    """Two meters, and clients that are only written down."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bench = Bench()
        for name in ("kitchen", "cellar"):
            self.bench.add(name)
        self.made: list[Connection] = []
        secrets = Secrets(folder / "key", {"T": "kitchens", "C": "cellars", "B": "bridges"})
        self.couriers = Couriers(self.bench.shared, secrets)
        monkeypatch.setattr(module, "MqttClient", lambda way, _: self.made.append(way))
        monkeypatch.setattr(module, "probe", lambda *_: SinkTrial(ok=True))

    def probed(self, **options: object) -> tuple[SinkTrial, dict[str, str]]:
        """How a sink is tried: client ids with their tokens."""
        kept = {key: value for key, value in options.items() if value is not None}
        sink = SinkSettings("tb", "thingsboard", options={"host": "h", **kept})
        trial = self.couriers.probe(sink, 5.0)
        return trial, {way.client_id: way.address.username for way in self.made}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(tmp_path, monkeypatch)


def test_a_gateway_has_one_connection(stage: Stage) -> None:
    trial, made = stage.probed(secret="env:T")
    assert made == {"dlmslite-tb-test": "kitchens"}
    assert trial.note == ""


def test_each_device_and_the_bridge_have_their_own(stage: Stage) -> None:
    tokens = {"kitchen": "env:T", "cellar": "env:C", "bridge": "env:B"}
    trial, made = stage.probed(mode="device", tokens=tokens)
    assert made == {
        "dlmslite-tb-kitchen-test": "kitchens",
        "dlmslite-tb-cellar-test": "cellars",
        "dlmslite-tb-bridge-test": "bridges",
    }
    assert trial.note == ""


def test_a_bridge_without_a_token_is_said(stage: Stage) -> None:
    trial, made = stage.probed(mode="device", tokens={"kitchen": "env:T", "cellar": "env:C"})
    assert len(made) == 2
    assert (trial.ok, trial.note) == (True, NO_PLACE)


def test_the_old_broker_is_spoken_to_under_the_old_names(stage: Stage) -> None:
    _, made = stage.probed(mode="legacy", meters=["cellar"])
    assert made == {"dlms_meter_2-test": "", "dlms_bridge-test": ""}


@pytest.mark.parametrize(
    ("options", "error"),
    [({"mode": "pigeon"}, ConfigError), ({"secret": "env:NOWHERE"}, BridgeError)],
)
def test_what_makes_no_sense_is_said(
    stage: Stage, options: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        stage.probed(**options)


def test_a_shared_sink_has_no_connection_of_one_meter(stage: Stage) -> None:
    sink = stage.bench.store.add_sink(SinkSettings("tb", "thingsboard", options={"host": "h"}))
    forward: Callable[..., object] = stage.couriers.forwarder
    with pytest.raises(ConfigError, match="share one connection"):
        forward(sink, "kitchen", 1)
