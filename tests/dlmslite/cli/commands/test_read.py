"""``dlmslite read``: tables for people, exact values for machines."""

from __future__ import annotations

import json

from rig.shell import shell, simulated


def test_values_are_shown_with_name_and_unit() -> None:
    with simulated() as meter:
        said = shell("read", meter.url, "1.1.32.7.0.255", "0.0.96.1.0.255")
    assert said.code == 0
    assert "V" in said.out
    assert "SIM00000001" in said.out


def test_json_has_exact_values_and_errors_beside_each_other() -> None:
    with simulated("wrapper") as meter:
        said = shell("read", meter.url, "--json", "1.1.32.7.0.255", "1.1.52.7.0.255")
    assert said.code == 1
    values = json.loads(said.out)
    assert values["1.1.32.7.0.255"]["unit"] == "V"
    assert values["1.1.32.7.0.255"]["scaler"] == -2
    assert "object-undefined" in values["1.1.52.7.0.255"]["error"]


def test_an_error_is_shown_in_its_row() -> None:
    with simulated() as meter:
        said = shell("read", meter.url, "1.1.52.7.0.255")
    assert said.code == 1
    assert "object-undefined" in said.out


def test_what_is_no_obis_code_is_an_error() -> None:
    with simulated() as meter:
        said = shell("read", meter.url, "999.1")
    assert said.code == 1
    assert "999.1" in said.err
