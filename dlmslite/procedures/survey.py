"""Reads what an unknown meter is, in one association, without writing anything.

The small questions come first, so that a line that carries no long frames still tells who the meter
is. Each part is announced before it is asked for, so that whoever runs it can take the time and say
what is going on; a part that the meter refuses is told as such, and the next one follows.

``survey`` emits ``Asking``, then ``Found`` or ``Missing``; ``take_blocks`` proves the block
transfer. Classes 1, 7, 8 and 15 of IEC 62056-6-2; names of IEC 62056-6-1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from attrs import evolve

from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.get import GetRequestNormal, GetRequestWithList, GetResponseWithList
from dlmslite.cosem.base import find_class
from dlmslite.cosem.classes.clock import drift
from dlmslite.cosem.object_list import CosemObject
from dlmslite.errors import ConfigurationError, DecodeError, ServiceError
from dlmslite.procedures.base import Ask, AskBlocks, Block, Emit, More, Procedure
from dlmslite.procedures.discover import (
    ASSOCIATION_LN,
    CURRENT_ASSOCIATION,
    OBJECT_LIST,
    discover,
)
from dlmslite.procedures.load_profile import CAPTURE_OBJECTS, CAPTURE_PERIOD, PROFILE_GENERIC
from dlmslite.procedures.probe_report import (
    ClockFinding,
    ListFinding,
    ProfileFinding,
    Reading,
)
from dlmslite.procedures.read import (
    ANY_ID,
    VALUE_CLASSES,
    Notebook,
    read_attribute,
    read_attributes,
    read_many,
)
from dlmslite.quirks import STANDARD
from dlmslite.records import frozen
from dlmslite.values.data import Data
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.times import CosemDateTime

DATA = 1
CLOCK = AttributeReference(8, Obis.parse("0.0.1.0.0.255"), 2)
DEVICE_NAME = AttributeReference(DATA, Obis.parse("0.0.42.0.0.255"), 2)
IDENTITY = {
    "logical_device_name": (DEVICE_NAME.obis,),
    "serial_number": (Obis.parse("0.0.96.1.0.255"), Obis.parse("1.0.0.0.0.255")),
    "firmware_version": (Obis.parse("1.0.0.2.0.255"), Obis.parse("0.0.0.2.0.255")),
}
"""What says who a meter is, and where it may stand: the first that answers."""

SHORT_LIST = 2  # references in the list that shows whether lists work at all
LIST_MAX = 20  # references in the longest list that is tried; more is what one poll never needs
PROFILES_MAX = 4  # profiles whose columns are read; a meter has a few, an event log each
READINGS_MAX = 5  # values that are read as a sample
LOAD_PROFILE_GROUPS = (1, 99)  # groups A and C of a load profile of electricity
WANTED = (
    "active_energy_import",
    "active_power_import",
    "voltage_l1",
    "current_l1",
    "frequency",
    "active_energy_export",
    "active_power_net",
    "voltage_l2",
    "voltage_l3",
)
"""What is read as a sample where the meter has it, by the usual names, in this order."""

NEAR = dt.timedelta(minutes=5)  # a clock that is kept at all is not further off
FAR = dt.timedelta(minutes=29)  # less than this is no mistake of a zone


@frozen
class Asking:
    """A part is about to be asked for."""

    part: str


@frozen
class Found:
    """A part was answered.

    Attributes:
        part: A field of ``Survey``; ``long_lists`` is the better ``lists``.
        value: What it is.
    """

    part: str
    value: Any


@frozen
class Missing:
    """A part was refused, or answered with what cannot be read.

    Attributes:
        part: A field of ``Survey``.
        reason: In words.
    """

    part: str
    reason: str


def survey(notebook: Notebook, longest_list: int = LIST_MAX) -> Procedure[None]:
    """Emit everything that one association tells of its meter.

    Args:
        notebook: What was agreed; it learns whether lists work.
        longest_list: References in the longest list that is tried; 1 tries none.

    Raises:
        DlmsError: The link or the association failed.
    """
    yield from _part("identity", _identity(notebook))
    yield from _part("clock", _clock())
    lists = yield from _part("lists", _lists(notebook, longest_list))
    if lists is not None and lists.longest and longest_list > SHORT_LIST:
        yield from _part("long_lists", _long_lists(notebook, longest_list))
    objects = yield from _part("objects", discover())
    yield from _part("profiles", _profiles(objects or (), notebook))
    yield from _part("readings", _readings(objects or (), notebook))


def take_blocks() -> Procedure[int]:
    """Take the first blocks of the object list and leave the rest; how many came.

    One means that the list came whole, which proves nothing of blocks.

    Raises:
        ServiceError: The meter refused the list or the next block.
    """
    reference = AttributeReference(ASSOCIATION_LN, CURRENT_ASSOCIATION, OBJECT_LIST)
    block: Block = yield AskBlocks(GetRequestNormal(ANY_ID, reference))
    if block.last:
        return 1
    yield More()
    return 2


def _part(name: str, procedure: Procedure[Any]) -> Procedure[Any]:
    yield Emit(Asking(name))
    try:
        value = yield from procedure
    except (ServiceError, DecodeError) as error:
        yield Emit(Missing(name, str(error)))
        return None
    yield Emit(Found(name, value))
    return value


def _identity(notebook: Notebook) -> Procedure[dict[str, str]]:
    names = [obis for places in IDENTITY.values() for obis in places]
    # One at a time: whether lists work is not known yet.
    alone = evolve(notebook, quirks=evolve(STANDARD, no_with_list=True))
    answers = yield from read_attributes([AttributeReference(DATA, o, 2) for o in names], alone)
    told = {
        obis: _text(answer.plain)
        for obis, answer in zip(names, answers, strict=True)
        if isinstance(answer, Data)
    }
    found = {
        name: next((told[obis] for obis in places if told.get(obis)), "")
        for name, places in IDENTITY.items()
    }
    return {name: text for name, text in found.items() if text}


def _clock() -> Procedure[CosemDateTime]:
    answer = yield from read_attribute(CLOCK)
    return CosemDateTime.parse(answer.plain)


def _lists(notebook: Notebook, longest: int) -> Procedure[ListFinding]:
    """Whether several references go into one request, by the shortest list there is."""
    offered = Conformance.MULTIPLE_REFERENCES in notebook.conformance
    works = offered and longest >= SHORT_LIST and (yield from _takes_list(SHORT_LIST))
    notebook.with_list = works
    return ListFinding(offered, SHORT_LIST if works else 0)


def _long_lists(notebook: Notebook, longest: int) -> Procedure[ListFinding]:
    """How long a list may be; each refusal halves it."""
    most = count = min(longest, notebook.list_limit)
    while count > SHORT_LIST and not (yield from _takes_list(count)):
        count = max(count // 2, SHORT_LIST)
    if count < most:
        notebook.quirks = evolve(notebook.quirks, with_list_limit=count)
    return ListFinding(offered=True, longest=count, limited=count < most)


def _takes_list(count: int) -> Procedure[bool]:
    references = tuple(CLOCK if number % 2 else DEVICE_NAME for number in range(count))
    try:
        answer = yield Ask(GetRequestWithList(ANY_ID, references))
    except ServiceError:
        return False
    return isinstance(answer, GetResponseWithList) and len(answer.results) == count


def _profiles(
    objects: Sequence[CosemObject], notebook: Notebook
) -> Procedure[tuple[ProfileFinding, ...]]:
    kind = find_class(PROFILE_GENERIC)
    policy = TimePolicy()
    profiles = [item.obis for item in objects if item.class_id == PROFILE_GENERIC]
    profiles.sort(key=lambda obis: (obis.octets[0], obis.octets[2]) != LOAD_PROFILE_GROUPS)
    findings = []
    for obis in profiles[:PROFILES_MAX]:
        answers = yield from read_attributes(
            [
                AttributeReference(PROFILE_GENERIC, obis, number)
                for number in (CAPTURE_OBJECTS, CAPTURE_PERIOD)
            ],
            notebook,
        )
        captured, period = answers
        if not isinstance(captured, Data) or not isinstance(period, Data):
            continue
        columns = kind.interpret(CAPTURE_OBJECTS, captured.plain, policy)
        seconds = kind.interpret(CAPTURE_PERIOD, period.plain, policy)
        findings.append(ProfileFinding(obis, tuple(column.obis for column in columns), seconds))
    return tuple(findings)


def _readings(objects: Sequence[CosemObject], notebook: Notebook) -> Procedure[tuple[Reading, ...]]:
    """The values that anybody would read first, as a sample."""
    known = {
        item.name: item
        for item in reversed(objects)  # so that the first of a name wins
        if item.class_id in VALUE_CLASSES and item.name
    }
    chosen = [known[name] for name in WANTED if name in known][:READINGS_MAX]
    results = yield from read_many([item.obis for item in chosen], notebook)
    return tuple(
        Reading(item.name, item.obis, item.class_id, results[item.obis].value)
        for item in chosen
        if results[item.obis].ok
    )


def judge_clock(
    shown: CosemDateTime, before: dt.datetime, after: dt.datetime, zone: dt.tzinfo | None
) -> ClockFinding:
    """What a clock says beside ours, read with the standard's sign and with the other one.

    Args:
        shown: What the meter wrote.
        before: Our time when it was asked, aware.
        after: Our time when it had answered.
        zone: Of the meter's clock, for one that tells no deviation.
    """
    ahead = _ahead(shown, before, after, TimePolicy(zone))
    if ahead is None or not shown.deviation or abs(ahead) < FAR:
        return ClockFinding(str(shown), ahead)
    inverted = _ahead(shown, before, after, TimePolicy(zone, inverted_deviation=True))
    if inverted is not None and abs(inverted) < NEAR:
        return ClockFinding(str(shown), inverted, inverted_deviation=True)
    return ClockFinding(str(shown), ahead)


def _ahead(
    shown: CosemDateTime, before: dt.datetime, after: dt.datetime, policy: TimePolicy
) -> dt.timedelta | None:
    try:
        return drift(policy.aware(shown), before, after)
    except (ConfigurationError, DecodeError):
        return None


def _text(plain: Any) -> str:
    """An identification as text: octets as ASCII where they are, else in hexadecimal."""
    if isinstance(plain, bytes):
        bare = plain.rstrip(b"\x00 ")
        printable = bare and all(32 <= octet < 127 for octet in bare)
        return bare.decode("ascii") if printable else plain.hex()
    return "" if plain is None else str(plain).strip()
