"""The object list is read from the current association."""

from __future__ import annotations

import datetime as dt

import pytest
from rig.performing import perform

from dlmslite.apdu.base import Apdu
from dlmslite.apdu.get import GetRequestNormal, GetResponseNormal
from dlmslite.codes import DataAccessResult
from dlmslite.errors import ServiceError
from dlmslite.procedures.discover import discover
from dlmslite.simulator.models.single_phase import ENERGY, single_phase

METER = single_phase()


def answer(request: Apdu) -> Apdu:
    assert isinstance(request, GetRequestNormal)
    value = METER.read(request.attribute, dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
    return GetResponseNormal(request.invoke_id, value)


def test_every_object_is_found_with_name_and_access() -> None:
    objects = {item.obis: item for item in perform(discover(), answer).result}
    assert objects[ENERGY].class_id == 3
    assert objects[ENERGY].access.can_read(2)
    assert objects[ENERGY].name


def test_a_meter_that_hides_its_list_is_an_error() -> None:
    def deny(request: Apdu) -> Apdu:
        assert isinstance(request, GetRequestNormal)
        return GetResponseNormal(request.invoke_id, DataAccessResult.READ_WRITE_DENIED)

    with pytest.raises(ServiceError, match="may not read it"):
        perform(discover(), deny)
