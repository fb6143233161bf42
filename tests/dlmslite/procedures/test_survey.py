"""What one association tells: each part is announced, and a refusal of one is not the end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from rig.performing import perform

from dlmslite.apdu.base import Apdu
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.get import (
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithList,
)
from dlmslite.codes import DataAccessResult
from dlmslite.errors import ServiceError
from dlmslite.procedures.probe_report import ListFinding
from dlmslite.procedures.read import Notebook
from dlmslite.procedures.survey import (
    LIST_MAX,
    Asking,
    Found,
    Missing,
    judge_clock,
    survey,
    take_blocks,
)
from dlmslite.simulator.meter import SimulatedMeter, SimulatedObject
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.times import CosemDateTime

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
LISTS = Conformance.GET | Conformance.MULTIPLE_REFERENCES
PARTS = ["identity", "clock", "lists", "objects", "profiles", "readings"]


def performed(
    meter: SimulatedMeter, conformance: Conformance = Conformance.GET, longest: int = 99
) -> tuple[list[str], dict[str, Any], dict[str, str]]:
    """The parts asked, what was found, what was missing."""

    def answer(request: Apdu) -> Apdu | ServiceError:
        match request:
            case GetRequestNormal(invoke_id, attribute):
                return GetResponseNormal(invoke_id, meter.read(attribute, NOW))
            case GetRequestWithList(invoke_id, attributes) if len(attributes) <= longest:
                return GetResponseWithList(invoke_id, [meter.read(a, NOW) for a in attributes])
        return ServiceError("no")

    emitted = perform(survey(Notebook(conformance)), answer).emitted
    return (
        [step.part for step in emitted if isinstance(step, Asking)],
        {step.part: step.value for step in emitted if isinstance(step, Found)},
        {step.part: step.reason for step in emitted if isinstance(step, Missing)},
    )


def test_every_part_is_announced_and_found() -> None:
    asked, found, missing = performed(single_phase(days=1))

    assert asked == PARTS
    assert list(found) == PARTS
    assert missing == {}
    assert found["lists"] == ListFinding(offered=False)


def test_a_meter_that_has_nothing_says_so_part_by_part() -> None:
    asked, found, missing = performed(SimulatedMeter(objects=()))

    assert asked == PARTS
    assert found["identity"] == {}
    assert list(missing) == ["clock"]
    assert found["readings"] == ()


@pytest.mark.parametrize(
    ("longest", "finding"),
    [
        (1, ListFinding(offered=True)),
        (2, ListFinding(offered=True, longest=2, limited=True)),
        (7, ListFinding(offered=True, longest=5, limited=True)),
        (LIST_MAX, ListFinding(offered=True, longest=LIST_MAX)),
    ],
)
def test_the_longest_list_is_found_by_halves(longest: int, finding: ListFinding) -> None:
    _, found, _ = performed(single_phase(days=1), LISTS, longest)

    assert found.get("long_lists", found["lists"]) == finding
    assert len(found["readings"]) == 5


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"MS-7\x00\x00", "MS-7"), (b"\x01\x02", "0102"), (b"", "")],
)
def test_an_identification_is_text_where_it_is_printable(octets: bytes, text: str) -> None:
    serial = Obis.parse("1.0.0.0.0.255")
    value = Data.of(DataType.OCTET_STRING, octets)
    meter = SimulatedMeter(objects=(SimulatedObject(1, serial, {2: value}),))

    assert performed(meter)[1]["identity"].get("serial_number", "") == text


def test_two_blocks_prove_the_block_transfer_and_a_short_list_does_not() -> None:
    meter = single_phase(days=1)

    def answer(request: Apdu) -> Apdu:
        assert isinstance(request, GetRequestNormal)
        return GetResponseNormal(request.invoke_id, meter.read(request.attribute, NOW))

    assert perform(take_blocks(), answer, block=100).result == 2
    assert perform(take_blocks(), answer, block=10_000).result == 1


def test_a_refused_list_leaves_take_blocks() -> None:
    def refuse(request: Apdu) -> Apdu:
        assert isinstance(request, GetRequestNormal)
        return GetResponseNormal(request.invoke_id, DataAccessResult.READ_WRITE_DENIED)

    with pytest.raises(ServiceError):
        perform(take_blocks(), refuse)


# ---------------------------------------------------------------- the clock


def shown(hour: int, deviation: int | None) -> CosemDateTime:
    return CosemDateTime(2026, 3, 1, None, hour, 0, 0, 0, deviation, None)


@pytest.mark.parametrize(
    ("hour", "deviation", "ahead", "inverted"),
    [
        (7, 300, 0, False),  # Bogota by the standard
        (7, -300, 0, True),  # Bogota as ISO 8601 writes it
        (12, 0, 0, False),
        (14, 0, 7200, False),  # no sign explains it: the clock is wrong
        (9, 300, 7200, False),
    ],
)
def test_only_the_sign_that_explains_the_time_is_a_quirk(
    hour: int, deviation: int, ahead: int, *, inverted: bool
) -> None:
    finding = judge_clock(shown(hour, deviation), NOW, NOW, None)

    assert finding.inverted_deviation is inverted
    assert finding.ahead == dt.timedelta(seconds=ahead)


def test_a_clock_without_deviation_needs_a_zone() -> None:
    zone = dt.timezone(dt.timedelta(hours=-5))

    assert judge_clock(shown(7, None), NOW, NOW, None).ahead is None
    assert judge_clock(shown(7, None), NOW, NOW, zone).ahead == dt.timedelta(0)


def test_the_meter_is_taken_to_have_looked_halfway() -> None:
    finding = judge_clock(shown(12, 0), NOW, NOW + dt.timedelta(seconds=4), None)

    assert finding.ahead == dt.timedelta(seconds=-2)
