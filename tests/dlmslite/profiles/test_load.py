"""Profiles as TOML: those that are shipped are sound, and what is wrong is named with its place."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.errors import ConfigurationError
from dlmslite.profiles.base import Kind, Physical
from dlmslite.profiles.load import device_advice, load_profile, names, parse
from dlmslite.values.obis import Obis

HEAD = 'name = "x"\nkind = "meter"\ntitle = "X"\nsources = ["me"]\n'


def test_the_known_devices_are_shipped() -> None:
    assert names() == ["esp32-wifi-bridge", "generic", "microstar-single-phase", "ser2net"]


@pytest.mark.parametrize("name", names())
def test_a_shipped_profile_is_sound_and_says_where_it_knows_from(name: str) -> None:
    profile = load_profile(name)

    assert profile.name == name
    assert all(len(source) > 10 for source in profile.sources)
    assert (profile.kind is Kind.METER) == bool(profile.clients)


def test_the_single_phase_meter_of_the_lab() -> None:
    profile = load_profile("microstar-single-phase")

    assert [(form.of("KFM001234"), form.octets) for form in profile.servers] == [
        (1, 1),
        ((1, 1234), 4),
    ]
    assert profile.servers[1].physical is Physical.SERIAL
    assert [(client.address, client.auth) for client in profile.clients] == [
        (16, "none"),
        (1, "lls"),
        (32, "lls"),
        (17, "lls"),
    ]
    assert profile.quirks.request_pause == 0.03
    assert (profile.limits.idle, profile.limits.sessions) == (180.0, 1)
    assert profile.series[0].obis == Obis.parse("1-1:32.7.0")
    assert [series.key for series in profile.series] == [
        "voltage_l1",
        "current_l1",
        "frequency",
        "active_power",
        "active_energy",
    ]


def test_the_converters_of_the_lab() -> None:
    bridge, ser2net = load_profile("esp32-wifi-bridge"), load_profile("ser2net")

    assert (bridge.limits.idle, bridge.limits.buffer, bridge.limits.sessions) == (30.0, 127, 1)
    assert dict(ser2net.messages)["Port already in use"] == "another client holds the port"


def test_a_profile_of_ones_own_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + '[[series]]\nkey = "a"\nobis = "1.0.1.8.0"\nclass = 4\nattribute = 5\n')

    (series,) = load_profile(str(path)).series

    assert (series.class_id, series.attribute) == (4, 5)


@pytest.mark.parametrize("name", ["nothing", "../load", "nowhere/x.toml"])
def test_what_is_not_there_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        load_profile(name)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("=", "no TOML"),
        ('name = "x"', "kind: is missing"),
        (HEAD.replace("meter", "toaster"), "kind: 'toaster'"),
        (HEAD.replace('["me"]', "[]"), "sources: names none"),
        (HEAD.replace('["me"]', '"me"'), "sources: is no list"),
        (HEAD.replace('"X"', "5"), "title: 5 is no str"),
        (HEAD + "colour = 1", "colour: is unknown; there are battery"),
        (HEAD + 'framing = "modbus"', "framing: 'modbus'"),
        (HEAD + "port = 70000", "port: 70000 is not from 0 to 65535"),
        (HEAD + "port = true", "port: True"),
        (HEAD + "servers = 1", "servers: is no list"),
        (HEAD + "servers = [1]", "servers 1: is no table"),
        (HEAD + "[[servers]]", "servers 1.logical: is missing"),
        (HEAD + '[[servers]]\nlogical = "1"', "servers 1.logical: '1' is no int"),
        (
            HEAD + "[[servers]]\nlogical = 1\noctets = 3",
            "servers 1.octets: an address has 1, 2 or 4",
        ),
        (HEAD + "[[servers]]\nlogical = 1\nphysical = 99999", "servers 1.physical: 99999"),
        (HEAD + '[[servers]]\nlogical = 1\nphysical = "name"', "servers 1.physical: 'name'"),
        (HEAD + "[[clients]]\naddress = 1\n[[clients]]", "clients 2.address: is missing"),
        (HEAD + '[[clients]]\naddress = 1\nauth = "magic"', "clients 1.auth: 'magic'"),
        (HEAD + "[[series]]", "series 1.key: is missing"),
        (HEAD + '[[series]]\nkey = "a"\nobis = "1.2"', "series 1.obis: '1.2' is no OBIS code"),
        (HEAD + "limits = 1", "limits: is no table"),
        (HEAD + "[limits]\nidle = -1", "limits.idle: -1 is out of range"),
        (HEAD + "[limits]\nidle = nan", "limits.idle: nan is out of range"),
        (HEAD + "[limits]\nsessions = 1.5", "limits.sessions: 1.5 is no int"),
        (HEAD + "[quirks]\nno_release = 1", "quirks.no_release: 1 is no bool"),
        (HEAD + "[quirks]\nrequest_pause = true", "quirks.request_pause: True is no float"),
        (HEAD + "[quirks]\nshy = true", "quirks.shy: is unknown"),
        (HEAD + "messages = 1", "messages: is no table"),
        (HEAD + "[messages]\na = 1", "messages: is no list of texts"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, where: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(text.encode(), "mine.toml")

    assert "the profile mine.toml" in str(caught.value)
    assert where in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        'password = "x"',
        '[[clients]]\naddress = 1\npassword = "x"',
        '[secrets]\na = "x"',
        'encryption_key = "x"',
        '[[clients]]\naddress = 1\nLLS-Secret = "x"',
        "[limits]\nPIN = 1",
    ],
)
def test_a_profile_never_holds_a_secret(text: str) -> None:
    with pytest.raises(ConfigurationError, match="holds no secrets"):
        parse((HEAD + text).encode(), "mine.toml")


def test_a_file_that_is_too_long_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="too long"):
        parse(b"#" * 300_000, "mine.toml")


@given(st.binary(max_size=120))
def test_any_octets_are_a_profile_or_an_error(octets: bytes) -> None:
    for text in (octets, HEAD.encode() + octets):
        with contextlib.suppress(ConfigurationError):
            parse(text, "x")


def test_the_advice_of_a_meter_and_its_converter_holds_the_limits_of_both(tmp_path: Path) -> None:
    advice = device_advice("microstar-single-phase", "esp32-wifi-bridge")

    assert (advice.limits.idle, advice.limits.buffer, advice.client_for("lls")) == (30.0, 127, 1)
    assert not advice.battery

    path = tmp_path / "water.toml"
    path.write_text(HEAD + "battery = true\n", encoding="utf-8")
    assert device_advice(str(path)).battery
    with pytest.raises(ConfigurationError) as refused:
        device_advice("nothing")
    assert "generic" in refused.value.hint
    with pytest.raises(ConfigurationError, match="battery"):
        parse((HEAD + "battery = 1\n").encode(), "x")
