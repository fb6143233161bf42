"""A device profile becomes settings: addresses, pauses, limits, series, and never a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.meters.profiles import advised

LAB = "microstar-single-phase"


def test_the_meter_and_the_converter_of_the_laboratory() -> None:
    said = advised([LAB, "esp32-wifi-bridge"], "lls")
    assert said.row == {
        "profile": f"{LAB} esp32-wifi-bridge",
        "client": 1,
        "server": 1,
        "physical": None,
        "pause": 0.03,
        "max_info": 128,
        "window": 1,
        "policies": {"recovery": {"spacing": 10.0}},
        "quirks": {"no_with_list": True, "small_buffer": 127, "address_octets": 1},
    }
    assert [one["key"] for one in said.series][:2] == ["voltage_l1", "current_l1"]
    assert said.series[0]["obis"] == "1.1.32.7.0.255"


def test_a_client_goes_with_its_way_to_prove_itself() -> None:
    assert advised([LAB], "none").row["client"] == 16


def test_a_serial_number_opens_another_form_of_address() -> None:
    assert len(advised([LAB], "lls").forms) == 1
    one, four = advised([LAB], "lls", "KFM001234").forms
    assert (one["server"], one["physical"]) == (1, None)
    assert (four["server"], four["physical"]) == (1, 1234)
    assert four["quirks"]["address_octets"] == 4


def test_a_shorter_idle_limit_releases_earlier_and_a_battery_is_known(tmp_path: Path) -> None:
    path = tmp_path / "water.toml"
    path.write_text(
        'name = "water"\nkind = "meter"\ntitle = "A water meter"\nsources = ["its label"]\n'
        "battery = true\n[limits]\nidle = 12.0\n",
        encoding="utf-8",
    )
    said = advised([str(path)], "none")
    assert said.row == {"profile": str(path), "release_after": 10.0, "battery": True}
    assert said.forms == ()
    assert said.series == ()


def test_an_unknown_profile_is_refused_with_what_there_is() -> None:
    with pytest.raises(ConfigError) as refused:
        advised(["nothing"], "none")
    assert refused.value.key == "profile"
    assert LAB in refused.value.hint
