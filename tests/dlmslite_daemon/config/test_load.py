"""Every fault of a configuration names its dotted key."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from strategies.ground import meter_settings

from dlmslite_daemon.config import load as module
from dlmslite_daemon.config.load import (
    load,
    meter,
    meter_table,
    parse,
    series_of,
    sink,
    structure,
    unstructure,
)
from dlmslite_daemon.config.schema import (
    Auth,
    BridgeConfig,
    LogFormat,
    LogSettings,
    MeterSettings,
    SeriesSettings,
    SinkSettings,
)
from dlmslite_daemon.errors import BridgeError, ConfigError, SecretError
from dlmslite_daemon.policies.backoff import RecoverySettings

WHOLE = """
[store]
path = "x.db"
group_commit = 1
[api]
port = 0
[log]
format = "json"
[policies.breaker]
limit = 3
[meters.kitchen]
url = "tcp://10.0.0.5:3333"
auth = "lls"
client = 1
password = "env:PW"
every = 10
policies.silence.seconds = 60
[meters.kitchen.series]
voltage = "1.1.32.7.0.255"
energy = "1-0:1.8.0*255"
status = "0-0:96.1.0*255:-2"
power = { obis = "1.0.1.7.0.255", class_id = 3, unit = "W" }
[sinks.tb]
kind = "thingsboard"
url = "mqtt://localhost"
[sinks.tb.more]
deep = [1, 2]
"""


def test_a_whole_configuration() -> None:
    config = parse(WHOLE)
    assert (config.store.path, config.store.group_commit) == ("x.db", 1.0)
    assert isinstance(config.store.group_commit, float)
    assert config.api.port == 0
    assert config.log.format is LogFormat.JSON
    assert config.policies == {"breaker": {"limit": 3}}
    (kitchen,) = config.meters
    assert kitchen == MeterSettings(
        "kitchen",
        "tcp://10.0.0.5:3333",
        auth=Auth.LLS,
        client=1,
        password="env:PW",
        every=10.0,
        policies={"silence": {"seconds": 60}},
        series=(
            SeriesSettings("voltage", "1.1.32.7.0.255"),
            SeriesSettings("energy", "1-0:1.8.0*255"),
            SeriesSettings("status", "0-0:96.1.0*255", attribute=-2),
            SeriesSettings("power", "1.0.1.7.0.255", class_id=3, unit="W"),
        ),
    )
    assert config.sinks == (
        SinkSettings(
            "tb", "thingsboard", options={"url": "mqtt://localhost", "more": {"deep": [1, 2]}}
        ),
    )


METER = '[meters.a]\nurl = "tcp://h:1"\n'


@pytest.mark.parametrize(
    ("text", "key", "code"),
    [
        ("[stor]", "stor", "E-CONFIG-KEY"),
        ("[store]\npth = 1", "store.pth", "E-CONFIG-KEY"),
        ("store = 1", "store", "E-CONFIG-TYPE"),
        ("[store]\npath = 1", "store.path", "E-CONFIG-TYPE"),
        ("[api]\nport = true", "api.port", "E-CONFIG-TYPE"),
        ("[api]\nport = 1.5", "api.port", "E-CONFIG-TYPE"),
        ("[api]\nport = 70000", "api.port", "E-CONFIG"),
        ('[store]\ngroup_commit = "1"', "store.group_commit", "E-CONFIG-TYPE"),
        ('[log]\nformat = "xml"', "log.format", "E-CONFIG-TYPE"),
        ("[policies]\nbreaker = 3", "policies.breaker", "E-CONFIG-TYPE"),
        ("meters = 3", "meters", "E-CONFIG-TYPE"),
        ("[meters]\na = 3", "meters.a", "E-CONFIG-TYPE"),
        ("[meters.a]", "meters.a.url", "E-CONFIG-MISSING"),
        (METER + "evry = 3", "meters.a.evry", "E-CONFIG-KEY"),
        (METER + "every = nan", "meters.a.every", "E-CONFIG-TYPE"),
        (METER + "every = inf", "meters.a.every", "E-CONFIG-TYPE"),
        (METER + "every = 0.1", "meters.a.every", "E-CONFIG"),
        (METER + 'name = "b"', "meters.a.name", "E-CONFIG"),
        (METER + 'password = "hunter2"', "meters.a.password", "E-SECRET-PLAIN"),
        (METER + "quirks = 3", "meters.a.quirks", "E-CONFIG-TYPE"),
        (METER + "policies = 3", "meters.a.policies", "E-CONFIG-TYPE"),
        (METER + "policies.x = 3", "meters.a.policies.x", "E-CONFIG-TYPE"),
        (METER + "series = 3", "meters.a.series", "E-CONFIG-TYPE"),
        (METER + "series.v = 3", "meters.a.series.v", "E-CONFIG-TYPE"),
        (METER + 'series.v = "1.2.3"', "meters.a.series.v.obis", "E-CONFIG"),
        (METER + "series.v = {}", "meters.a.series.v.obis", "E-CONFIG-MISSING"),
        (METER + "series.v.obs = 1", "meters.a.series.v.obs", "E-CONFIG-KEY"),
        ("[meters.12]", "meters.12.name", "E-CONFIG"),
        ("[sinks.tb]", "sinks.tb.kind", "E-CONFIG-MISSING"),
        ('[sinks.tb]\nkind = "x"\nname = "y"', "sinks.tb.name", "E-CONFIG"),
        ("[sinks]\ntb = 1", "sinks.tb", "E-CONFIG-TYPE"),
    ],
)
def test_a_fault_names_its_dotted_key(text: str, key: str, code: str) -> None:
    if key == "meters.12.name":
        text += '\nurl = "tcp://h:1"'
    with pytest.raises(ConfigError) as caught:
        parse(text)
    # A missing key and an unknown one in the same table: either may be told first.
    assert caught.value.key in {key, "meters.a.series.v.obis"}
    assert caught.value.code in {code, "E-CONFIG-MISSING"}
    assert "hunter2" not in str(caught.value)


def test_an_unknown_key_says_which_there_are() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("[api]\nprt = 1")
    assert "host, legacy_read, port" in caught.value.hint


def test_a_secret_in_the_open_keeps_its_kind_of_error() -> None:
    with pytest.raises(SecretError):
        parse(METER + 'password = "hunter2"')


@pytest.mark.parametrize("text", ["[store", "x", "a = {", "a = 1\na = 2"])
def test_broken_toml_says_where(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert caught.value.code == "E-CONFIG-TOML"
    assert "line" in str(caught.value) or "end of document" in str(caught.value)


@given(text=st.text(max_size=80) | st.from_regex(r"\[[a-z.]{1,12}\]\n[a-z]{1,6} = [0-9\"{\[]{1,3}"))
def test_any_text_is_a_configuration_or_one_of_our_errors(text: str) -> None:
    try:
        config = parse(text)
    except BridgeError:
        return
    assert isinstance(config, BridgeConfig)


# ---------------------------------------------------------------- the environment and the file


def test_the_environment_stands_above_the_file() -> None:
    environ = {
        "DLMSLITE_BRIDGE_API_PORT": "5002",
        "DLMSLITE_BRIDGE_STORE_GROUP_COMMIT": "0.5",
        "DLMSLITE_BRIDGE_STORE_PATH": "5",
        "PATH": "/bin",
    }
    config = parse(WHOLE, environ)
    assert config.api.port == 5002
    assert config.store.group_commit == 0.5
    assert config.store.path == "5"


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("DLMSLITE_BRIDGE_API_PRT", "1", "E-CONFIG-KEY"),
        ("DLMSLITE_BRIDGE_METERS_A", "1", "E-CONFIG-KEY"),
        ("DLMSLITE_BRIDGE_API_PORT", "http", "E-CONFIG-TYPE"),
        ("DLMSLITE_BRIDGE_STORE_GROUP_COMMIT", "soon", "E-CONFIG-TYPE"),
    ],
)
def test_a_fault_of_the_environment_names_the_variable(
    variable: str, value: str, code: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse("", {variable: value})
    assert (caught.value.key, caught.value.code) == (variable, code)


def test_the_environment_cannot_hide_that_a_section_is_no_table() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("api = 3", {"DLMSLITE_BRIDGE_API_PORT": "1"})
    assert caught.value.key == "api"


def test_a_named_file_is_read_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "bridge.toml"
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert caught.value.code == "E-CONFIG-FILE"
    path.write_text(WHOLE)
    assert load(path, {}) == parse(WHOLE)
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert "UTF-8" in str(caught.value)


def test_without_a_name_the_first_of_the_default_places_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "bridge.toml", tmp_path / "etc.toml"
    monkeypatch.setattr(module, "DEFAULT_PATHS", (first, second))
    assert load(None, {}) == BridgeConfig()
    second.write_text("[api]\nport = 2\n")
    assert load(None, {}).api.port == 2
    first.write_text("[api]\nport = 1\n")
    assert load(None, {}).api.port == 1


# ---------------------------------------------------------------- tables and values


@given(settings=meter_settings())
def test_a_meter_survives_its_table_and_its_plain_form(settings: MeterSettings) -> None:
    assert meter(settings.name, meter_table(settings)) == settings
    assert structure(unstructure(settings), MeterSettings) == settings


def test_a_table_is_as_short_as_it_goes() -> None:
    settings = MeterSettings(
        "kitchen", "tcp://h:1", every=5.0, series=(SeriesSettings("v", "1.1.32.7.0.255"),)
    )
    assert meter_table(settings) == {
        "url": "tcp://h:1",
        "every": 5.0,
        "series": {"v": "1.1.32.7.0.255"},
    }
    assert unstructure(LogSettings(LogFormat.JSON)) == {"format": "json"}
    with pytest.raises(TypeError):
        unstructure(5)


def test_tables_of_policies_are_structured_by_whoever_knows_their_class() -> None:
    table = parse("[policies.recovery]\ndelays = [1, 2.5]").policies["recovery"]
    assert structure(table, RecoverySettings, "policies.recovery").delays == (1.0, 2.5)
    for wrong, key in (
        ({"delays": [1, "x"]}, "policies.recovery.delays.1"),
        ({"delays": []}, "policies.recovery.delays"),
        ({"delay": 1}, "policies.recovery.delay"),
        ({"jitter": 2}, "policies.recovery.jitter"),
    ):
        with pytest.raises(ConfigError) as caught:
            structure(wrong, RecoverySettings, "policies.recovery")
        assert caught.value.key == key


def test_an_optional_value_is_checked_too() -> None:
    @frozen
    class Options:
        size: int | None = None

    assert structure({"size": None}, Options).size is None
    assert structure({"size": 5}, Options).size == 5
    with pytest.raises(ConfigError) as caught:
        structure({"size": "5"}, Options, "sinks.x")
    assert caught.value.key == "sinks.x.size"


def test_series_and_sinks_by_themselves() -> None:
    assert series_of("v", "1.1.32.7.0.255:3").attribute == 3
    assert sink("tb", {"kind": "mqtt", "enabled": False}).enabled is False
    with pytest.raises(ConfigError) as caught:
        series_of("v", 5)
    assert caught.value.code == "E-CONFIG-TYPE"


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False)])
def test_the_environment_says_true_or_false(text: str, value: bool) -> None:
    config = parse("", {"DLMSLITE_BRIDGE_API_LEGACY_READ": text})
    assert config.api.legacy_read is value


def test_another_word_is_not_true_or_false() -> None:
    with pytest.raises(ConfigError, match="true or false"):
        parse("", {"DLMSLITE_BRIDGE_API_LEGACY_READ": "yes"})
