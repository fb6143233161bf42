"""A few options stand for a configuration, and are printed as one that says the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from dlmslite_daemon.cli.without_config import Wish, config_of, document, reference_to
from dlmslite_daemon.config.load import parse
from dlmslite_daemon.config.schema import Auth
from dlmslite_daemon.config.toml_text import toml_text
from dlmslite_daemon.errors import BridgeError

WISH = Wish(
    url="tcp+hdlc://192.0.2.7:3333",
    name="meter",
    password="file:/run/secret",
    token="",
    series=("voltage=1.1.32.7.0.255", "demand=1.0.1.4.0.255:3"),
    to=("mqtt://localhost/meters",),
    store="",
    options={"client": 1, "server": 1, "auth": None, "every": 10.0, "timeout": None},
)


def test_options_become_a_meter_and_a_sink() -> None:
    config = config_of(WISH, {})
    (meter,), (sink,) = config.meters, config.sinks
    assert (meter.client, meter.auth, meter.every) == (1, Auth.LLS, 10.0)
    assert [(one.key, one.attribute) for one in meter.series] == [("voltage", 2), ("demand", 3)]
    assert (sink.name, sink.kind) == ("mqtt", "mqtt")
    assert dict(sink.options) == {"host": "localhost", "port": 1883, "base": "meters"}


def test_what_is_printed_says_the_same() -> None:
    config = config_of(evolve(WISH, store="/var/b.db"), {"DLMSLITE_BRIDGE_API_PORT": "5002"})
    assert config.api.port == 5002
    assert parse(toml_text(document(config))) == config


@pytest.mark.parametrize(
    "change",
    [
        {"series": ()},
        {"to": ()},
        {"to": ("http://h",)},
        {"series": ("voltage",)},
        {"options": {"every": 0.1}},
    ],
)
def test_what_is_missing_or_makes_no_sense_is_said(change: dict[str, Any]) -> None:
    with pytest.raises(BridgeError):
        config_of(evolve(WISH, **change), {})


def test_two_sinks_of_one_kind_have_names_of_their_own() -> None:
    to = ("mqtt://a/x", "mqtt://b/x", "thingsboard://c")
    config = config_of(evolve(WISH, to=to, token="env:T"), {})
    assert [sink.name for sink in config.sinks] == ["mqtt-a-1883", "mqtt-b-1883", "thingsboard"]
    assert all(sink.options["secret"] == "env:T" for sink in config.sinks)


def test_a_reference_names_the_place_of_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert reference_to(Path("pw"), None) == f"file:{tmp_path}/pw"
    assert reference_to(None, "P") == "env:P"
    assert reference_to(None, None) == ""
