"""What is open, what is done, and by what it was shown."""

from __future__ import annotations

from rig.counted import T1
from rig.patients import found, patient

from dlmslite_daemon.causes import Cause
from dlmslite_daemon.reports.actions import actions_of


def test_a_puback_closes_what_kept_it_from_being_delivered() -> None:
    broker = found("broker", Cause.BROKER_DOWN, sink="tb")
    (action,) = actions_of(patient(broker, read_ms=T1))
    assert (action.id, action.closed_by) == ("broker-down/tb", "")
    assert action.verify == "dlmslite-bridge sink test tb"
    assert actions_of(patient(broker, delivered_ms=T1))[0].closed_by


def test_a_later_diagnosis_closes_what_it_climbed_past() -> None:
    noise = found("link", Cause.LINE_NOISE, ago=600)
    climbed = found("register", None, ago=60, kind="test", before=("connect", "association"))
    assert actions_of(patient(climbed, noise))[0].closed_by == (
        "association passed at 2023-11-14 22:12:20Z"
    )
    # What was not climbed is not disproved: a quick test says nothing of loss, nor of drift.
    for rung, cause in (("reads", Cause.RANDOM_LOSS), ("clock", Cause.CLOCK_DRIFT)):
        slow = found(rung, cause, ago=600)
        assert actions_of(patient(climbed, slow))[0].closed_by == ""
        again = found(rung, None, ago=30)
        assert actions_of(patient(again, climbed, slow))[0].closed_by
    # Nor does what failed: the same rung, for another reason.
    other = found("link", Cause.METER_SILENT, ago=60)
    assert [one.closed_by for one in actions_of(patient(other, noise))] == ["", ""]
