"""Old and new side by side, whatever the old bridge says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.cli.comparing import Comparison, Point, Track, points

OLD = b'{"ts":1000,"values":{"voltage_l1":136.5,"active_energy":56281.0,"device_name":"Uno"}}'


def row(key: str, ts_ms: int, value: str, unit: str = "V") -> dict[str, Any]:
    return {"series": key, "ts": ts_ms, "value": Decimal(value), "unit": unit}


def test_both_forms_of_the_old_payload() -> None:
    assert points(OLD, 5) == [
        Point("Uno", "voltage_l1", 1000, Decimal("136.5")),
        Point("Uno", "active_energy", 1000, Decimal("56281.0")),
    ]
    assert points(b'{"voltage_l1":136}', 5) == [Point("", "voltage_l1", 5, Decimal(136))]
    assert len(points(b"[" + OLD + b"," + OLD + b"]", 5)) == 4


@pytest.mark.parametrize(
    "payload",
    [b"", b"7", b"x", b"[]", b'{"ts":"now","values":{"v":1}}', b'{"values":[1]}', b'{"a":true}',
     b"\xff", b"[[[]]]"],
)  # fmt: skip
def test_what_is_no_such_message_has_no_values(payload: bytes) -> None:
    assert points(payload, 5) == []


@given(st.binary())
def test_any_octets_are_heard(payload: bytes) -> None:
    points(payload, 5)


def test_a_track_knows_its_longest_gap() -> None:
    track = Track()
    for ts_ms in (1000, 3000, 2000, 10_000):
        track = track.then(Decimal(ts_ms), ts_ms)
    assert (track.count, track.value, track.gap_ms) == (4, Decimal(10_000), 7000)


def test_values_agree_within_the_tolerance() -> None:
    comparison = Comparison({"Uno": "m1"})
    comparison.hear(points(OLD, 5))
    comparison.stored("m1", [row("voltage_l1", 1200, "138.0"), row("voltage_l1", 1300, "137")])
    comparison.settle()
    energy, voltage = comparison.pairs(5.0)
    assert (voltage.verdict, voltage.difference) == ("same", Decimal("0.5"))
    assert (voltage.old.unit, voltage.new.unit, voltage.new.count) == ("V", "V", 2)
    assert (energy.verdict, energy.difference) == ("only old", None)
    assert comparison.pairs(0.1)[1].verdict == "differs"
    assert voltage.view()["old"]["value"] == Decimal("136.5")


def test_another_unit_is_no_agreement() -> None:
    comparison = Comparison({}, only="m1")
    comparison.hear(points(b'{"active_energy":56281.0}', 5))
    comparison.stored("m1", [row("active_energy", 6, "56.281", "kWh"), row("x", 6, "1")])
    comparison.settle()
    energy, other = comparison.pairs(5.0)
    assert (energy.verdict, other.verdict) == ("units differ", "only new")


def test_what_we_published_ourselves_is_not_the_old_bridges() -> None:
    comparison = Comparison({"Uno": "m1"})
    comparison.hear(points(OLD, 5))
    comparison.stored("m1", [row("voltage_l1", 1000, "136.5")])
    comparison.settle()
    assert [pair.verdict for pair in comparison.pairs(5.0)] == ["only old", "only new"]


def test_a_message_without_a_name_is_of_nobody_where_there_are_several() -> None:
    comparison = Comparison({"a": "a", "b": "b"})
    comparison.hear(points(b'{"voltage_l1":136}', 5))
    assert (comparison.unplaced, comparison.heard) == (1, 0)


def test_text_is_not_compared() -> None:
    comparison = Comparison({}, only="m1")
    comparison.stored("m1", [{"series": "serial", "ts": 1, "value": "A1", "unit": ""}])
    assert comparison.pairs(5.0) == []
