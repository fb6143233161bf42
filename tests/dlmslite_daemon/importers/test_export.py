"""What is exported is imported again as it was, in every format, and no secret is in it."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies.ground import meter_settings

from dlmslite_daemon.config.schema import Auth, MeterSettings, SeriesSettings
from dlmslite_daemon.importers.export import exported, row_of, variable_of
from dlmslite_daemon.importers.tables import Format, read

SERIES = (
    SeriesSettings("voltage", "1.1.32.7.0.255"),
    SeriesSettings("list", "1.1.99.1.0.255", 7, 3, "x y", enabled=False),
)
KITCHEN = MeterSettings(
    "kitchen",
    "tcp+hdlc://192.0.2.7:3333",
    client=1,
    server=0,
    auth=Auth.LLS,
    password="sealed:0123planted",
    release_after=0.0,
    quirks={"lenient": True},
    series=SERIES,
    policies={"breaker": {"failures": 3}},
    paused=True,
)


def sealing(_: str) -> str:
    raise AssertionError("there is no secret in the open in an export")


@pytest.mark.parametrize("form", list(Format))
@given(meters=st.lists(meter_settings(), min_size=1, max_size=4, unique_by=lambda m: m.name))
def test_a_fleet_comes_back_as_it_was(form: Format, meters: list[MeterSettings]) -> None:
    sheet = read(exported(meters, form).text, form, sealing)
    assert sheet.faults == ()
    assert [settings for _, settings in sheet.meters] == meters


@pytest.mark.parametrize("form", list(Format))
def test_a_sealed_password_becomes_a_variable_and_all_else_comes_back(form: Format) -> None:
    export = exported([KITCHEN], form)
    assert "planted" not in export.text
    assert "sealed" not in export.text
    assert export.variables == {"kitchen": "METER_kitchen_PASSWORD"}
    ((_, back),) = read(export.text, form, sealing).meters
    assert back == evolve(KITCHEN, password="env:METER_kitchen_PASSWORD")


def test_what_has_its_default_is_left_out() -> None:
    plain = MeterSettings("a", "tcp://h:1")
    assert row_of(plain) == {"name": "a", "url": "tcp://h:1"}
    assert exported([plain], Format.CSV).text == "name,url\na,tcp://h:1\n"
    assert exported([], Format.CSV).text == "name,url\n"


def test_a_plain_series_is_one_word() -> None:
    meter = MeterSettings("a", "tcp://h:1", series=(SeriesSettings("e", "1.1.1.8.0.255"),))
    assert row_of(meter)["series"] == ["e=1.1.1.8.0.255"]
    assert "e=1.1.1.8.0.255\n" in exported([meter], Format.CSV).text


@given(names=st.lists(st.text("ab_-.0", min_size=1, max_size=4), unique=True, max_size=20))
def test_no_two_meters_share_a_variable(names: list[str]) -> None:
    variables = [variable_of(name) for name in names]
    assert len(set(variables)) == len(names)
    assert all(variable.isidentifier() for variable in variables)
