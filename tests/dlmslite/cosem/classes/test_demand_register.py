from __future__ import annotations

from rig.interface_classes import check

from dlmslite.cosem.base import find_class
from dlmslite.cosem.classes.demand_register import DemandRegister
from dlmslite.values.times import CosemDateTime


def test_the_class() -> None:
    check(DemandRegister, attributes=9, methods=2)


def test_both_averages_share_one_scale() -> None:
    register = find_class(5)
    assert register.attribute("current_average_value").scaled_by == 4
    assert register.attribute("last_average_value").scaled_by == 4


def test_times_and_period_of_the_average() -> None:
    register = find_class(5)
    start = CosemDateTime(2026, 3, 1, None, 12, 0, 0, 0, 0)
    assert register.interpret("start_time_current", start.encode()) == start
    assert register.interpret("capture_time", None) is None
    assert register.interpret("period", 900) == 900
