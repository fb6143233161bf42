"""Well-known names by OBIS code: those of the device profiles, and no two alike."""

from __future__ import annotations

import pytest

from dlmslite.profiles.load import load_profile
from dlmslite.profiles.load import names as profiles
from dlmslite_daemon.meters.names import keys, well_known


def test_the_names_are_those_of_the_device_profiles() -> None:
    series = [one for name in profiles() for one in load_profile(name).series]
    assert len(series) > 5
    assert {str(one.obis): well_known(str(one.obis)) for one in series} == {
        str(one.obis): one.key for one in series
    }


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("1.0.52.7.0.255", "voltage_l2"),
        ("1.1.71.7.0.255", "current_l3"),
        ("1.0.91.7.0.255", "current_neutral"),
        ("1.0.13.7.0.255", "power_factor"),
        ("1.0.41.7.0.255", "active_power_l2"),
        ("1.0.4.8.0.255", "reactive_energy_export"),
        ("1.0.1.8.2.255", "active_energy_import_t2"),
        ("1.0.21.8.0.255", "active_energy_import_l1"),
        ("1.0.32.7.3.255", None),  # a harmonic
        ("1.0.1.8.0.1", None),  # of the last month
        ("1.0.1.6.0.255", None),  # a maximum demand
        ("1.2.1.8.0.255", None),  # of another channel
        ("1.0.81.7.1.255", None),  # an angle
        ("1.0.20.7.0.255", None),
        ("8.0.1.0.0.255", None),  # water
    ],
)
def test_a_code_says_what_it_is(code: str, name: str | None) -> None:
    assert well_known(code) == name


def test_what_has_no_name_or_not_one_of_its_own_is_named_by_its_code() -> None:
    codes = ["1.0.32.7.0.255", "1.1.32.7.0.255", "1.0.1.6.0.255"]
    assert list(keys(codes)) == ["voltage_l1", "obis_1_1_32_7_0_255", "obis_1_0_1_6_0_255"]
