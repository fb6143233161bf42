from __future__ import annotations

import pytest
from hypothesis import given
from strategies.times import obis_codes

from dlmslite.cosem.well_known import name_of
from dlmslite.values.obis import Obis


@pytest.mark.parametrize(
    ("code", "name"),
    [
        # What the old bridge polls (old-bridge.md 1.4), on channel 1 as there or on 0.
        ("1-1:32.7.0", "voltage_l1"),
        ("1-1:31.7.0", "current_l1"),
        ("1-1:14.7.0", "frequency"),
        ("1-1:1.7.0", "active_power_import"),
        ("1-0:1.8.0", "active_energy_import"),
        ("1-1:52.7.0", "voltage_l2"),
        ("1-1:51.7.0", "current_l2"),
        ("1-1:72.7.0", "voltage_l3"),
        ("1-1:71.7.0", "current_l3"),
        ("1-1:91.7.0", "current_neutral"),
        # What the maker's guide lists.
        ("1-0:2.8.4", "active_energy_export_t4"),
        ("1-0:3.8.1", "reactive_energy_import_t1"),
        ("1-0:4.9.0", "reactive_energy_export_billing"),
        ("1-0:9.7.0", "apparent_power_import"),
        ("1-0:10.2.0", "apparent_power_export_cumulative_maximum"),
        ("1-0:1.6.2", "active_power_import_maximum_t2"),
        ("1-0:1.16.0", "active_power_import_maximum_2"),
        ("1-0:13.0.0", "power_factor_billing_average"),
        ("1-0:13.7.0", "power_factor"),
        ("1-0:15.7.0", "active_power_absolute"),
        ("1-0:16.7.0", "active_power_net"),
        ("1-0:21.7.0", "active_power_import_l1"),
        ("1-0:41.8.0", "active_energy_import_l2"),
        ("1-0:62.7.0", "active_power_export_l3"),
        ("1-0:73.7.0", "power_factor_l3"),
        ("1-0:81.7.1", "angle_voltage_l2_from_voltage_l1"),
        ("1-0:81.7.4", "angle_current_l1_from_voltage_l1"),
        ("1-0:81.7.26", "angle_current_l3_from_voltage_l3"),
        ("1-0:0.0.0", "electricity_id"),
        ("1-0:0.1.0", "billing_period_count"),
        ("1-0:0.4.2", "current_transformer_numerator"),
        ("0-0:96.2.0", "configuration_count"),
        ("0-0:96.14.0", "active_tariff"),
        ("0-0:96.20.5", "terminal_cover_count"),
        ("0-0:97.97.0", "error_register"),
        ("0-0:1.0.0", "clock"),
        # The usual ones beside.
        ("1-0:1.29.0", "active_energy_import_interval"),
        ("1-0:1.5.0", "active_power_import_last_average"),
        ("1-0:12.32.0", "voltage_under_limit_count"),
        ("1-0:31.7.3", "current_l1_harmonic_3"),
        ("1-0:99.1.0", "load_profile"),
        ("1-0:99.2.0", "second_load_profile"),
        ("1-0:98.1.0", "billing_profile"),
        ("0-0:96.1.0", "device_id"),
        ("0-0:96.1.1", "device_id_1"),
        ("0-0:40.0.0", "association"),
        ("0-0:42.0.0", "logical_device_name"),
        ("0-0:43.1.2", "invocation_counter_2"),
        ("0-0:99.98.0", "event_log"),
        ("0-1:96.1.0", "device_id"),
    ],
)
def test_codes_that_have_a_name(code: str, name: str) -> None:
    assert name_of(Obis.parse(code)) == name


@pytest.mark.parametrize(
    "code",
    [
        "1-0:1.199.0",  # a processing that the standard does not define
        "1-0:17.8.0",
        "1-0:1.7.1",
        "1-0:84.7.0",
        "1-0:81.7.3",
        "1-0:128.7.0",
        "0-0:96.51.4",  # left to manufacturers
        "7-0:3.1.0",  # gas
        "1-0:1.8.0*200",
    ],
)
def test_codes_that_have_none(code: str) -> None:
    assert name_of(Obis.parse(code)) == ""


def test_historical_values_have_the_name_of_the_present_one() -> None:
    assert name_of(Obis.parse("1-0:1.8.0*2")) == "active_energy_import_history_2"


@given(obis_codes())
def test_every_name_is_an_identifier(code: Obis) -> None:
    name = name_of(code)
    assert not name or name.isidentifier()


def test_no_two_codes_of_one_channel_share_a_name() -> None:
    names = [
        name_of(Obis(bytes([medium, 0, c, d, e, 255])))
        for medium in (0, 1)
        for c in range(100)
        for d in range(100)
        for e in range(5)
    ]
    electricity = [name for name in names[len(names) // 2 :] if name]
    abstract = [name for name in names[: len(names) // 2] if name]
    assert len(set(electricity)) == len(electricity)
    assert len(set(abstract)) == len(abstract)
