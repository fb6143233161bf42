"""A row of changes: what is named is replaced, null takes the default back, profiles fill in."""

from __future__ import annotations

from typing import Any

import pytest
from rig.engine import settings_of

from dlmslite_daemon.config.schema import Auth, MeterSettings
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.importers.change import changed, meters_of

LAB = "microstar-single-phase"


def seal(secret: str) -> str:
    return f"sealed:{len(secret)}"


def after(**row: Any) -> MeterSettings:
    return changed(settings_of("kitchen", client=5, every=30.0), row, seal)[0]


def test_what_is_named_is_replaced_and_the_rest_stays() -> None:
    settings = after(client=32, pause="0.5")
    assert (settings.client, settings.pause, settings.every) == (32, 0.5, 30.0)
    assert settings.series == settings_of("kitchen").series


def test_null_takes_the_default_back() -> None:
    settings = after(client=None, every=None, quirks=None)
    assert (settings.client, settings.every, dict(settings.quirks)) == (16, 60.0, {})
    with pytest.raises(ConfigError) as refused:
        after(url=None)
    assert refused.value.key == "url"


def test_a_password_alone_is_low_level_security_and_none_forgets_it() -> None:
    settings = after(password="hunter2")
    assert (settings.auth, settings.password) == (Auth.LLS, "sealed:7")
    assert after(password="env:PW").password == "env:PW"
    with_one = settings_of("kitchen", password="env:PW")
    without = changed(with_one, {"auth": "none"}, seal)[0]
    assert (without.auth, without.password) == (Auth.NONE, "")


@pytest.mark.parametrize(
    ("row", "url"),
    [
        ({"host": "10.0.0.9"}, "tcp+hdlc://10.0.0.9:3333"),
        ({"port": 4059}, "tcp+hdlc://10.0.0.5:4059"),
        ({"host": "fd00::9", "port": 1}, "tcp+hdlc://[fd00::9]:1"),
        ({"url": "tcp://10.0.0.7", "host": "10.0.0.8"}, "tcp://10.0.0.8"),
    ],
)
def test_a_meter_moves_to_another_host(row: dict[str, Any], url: str) -> None:
    assert after(**row).url == url


def test_a_serial_line_has_no_host() -> None:
    with pytest.raises(ConfigError) as refused:
        changed(settings_of("m", url="serial:///dev/ttyUSB0"), {"host": "x"}, seal)
    assert refused.value.key == "host"


@pytest.mark.parametrize(
    ("row", "key"),
    [({"name": "x"}, "name"), ({"colour": 1}, "colour"), ({"client": "many"}, "client")],
)
def test_what_cannot_be_changed_is_named(row: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        after(**row)
    assert refused.value.key == key


def test_a_profile_fills_in_and_what_is_said_beside_it_stands() -> None:
    settings, policies = changed(
        settings_of("kitchen", password="env:PW"),
        {"profile": LAB, "pause": 0.2, "policies": {"breaker": {"limit": 5}}},
        seal,
    )
    assert (settings.client, settings.pause, settings.max_info) == (1, 0.2, 128)
    assert settings.profile == LAB
    assert policies == {"recovery": {"spacing": 10.0}, "breaker": {"limit": 5}}


def test_a_new_meter_takes_series_and_forms_of_its_profile() -> None:
    row = {"name": "m", "url": "tcp+hdlc://h:1", "profile": LAB, "series": []}
    row |= {"password": "x", "auth": "lls"}
    (only,) = meters_of(row, seal)
    assert (only.client, only.auth, only.server) == (1, Auth.LLS, 1)
    assert only.series[0].key == "voltage_l1"
    one, four = meters_of({**row, "serial": "KFM1234"}, seal)
    assert (one.physical, four.physical) == (None, 1234)
    assert four.quirks["address_octets"] == 4
    (told,) = meters_of({**row, "serial": "KFM1234", "server": 3}, seal)
    assert told.server == 3
    (plain,) = meters_of({"name": "m", "url": "tcp://h:1"}, seal)
    assert plain.series == ()


def test_auth_of_a_new_meter_without_profile_follows_the_row() -> None:
    row = {"name": "m", "url": "tcp://h:1", "auth": "lls", "password": "x"}
    assert meters_of(row, seal)[0].auth is Auth.LLS
