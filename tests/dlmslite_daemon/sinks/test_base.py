"""What encoders share."""

from __future__ import annotations

import json

from hypothesis import given
from strategies.readings import stored

from dlmslite_daemon.reading import Reading
from dlmslite_daemon.sinks.base import SINKS, grouped, json_values, numbers_of


@given(stored())
def test_groups_keep_every_reading_and_the_order(readings: list[Reading]) -> None:
    groups = grouped(readings)
    assert sorted(number for group in groups for number in numbers_of(group)) == [
        reading.number for reading in readings
    ]
    for group in groups:
        assert len({(r.meter, r.ts_ms, r.source, r.quality) for r in group}) == 1
        assert list(numbers_of(group)) == sorted(numbers_of(group))
    firsts = [group[0].number or 0 for group in groups]
    assert firsts == sorted(firsts)


@given(stored())
def test_values_are_json(readings: list[Reading]) -> None:
    assert json.loads(json_values(readings)).keys() == {r.series for r in readings}


def test_the_folder_is_the_registry() -> None:
    assert sorted(kind for kind, _ in SINKS.items()) == ["mqtt", "thingsboard"]
    assert all(sink.kind == kind for kind, sink in SINKS.items())
