"""Profiles are read whole, by range and by entry; rows come while blocks come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rig.performing import Performance, perform

from dlmslite.apdu.base import Apdu
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.get import (
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithList,
)
from dlmslite.codes import DataAccessResult
from dlmslite.errors import ConfigurationError, DecodeError, ServiceError
from dlmslite.procedures.load_profile import ProfileShape, entries, read_shape, rows
from dlmslite.procedures.read import Notebook
from dlmslite.simulator.meter import SimulatedMeter
from dlmslite.simulator.models.single_phase import (
    CLOCK,
    CURRENT,
    ENERGY,
    PROFILE,
    STATUS,
    VOLTAGE,
    Load,
    single_phase,
)
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.quantity import Quantity
from dlmslite.values.selection import RangeDescriptor
from dlmslite.values.table import Row
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.units import Unit

NOW = dt.datetime(2026, 3, 1, 12, 7, tzinfo=dt.UTC)
NEWEST = NOW.replace(minute=0)
METER = single_phase(days=2)
SELECTIVE = Conformance.GET | Conformance.SELECTIVE_ACCESS
PLAIN = Conformance.GET
LISTS = SELECTIVE | Conformance.MULTIPLE_REFERENCES


class Answering:
    def __init__(self, meter: SimulatedMeter = METER) -> None:
        self.meter = meter

    def __call__(self, request: Apdu) -> Apdu:
        match request:
            case GetRequestNormal(invoke_id, attribute):
                return GetResponseNormal(invoke_id, self.meter.read(attribute, NOW))
            case GetRequestWithList(invoke_id, items):
                return GetResponseWithList(invoke_id, [self.meter.read(one, NOW) for one in items])
        raise TypeError(request)


def shape(conformance: Conformance = SELECTIVE, policy: TimePolicy | None = None) -> ProfileShape:
    procedure = read_shape(PROFILE, policy or TimePolicy(), Notebook(conformance))
    found = perform(procedure, Answering()).result
    assert isinstance(found, ProfileShape)
    return found


def emitted(performance: Performance) -> list[Row]:
    return [row for found in performance.emitted for row in found]


def times(found: Sequence[Row]) -> list[Any]:
    return [row.time for row in found]


@pytest.mark.parametrize("conformance", [SELECTIVE, LISTS])
def test_the_columns_have_scaler_and_unit(conformance: Conformance) -> None:
    columns = shape(conformance).layout.columns
    assert [column.obis for column in columns] == [CLOCK, STATUS, ENERGY, VOLTAGE, CURRENT]
    assert [column.scaler for column in columns] == [None, None, 0, -2, -3]
    assert columns[3].unit is Unit.VOLT
    assert shape(conformance).layout.capture_period == 900


def test_the_shape_is_two_round_trips_with_lists_and_scalers_are_remembered() -> None:
    notebook = Notebook(LISTS)
    first = perform(read_shape(PROFILE, TimePolicy(), notebook), Answering())
    second = perform(read_shape(PROFILE, TimePolicy(), notebook), Answering())
    assert (len(first.requests), len(second.requests)) == (2, 1)
    assert first.result == second.result


def test_x03_rows_come_while_blocks_come() -> None:
    performance = perform(rows(shape()), Answering(), block=50)
    found = emitted(performance)
    assert len(performance.emitted) > 50
    assert len(found) == 192
    assert found[-1].time == NEWEST
    assert found[-1][str(ENERGY)] == Quantity(Load().energy(NEWEST), 0, Unit.WATT_HOUR)


@pytest.mark.parametrize("conformance", [SELECTIVE, PLAIN])
@pytest.mark.parametrize("zone", [None, ZoneInfo("America/Bogota")])
def test_a_range_includes_both_ends(conformance: Conformance, zone: ZoneInfo | None) -> None:
    start, end = NEWEST - dt.timedelta(hours=2), NEWEST - dt.timedelta(hours=1)
    found = emitted(perform(rows(shape(conformance, TimePolicy(zone)), start, end), Answering()))
    assert times(found) == [start + dt.timedelta(minutes=15) * n for n in range(5)]


@pytest.mark.parametrize("conformance", [SELECTIVE, PLAIN])
def test_a_range_may_be_open_on_one_side(conformance: Conformance) -> None:
    start = NEWEST - dt.timedelta(minutes=30)
    assert len(emitted(perform(rows(shape(conformance), start), Answering()))) == 3
    oldest = emitted(perform(rows(shape(conformance)), Answering()))[0].time
    assert times(emitted(perform(rows(shape(conformance), end=oldest), Answering()))) == [oldest]


@pytest.mark.parametrize("conformance", [SELECTIVE, PLAIN])
@pytest.mark.parametrize(("first", "count"), [(1, 3), (190, None), (5, 1), (500, 2)])
def test_entries_count_from_one(conformance: Conformance, first: int, count: int | None) -> None:
    everything = times(emitted(perform(rows(shape()), Answering())))
    found = emitted(perform(entries(shape(conformance), first, count), Answering()))
    end = None if count is None else first - 1 + count
    assert times(found) == everything[first - 1 : end]


def test_a_range_is_asked_in_the_meter_s_own_local_time() -> None:
    performance = perform(rows(shape(), NEWEST, NEWEST), Answering())
    request = performance.requests[-1]
    assert isinstance(request, GetRequestNormal)
    assert request.attribute.selection is not None
    bound = RangeDescriptor.from_data(request.attribute.selection.parameters).from_value
    assert bound.plain[5] == 7  # noon in UTC is seven in Colombia
    assert emitted(performance)[0].time == NEWEST


def test_d21_a_profile_without_time_cannot_be_read_by_time() -> None:
    bare = ProfileShape(PROFILE, (), shape().layout, selective=True)
    with pytest.raises(ConfigurationError, match="captures no time"):
        perform(rows(bare, NOW), Answering())


def test_a_profile_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ServiceError):
        perform(read_shape(ENERGY, TimePolicy(), Notebook(PLAIN)), Answering())


def test_a_column_whose_scaler_is_hidden_keeps_its_raw_numbers() -> None:
    def hide(request: Apdu) -> Apdu:
        assert isinstance(request, GetRequestNormal)
        if request.attribute.class_id == 3:
            return GetResponseNormal(request.invoke_id, DataAccessResult.READ_WRITE_DENIED)
        return Answering()(request)

    hidden = perform(read_shape(PROFILE, TimePolicy(), Notebook(PLAIN)), hide).result
    assert {column.unit for column in hidden.layout.columns} == {None}
    found = emitted(perform(entries(hidden, 1, 1), Answering()))
    assert isinstance(found[0][str(ENERGY)], int)


def test_a_buffer_that_ends_early_is_an_error() -> None:
    def cut(request: Apdu) -> Apdu:
        assert isinstance(request, GetRequestNormal)
        return GetResponseNormal(request.invoke_id, Data.of(DataType.UNSIGNED, 1))

    with pytest.raises(DecodeError):
        perform(rows(shape()), cut)
