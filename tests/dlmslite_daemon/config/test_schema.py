"""What a configuration may say, and what is refused by name."""

from __future__ import annotations

import pytest

from dlmslite_daemon.config.schema import (
    ApiSettings,
    Auth,
    BridgeConfig,
    LogSettings,
    MeterSettings,
    SeriesSettings,
    SinkSettings,
    StoreSettings,
    check_name,
    check_secret,
    check_url,
)
from dlmslite_daemon.errors import ConfigError, SecretError

URL = "tcp://10.0.0.5:3333"
VOLTAGE = SeriesSettings("voltage", "1.1.32.7.0.255")


def test_no_configuration_is_needed() -> None:
    config = BridgeConfig()
    assert config.store.path == "data/bridge.db"
    assert (config.api.host, config.api.port) == ("127.0.0.1", 5001)
    assert config.store.group_commit == 0.2


def test_the_defaults_of_a_meter_are_those_of_the_book() -> None:
    meter = MeterSettings("kitchen", URL)
    assert (meter.every, meter.timeout, meter.release_after) == (60.0, 10.0, 25.0)
    assert (meter.client, meter.server, meter.auth) == (16, 1, Auth.NONE)


@pytest.mark.parametrize("name", ["kitchen", "Medidor_1", "a.b-c", "ñandú", "1a", "x" * 64])
def test_names_that_are_fine(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["", "12", "a b", "a/b", "a+", "#", "x" * 65, "a\n", "$SYS/x"])
def test_names_that_would_not_survive_a_topic_or_a_command(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_name(name)
    assert caught.value.key == "name"


@pytest.mark.parametrize(
    "reference", ["", "env:PW", "file:/run/pw", "credential:meter", "sealed:abc="]
)
def test_references_to_secrets(reference: str) -> None:
    check_secret(reference, "password")


@pytest.mark.parametrize(
    "reference", ["hunter2", "env:", "vault:hunter2", ":hunter2", "ENV:hunter2"]
)
def test_a_secret_in_the_open_is_refused_and_not_repeated(reference: str) -> None:
    with pytest.raises(SecretError) as caught:
        check_secret(reference, "password")
    assert caught.value.code == "E-SECRET-PLAIN"
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url", [URL, "tcp://[::1]:4059", "serial:///dev/ttyUSB0", "tcp://meter.local:3333/?x=1"]
)
def test_urls(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "url",
    ["", "10.0.0.5:3333", "tcp://", "tcp://u:hunter2@h:1", "tcp://h:port", "tcp://[::1"],
)
def test_urls_that_lead_nowhere_or_tell_too_much(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_url(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"every": 0.99}, "every"),
        ({"timeout": 0.0}, "timeout"),
        ({"pause": -1.0}, "pause"),
        ({"release_after": -1.0}, "release_after"),
        ({"client": 0}, "client"),
        ({"client": 128}, "client"),
        ({"server": -1}, "server"),
        ({"max_info": 31}, "max_info"),
        ({"window": 8}, "window"),
        ({"max_pdu": 10}, "max_pdu"),
        ({"auth": Auth.LLS}, "password"),
        ({"password": "env:METER"}, "auth"),
        ({"password": "hunter2"}, "password"),
        ({"url": "nowhere"}, "url"),
        ({"name": "1"}, "name"),
        ({"series": (VOLTAGE, VOLTAGE)}, "series"),
    ],
)
def test_a_meter_that_makes_no_sense(wrong: dict[str, object], key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        MeterSettings(**({"name": "kitchen", "url": URL} | wrong))
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"obis": "1.0.1.8.0"}, "obis"),
        ({"obis": "1.0.1.8.0.256"}, "obis"),
        ({"obis": "no code"}, "obis"),
        ({"key": "a b"}, "key"),
        ({"class_id": 70000}, "class_id"),
        ({"attribute": 200}, "attribute"),
    ],
)
def test_a_series_that_makes_no_sense(wrong: dict[str, object], key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        SeriesSettings(**({"key": "v", "obis": "1.0.1.8.0.255"} | wrong))
    assert caught.value.key == key


@pytest.mark.parametrize("obis", ["1.0.1.8.0.255", "1-0:1.8.0*255", "0-0:96.1.0.255"])
def test_the_forms_of_an_obis_code(obis: str) -> None:
    assert SeriesSettings("e", obis).obis == obis


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: StoreSettings(path=""), "path"),
        (lambda: StoreSettings(group_commit=11), "group_commit"),
        (lambda: StoreSettings(waiting_limit=10), "waiting_limit"),
        (lambda: StoreSettings(backups=0), "backups"),
        (lambda: ApiSettings(port=65536), "port"),
        (lambda: LogSettings(level="loud"), "level"),
        (lambda: LogSettings(lines=1), "lines"),
        (lambda: SinkSettings("a b", "mqtt"), "name"),
        (lambda: BridgeConfig(meters=(MeterSettings("m", URL),) * 2), "meters"),
        (lambda: BridgeConfig(sinks=(SinkSettings("m", "mqtt"),) * 2), "sinks"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_their_key(make: object, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make()
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("tcp://10.0.0.5:3333", "tcp://10.0.0.5:3333?x=1", True),
        ("tcp://10.0.0.5:3333", "tcp+hdlc://10.0.0.5:3333", True),
        ("tcp://10.0.0.5:3333", "tcp://10.0.0.5:3334", False),
        ("serial:///dev/a", "serial:///dev/a", True),
        ("serial:///dev/a", "serial:///dev/b", False),
    ],
)
def test_meters_of_one_endpoint_share_a_line(one: str, other: str, shared: bool) -> None:
    same = MeterSettings("a", one).endpoint == MeterSettings("b", other).endpoint
    assert same is shared


def test_without_tokens_old_clients_are_answered_on_loopback_only() -> None:
    assert ApiSettings(legacy_read=True).legacy_read
    with pytest.raises(ConfigError) as caught:
        ApiSettings(host="0.0.0.0", legacy_read=True)
    assert caught.value.key == "legacy_read"


@pytest.mark.parametrize("settings", [{"requests": 0.5}, {"streams": 0}, {"streams": 65}])
def test_limits_of_the_api_have_limits(settings: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        ApiSettings(**settings)


@pytest.mark.parametrize("name", [".", "..", "...."])
def test_dots_alone_are_no_name_for_a_path_would_lose_them(name: str) -> None:
    with pytest.raises(ConfigError):
        check_name(name)
