from __future__ import annotations

from rig.interface_classes import check

from dlmslite.cosem.base import find_class
from dlmslite.cosem.classes.extended_register import ExtendedRegister
from dlmslite.values.kinds import BitString
from dlmslite.values.times import CosemDateTime

NOON = CosemDateTime(2026, 3, 1, None, 12, 0, 0, 0, 300)


def test_the_class() -> None:
    check(ExtendedRegister, attributes=5, methods=1)


def test_d07_the_capture_time_is_a_date_time_in_either_form_or_none() -> None:
    register = find_class(4)
    assert register.interpret("capture_time", NOON) == NOON
    assert register.interpret("capture_time", NOON.encode()) == NOON
    assert register.interpret("capture_time", None) is None
    assert register.interpret("capture_time", b"") is None


def test_d23_the_status_stays_as_it_is() -> None:
    assert find_class(4).interpret("status", BitString("0101")) == BitString("0101")
