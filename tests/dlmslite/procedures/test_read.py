"""Reads find the class, remember the scaler, and ask as little as the meter allows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from rig.performing import Answering, perform

from dlmslite.apdu.base import Apdu
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.get import (
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithList,
)
from dlmslite.codes import DataAccessResult
from dlmslite.errors import DecodeError, ProtocolError, ServiceError
from dlmslite.procedures.read import (
    ANY_ID,
    Notebook,
    read_attribute,
    read_attributes,
    read_many,
    read_one,
)
from dlmslite.quirks import Quirks
from dlmslite.simulator.meter import SimulatedMeter, SimulatedObject, structure
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.quantity import Quantity
from dlmslite.values.references import AttributeReference
from dlmslite.values.units import Unit

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
SCALE = structure(Data.of(DataType.INTEGER, -2), Data.of(DataType.ENUM, Unit.VOLT))
VOLTAGE = Obis.parse("1.0.32.7.0.255")
PEAK = Obis.parse("1.0.1.6.0.255")
DEMAND = Obis.parse("1.0.1.4.0.255")
SERIAL = Obis.parse("0.0.96.1.0.255")
UNSCALED = Obis.parse("1.0.9.7.0.255")
ABSENT = Obis.parse("1.0.99.99.0.255")
LISTS = Conformance.GET | Conformance.MULTIPLE_REFERENCES

METER = SimulatedMeter(
    objects=(
        SimulatedObject(3, VOLTAGE, {2: Data.of(DataType.LONG_UNSIGNED, 23012), 3: SCALE}),
        SimulatedObject(4, PEAK, {2: Data.of(DataType.LONG_UNSIGNED, 500), 3: SCALE}),
        SimulatedObject(5, DEMAND, {2: Data.of(DataType.LONG_UNSIGNED, 700), 4: SCALE}),
        SimulatedObject(1, SERIAL, {2: Data.of(DataType.OCTET_STRING, b"REF-1")}),
        SimulatedObject(3, UNSCALED, {2: Data.of(DataType.LONG_UNSIGNED, 1)}),
    )
)


def answer(request: Apdu) -> Apdu:
    match request:
        case GetRequestNormal(invoke_id, attribute):
            return GetResponseNormal(invoke_id, METER.read(attribute, NOW))
        case GetRequestWithList(invoke_id, attributes):
            return GetResponseWithList(invoke_id, [METER.read(item, NOW) for item in attributes])
    raise TypeError(request)


def fails_on_lists(request: Apdu) -> Apdu | ServiceError:
    return ServiceError("no") if isinstance(request, GetRequestWithList) else answer(request)


def denies_lists(request: Apdu) -> Apdu:
    if isinstance(request, GetRequestWithList):
        return GetResponseNormal(request.invoke_id, DataAccessResult.OTHER_REASON)
    return answer(request)


@pytest.mark.parametrize("conformance", [Conformance.GET, LISTS])
def test_the_class_is_found_for_each_kind_of_object(conformance: Conformance) -> None:
    results = perform(
        read_many([VOLTAGE, PEAK, DEMAND, SERIAL], Notebook(conformance)), answer
    ).result
    assert results[VOLTAGE].value == Quantity(23012, -2, Unit.VOLT)
    assert results[VOLTAGE].value.value == Decimal("230.12")
    assert results[PEAK].value == Quantity(500, -2, Unit.VOLT)
    assert results[DEMAND].value == Quantity(700, -2, Unit.VOLT)
    assert results[SERIAL].value == b"REF-1"


def test_with_lists_value_and_scaler_are_one_round_trip_and_so_is_the_second_read() -> None:
    notebook = Notebook(LISTS)
    first = perform(read_many([VOLTAGE], notebook), answer)
    second = perform(read_many([VOLTAGE], notebook), answer)
    assert [type(request) for request in first.requests] == [GetRequestWithList]
    assert [type(request) for request in second.requests] == [GetRequestNormal]
    assert first.result == second.result


def test_without_lists_a_second_read_is_one_round_trip() -> None:
    notebook = Notebook(Conformance.GET)
    assert len(perform(read_many([VOLTAGE], notebook), answer).requests) == 2
    assert len(perform(read_many([VOLTAGE], notebook), answer).requests) == 1


def test_a_remembered_class_is_asked_at_once() -> None:
    notebook = Notebook(Conformance.GET)
    perform(read_many([SERIAL], notebook), answer)
    assert len(perform(read_many([SERIAL], notebook), answer).requests) == 1


@pytest.mark.parametrize("conformance", [Conformance.GET, LISTS])
def test_x05_a_partial_failure_is_a_value(conformance: Conformance) -> None:
    results = perform(read_many([ABSENT, VOLTAGE], Notebook(conformance)), answer).result
    assert list(results) == [ABSENT, VOLTAGE]
    assert not results[ABSENT].ok
    assert results[ABSENT].error.result is DataAccessResult.OBJECT_UNDEFINED
    assert results[VOLTAGE].ok


@pytest.mark.parametrize("conformance", [Conformance.GET, LISTS])
def test_a_reading_that_cannot_be_scaled_is_an_error(conformance: Conformance) -> None:
    result = perform(read_many([UNSCALED], Notebook(conformance)), answer).result[UNSCALED]
    assert isinstance(result.error, ServiceError)
    assert result.value is None


@pytest.mark.parametrize("answering", [fails_on_lists, denies_lists])
def test_x06_a_meter_that_fails_on_lists_is_asked_one_by_one_from_then_on(
    answering: Answering,
) -> None:
    notebook = Notebook(LISTS)
    first = perform(read_many([VOLTAGE, SERIAL], notebook), answering)
    assert all(result.ok for result in first.result.values())
    second = perform(read_many([VOLTAGE, SERIAL], notebook), answering)
    assert [type(request) for request in second.requests] == [GetRequestNormal] * 2


def test_x06_lists_respect_the_pdu_and_the_limit_of_the_device() -> None:
    assert Notebook(LISTS).list_limit == 100
    assert Notebook(LISTS, max_pdu=128).list_limit == 12
    assert Notebook(LISTS, max_pdu=5).list_limit == 1
    assert Notebook(LISTS, quirks=Quirks(with_list_limit=3)).list_limit == 3
    assert Notebook(LISTS, quirks=Quirks(no_with_list=True)).list_limit == 1
    notebook = Notebook(LISTS, quirks=Quirks(with_list_limit=2))
    references = [AttributeReference(3, VOLTAGE, 2)] * 5
    assert len(perform(read_attributes(references, notebook), answer).requests) == 3


def test_a_known_object_is_read_by_one_request_and_an_unknown_one_is_found() -> None:
    notebook = Notebook(Conformance.GET)
    first = perform(read_one(VOLTAGE, notebook), answer)
    second = perform(read_one(VOLTAGE, notebook), answer)
    assert first.result == second.result == Quantity(23012, -2, Unit.VOLT)
    assert (len(first.requests), len(second.requests)) == (2, 1)


def test_an_object_that_is_not_there_is_an_error_however_often_it_is_asked_for() -> None:
    notebook = Notebook(Conformance.GET)
    for _ in range(2):
        with pytest.raises(ServiceError) as caught:
            perform(read_one(Obis.parse("1.0.99.99.9.255"), notebook), answer)
        assert caught.value.target == "1.0.99.99.9.255"
    assert not notebook.objects


def test_a_single_attribute_is_data_or_an_error_with_its_target() -> None:
    assert perform(read_attribute(AttributeReference(3, VOLTAGE, 2)), answer).result.plain == 23012
    with pytest.raises(ServiceError) as caught:
        perform(read_attribute(AttributeReference(3, VOLTAGE, 9)), answer)
    assert caught.value.target == str(VOLTAGE)
    with pytest.raises(ServiceError) as caught:
        perform(read_attribute(AttributeReference(3, VOLTAGE, 2)), lambda _: ServiceError("no"))
    assert caught.value.target == str(VOLTAGE)


def test_answers_of_another_kind_are_a_breach_of_the_protocol() -> None:
    listed = GetResponseWithList(ANY_ID, [])
    with pytest.raises(ProtocolError):
        perform(read_attribute(AttributeReference(3, VOLTAGE, 2)), lambda _: listed)
    with pytest.raises(ProtocolError, match="2 references were answered with 0"):
        perform(read_many([VOLTAGE], Notebook(LISTS)), lambda _: listed)
    one = GetResponseNormal(ANY_ID, Data.of(DataType.UNSIGNED, 1))
    with pytest.raises(ProtocolError):
        perform(read_many([VOLTAGE], Notebook(LISTS)), lambda _: one)


def test_a_scaler_that_is_none_is_an_error_of_that_reading() -> None:
    def odd(request: Apdu) -> Apdu:
        assert isinstance(request, GetRequestNormal)
        return GetResponseNormal(request.invoke_id, Data.of(DataType.UNSIGNED, 1))

    result = perform(read_many([VOLTAGE], Notebook(Conformance.GET)), odd).result[VOLTAGE]
    assert isinstance(result.error, DecodeError)
