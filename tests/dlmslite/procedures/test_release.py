"""A release is polite, and not insisted upon."""

from __future__ import annotations

from rig.performing import perform

from dlmslite.apdu.rlre import Rlre
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.errors import ServiceError
from dlmslite.procedures.release import release


def test_p16_a_meter_that_knows_it_agrees() -> None:
    performance = perform(release(), lambda _: Rlre())
    assert performance.result is True
    assert isinstance(performance.requests[0], Rlrq)


def test_p16_a_meter_without_release_is_left_all_the_same() -> None:
    assert perform(release(), lambda _: ServiceError("unknown")).result is False
