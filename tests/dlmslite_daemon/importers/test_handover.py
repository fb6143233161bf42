"""What the old rows become: paused meters, the series really read, a sink for each place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.alarm import Severity
from dlmslite_daemon.config.load import unstructure
from dlmslite_daemon.config.schema import Auth, SinkSettings
from dlmslite_daemon.importers.handover import OBIS, Handover, handover
from dlmslite_daemon.sinks.base import sink_of

TOKEN = "A1TOKEN"


def row(number: int = 1, name: str = "m1", **columns: Any) -> dict[str, Any]:
    return {
        "id": number, "name": name, "ip_address": "192.0.2.7", "port": 3333, "client_id": 1,
        "server_id": 1, "password": "22222222", "tb_enabled": 1, "tb_host": "localhost",
        "tb_port": 1884, "tb_token": None, "configs": [config("voltage_l1")], **columns,
    }  # fmt: skip


def config(name: str, **columns: Any) -> dict[str, Any]:
    return {
        "measurement_name": name, "obis_code": "1.0.32.7.0.255", "enabled": 1,
        "sampling_interval": 5.0, **columns,
    }  # fmt: skip


def passed(
    *rows: dict[str, Any], taken: Sequence[str] = (), sinks: Sequence[SinkSettings] = ()
) -> Handover:
    return handover(rows, [], taken, sinks, lambda text: f"sealed:{len(text)}")


def test_a_meter_arrives_paused_with_the_stored_pair_and_the_codes_that_were_really_read() -> None:
    (heir,) = passed(row(client_id=16)).meters
    settings = heir.settings
    assert (settings.url, settings.paused, settings.every) == (
        "tcp+hdlc://192.0.2.7:3333",
        True,
        5.0,
    )
    assert (settings.client, settings.server, settings.physical) == (16, 1, None)
    assert (settings.auth, settings.password) == (Auth.LLS, "sealed:8")
    assert [(one.key, one.obis) for one in settings.series] == [("voltage_l1", "1.1.32.7.0.255")]
    view = heir.view()
    assert view["stored"]["client"] == 16
    assert view["old_service_used"] == {"client": 1, "physical": 1}
    assert "22222222" not in str(view)
    assert "22222222" not in repr(heir)


def test_all_nine_measurements_are_known_and_another_is_switched_off() -> None:
    configs = [config(name) for name in (*OBIS, "power_factor")]
    (heir,) = passed(row(configs=configs)).meters
    series = {one.key: one for one in heir.settings.series}
    assert all(series[name].enabled for name in OBIS)
    assert {series[name].obis.split(".")[1] for name in OBIS} == {"1"}
    assert not series["power_factor"].enabled
    assert any("power_factor is switched off" in note for note in heir.notes)


def test_rows_that_stand_twice_and_rows_without_sense() -> None:
    configs = [
        config("voltage_l1", enabled=0, sampling_interval=0.25),
        config("voltage_l1", enabled=1),
        config("two words", obis_code="x"),
        config("", obis_code="1.0.1.8.0.255"),
    ]
    (heir,) = passed(row(configs=configs)).meters
    assert [(one.key, one.enabled) for one in heir.settings.series] == [("voltage_l1", True)]
    assert heir.settings.every == 1.0
    assert any("its interval was 0.25 s" in note for note in heir.notes)
    assert sum("left out" in note for note in heir.notes) == 2


def test_without_rows_the_old_service_read_every_two_seconds() -> None:
    (heir,) = passed(row(configs=[])).meters
    assert (heir.settings.every, heir.settings.series) == (2.0, ())


@pytest.mark.parametrize(
    ("server", "expected"), [(0, (0, None)), (1, (1, None)), (127, (127, None)), (1234, (9, 82))]
)
def test_the_address_is_the_one_that_the_old_code_formed(
    server: int, expected: tuple[int, int | None]
) -> None:
    (heir,) = passed(row(server_id=server)).meters
    assert (heir.settings.server, heir.settings.physical) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [("Medidor 2", "Medidor_2"), ("12", "meter_12"), ("bridge", "meter_bridge"), ("#", "meter_1")],
)
def test_a_name_that_could_stand_in_no_topic_is_changed_and_said(old: str, new: str) -> None:
    (heir,) = passed(row(name=old)).meters
    assert heir.settings.name == new
    assert any(repr(old) in note for note in heir.notes)


@pytest.mark.parametrize(
    ("columns", "column"),
    [
        ({"port": "abc"}, "port"),
        ({"port": 70_000}, "port"),
        ({"client_id": 500}, "client_id"),
        ({"client_id": 1.5}, "client_id"),
        ({"server_id": -1}, "server_id"),
        ({"ip_address": None}, "ip_address"),
        ({"ip_address": "not a host:1:2]"}, "url"),
        ({"name": "known"}, "name"),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_alone(columns: dict[str, Any], column: str) -> None:
    found = passed(row(3, **{"name": "bad", **columns}), row(4, "good"), taken=["known"])
    assert [heir.settings.name for heir in found.meters] == ["good"]
    assert [(fault.row, fault.column) for fault in found.faults] == [(3, column)]


def test_no_password_is_no_authentication_and_said() -> None:
    (heir,) = passed(row(password=None)).meters
    assert heir.settings.auth is Auth.NONE
    assert any("no password is stored" in note for note in heir.notes)


def test_the_old_broker_becomes_a_legacy_sink_with_the_names_that_thingsboard_knows() -> None:
    found = passed(row(1, "m1"), row(2, "Medidor 2"), row(3, "m3", tb_device_name="Cocina"))
    (sink,) = found.sinks
    assert sink.name == "legacy"
    assert sink.options == {
        "host": "localhost",
        "port": 1884,
        "mode": "legacy",
        "meters": ["m1", "Medidor_2", "m3"],
        "device_names": {"Medidor_2": "Medidor 2", "m3": "Cocina"},
    }
    sink_of(sink)
    assert any("stop the old bridge first" in note for note in found.notes)


def test_tokens_become_a_sink_of_own_devices_sealed() -> None:
    place = {"tb_host": "tb.example", "tb_port": 1883}
    found = passed(
        row(1, "m1", tb_token=TOKEN, **place),
        row(2, "m2", tb_token="B2", **place),
        row(3, "m3", tb_token="C", tb_host="other.example", tb_port=1883),
        row(4, "m4", tb_token=TOKEN, **place),
    )
    one, other = found.sinks
    assert (one.name, other.name) == ("thingsboard", "thingsboard-2")
    assert one.options["tokens"] == {"m1": "sealed:7", "m2": "sealed:2"}
    assert other.options["tokens"] == {"m3": "sealed:1"}
    assert TOKEN not in repr(found)
    assert any("shares its token with m1" in note for note in found.meters[3].notes)
    for sink in found.sinks:
        sink_of(sink)


def test_a_second_import_grows_the_sink_that_is_there() -> None:
    place = {"tb_host": "tb.example", "tb_port": 1883}
    (before,) = passed(row(1, "m1", tb_token="A", **place)).sinks
    (after,) = passed(row(2, "m2", tb_token="BB", **place), taken=["m1"], sinks=[before]).sinks
    assert after.name == before.name
    assert after.options["tokens"] == {"m1": "sealed:1", "m2": "sealed:2"}
    assert after.options["meters"] == ["m1", "m2"]
    other = SinkSettings("legacy", "mqtt", options={"host": "localhost"})
    assert passed(row(), sinks=[other]).sinks[0].name == "legacy-2"


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({"tb_port": 1883}, "there is no token for localhost:1883"),
        ({"tb_port": "x"}, "makes no sense"),
        ({"tb_host": ""}, "makes no sense"),
        ({"tb_enabled": 0}, "tb_enabled was off"),
    ],
)
def test_a_meter_that_published_nowhere_has_no_sink(columns: dict[str, Any], word: str) -> None:
    found = passed(row(**columns))
    assert found.sinks == ()
    assert any(word in note for note in found.meters[0].notes)


def test_alarms_are_over_and_keep_their_story() -> None:
    old = {
        "meter_id": 1, "severity": "critical", "category": "circuit breaker", "message": "10/h",
        "details": None, "acknowledged": 1, "acknowledged_at": "2025-11-04 17:00:00",
        "acknowledged_by": "ana", "count": 4, "first": "2025-11-04 16:00:00",
        "last": "2025-11-04 16:30:00",
    }  # fmt: skip
    strange = {**old, "severity": "loud", "last": "yesterday"}
    loud = {**old, "severity": "loud", "acknowledged": None}
    rows = [old, strange, loud, {**old, "meter_id": 9}]
    found = handover([row()], rows, [], [], lambda _: "sealed:x")
    first, second = sorted(found.alarms, key=lambda alarm: alarm.condition.severity)
    assert (first.subject, first.condition.code) == ("m1", "old_circuit_breaker")
    assert (first.condition.severity, second.condition.severity) == (
        Severity.CRITICAL,
        Severity.WARNING,
    )
    assert (first.count, first.last_ms - first.raised_ms) == (4, 1_800_000)
    assert (first.acknowledged_by, first.active, first.cleared_by) == ("ana", False, "import-old")
    assert second.acknowledged_ms is None


dirty = st.one_of(st.none(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20))


@given(
    st.lists(st.fixed_dictionaries({key: dirty for key in row() if key != "configs"}), max_size=4)
)
def test_whatever_stands_in_the_rows_is_taken_over_or_left_out(rows: list[dict[str, Any]]) -> None:
    found = passed(*rows)
    assert len(found.meters) + len(found.faults) == len(rows)
    for sink in found.sinks:
        sink_of(sink)


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters())),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)
columns = st.sampled_from([*row(), *config(""), "meter_id", "severity", "message", "first", "last"])
strange = st.lists(st.dictionaries(columns, anything), max_size=3)


@given(strange, strange)
def test_rows_of_a_stranger_are_judged_and_can_be_stored(
    rows: list[dict[str, Any]], alarms: list[dict[str, Any]]
) -> None:
    found = handover(rows, alarms, [], [], lambda text: f"sealed:{len(text.encode())}")
    assert len(found.meters) + len(found.faults) == len(rows)
    for heir in found.meters:
        json.dumps(unstructure(heir.settings), ensure_ascii=False).encode()
    for alarm in found.alarms:
        repr(alarm).encode()
        assert alarm.count < 2**31
