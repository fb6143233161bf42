"""Rows to settings: each fault names its column; passwords in the open are sealed at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.config.schema import Auth, SeriesSettings
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.importers.base import (
    Fault,
    ImportRefused,
    meter_of,
    parse_series,
    series_of,
    sheet_of,
)


def seal(text: str) -> str:
    return f"sealed:{text[::-1]}"


ROW: dict[str, Any] = {"name": "kitchen", "url": "tcp+hdlc://192.0.2.7:3333"}


def test_a_row_of_text_becomes_settings_with_the_types_of_their_columns() -> None:
    settings = meter_of(
        ROW
        | {
            "client": "1",
            "server": "0",
            "auth": "lls",
            "password": "hunter2",
            "every": "10",
            "paused": "yes",
            "series": "voltage=1.1.32.7.0.255 demand=1-0:1.4.0*255:3; energy=1.1.1.8.0.255",
        },
        seal,
    )
    assert (settings.client, settings.server, settings.auth) == (1, 0, Auth.LLS)
    assert settings.password == "sealed:2retnuh"
    assert settings.every == 10.0
    assert settings.paused
    assert [(s.key, s.obis, s.attribute) for s in settings.series] == [
        ("voltage", "1.1.32.7.0.255", 2),
        ("demand", "1-0:1.4.0*255", 3),
        ("energy", "1.1.1.8.0.255", 2),
    ]


def test_empty_cells_take_the_defaults() -> None:
    assert meter_of(ROW | {"client": "", "password": " ", "every": None}, seal) == meter_of(
        ROW, seal
    )


def test_a_reference_to_a_password_stays_as_it_is() -> None:
    row = ROW | {"auth": "lls", "password": "env:KITCHEN"}
    assert meter_of(row, seal).password == "env:KITCHEN"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("client", "one"),
        ("client", True),
        ("client", [1]),
        ("every", "fast"),
        ("every", "nan"),
        ("every", "0.5"),
        ("every", True),
        ("auth", "hls9"),
        ("paused", "perhaps"),
        ("series", 7),
        ("series", [7]),
        ("series", "voltage"),
        ("series", "voltage=1.8.0"),
        ("quirks", "none"),
        ("name", "a/b"),
        ("name", 7),
        ("url", "nowhere"),
        ("url", "tcp://user:hunter2@192.0.2.7"),
        ("password", 22222222),
        ("colour", "red"),
    ],
)
def test_a_fault_names_its_column_and_never_shows_a_secret(column: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        meter_of(ROW | {column: value}, seal)
    assert caught.value.key == column
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("needed", ["name", "url"])
def test_a_row_without_what_it_needs_says_so(needed: str) -> None:
    with pytest.raises(ConfigError, match=f"{needed}: it is missing"):
        meter_of({k: v for k, v in ROW.items() if k != needed}, seal)


def test_series_may_be_text_tables_or_key_to_obis() -> None:
    expected = (SeriesSettings("v", "1.1.32.7.0.255"),)
    for given_as in (
        "v=1.1.32.7.0.255",
        ["v=1.1.32.7.0.255"],
        [{"key": "v", "obis": "1.1.32.7.0.255"}],
        {"v": "1.1.32.7.0.255"},
    ):
        assert meter_of(ROW | {"series": given_as}, seal).series == expected


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"key": "v"}, "series.obis"),
        ({"obis": "1.1.32.7.0.255"}, "series.key"),
        ({"key": "v", "obis": "1.1.32.7.0.256"}, "series.obis"),
        ({"key": "v", "obis": "1.1.32.7.0.255", "attribute": "200"}, "series.attribute"),
        ({"key": "v", "obis": "1.1.32.7.0.255", "colour": "red"}, "series.colour"),
    ],
)
def test_a_fault_of_a_series_names_its_field(row: dict[str, str], key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        series_of(row)
    assert caught.value.key == key


def test_a_series_is_written_key_obis_attribute() -> None:
    assert parse_series("v=1.0.1.8.0.255:-1") == SeriesSettings("v", "1.0.1.8.0.255", attribute=-1)


@given(st.text())
def test_any_text_is_a_series_or_a_configuration_error(text: str) -> None:
    try:
        parse_series(text)
    except ConfigError as error:
        assert error.key.startswith("series")


@given(st.dictionaries(st.sampled_from([*"ab", "name", "url", "series", "every"]), st.text()))
def test_any_row_is_a_meter_or_a_configuration_error(row: dict[str, str]) -> None:
    try:
        settings = meter_of(row, seal)
    except ConfigError:
        return
    assert settings.name


def test_faults_say_row_and_column() -> None:
    sheet = sheet_of([(2, ROW), (3, {"name": "garage"}), (4, ROW | {"every": "x"})], seal)
    assert [settings.name for _, settings in sheet.meters] == ["kitchen"]
    assert [(fault.row, fault.column) for fault in sheet.faults] == [(3, "url"), (4, "every")]
    assert str(Fault(3, "url", "it is missing")) == "row 3, url: it is missing"
    assert str(Fault(0, "", "it is no TOML")) == "the file: it is no TOML"


def test_all_faults_of_a_row_are_told_at_once() -> None:
    row = ROW | {"url": "foo://bar", "every": "ten", "series": "v=1"}
    sheet = sheet_of([(7, row)], seal)
    assert {(fault.row, fault.column) for fault in sheet.faults} == {
        (7, "url"), (7, "every"), (7, "series"),
    }  # fmt: skip


def test_one_fault_refuses_all_unless_partial_is_wanted() -> None:
    sheet = sheet_of([(2, ROW), (3, ROW), (4, ROW | {"name": "garage"})], seal)
    with pytest.raises(ImportRefused) as caught:
        sheet.checked(["garage"], partial=False)
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        (3, "name"),
        (4, "name"),
    ]
    assert [row for row, _ in sheet.checked(["garage"], partial=True).meters] == [2]


def test_partial_with_nothing_sound_is_refused_too() -> None:
    with pytest.raises(ImportRefused):
        sheet_of([(2, {})], seal).checked([], partial=True)
