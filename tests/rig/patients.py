"""Meters with findings, for tests of the action plan."""

from __future__ import annotations

from typing import Any

from rig.counted import T1, a_meter, facts

from dlmslite_daemon.causes import Cause
from dlmslite_daemon.finding import Finding, Rung, Step, conclude
from dlmslite_daemon.reports.actions import Patient
from dlmslite_daemon.reports.judgement import judge_meter

COMMISSIONED = conclude("kitchen", "commission", T1 - 9_000_000, (), 60.0)


def found(
    rung: str,
    cause: Cause | None,
    ago: int = 600,
    meter: str = "kitchen",
    sink: str = "",
    kind: str = "diagnose",
    before: tuple[str, ...] = (),
) -> Finding:
    """A finding of so many seconds ago: rungs that passed, then one that failed with a cause."""
    rungs = [Rung(name=name, step=Step.PASSED) for name in before]
    step = Step.PASSED if cause is None else Step.FAILED
    rungs.append(Rung(name=rung, step=step, told=f"told by {rung}", cause=cause, sink=sink))
    return conclude(meter, kind, T1 - ago * 1000, tuple(rungs), 1.0)


def patient(*findings: Finding, name: str = "kitchen", number: int = 1, **fields: Any) -> Patient:
    """A meter with findings, newest first; commissioned long ago, so that nothing is left to do."""
    read = {key: fields.pop(key) for key in ("read_ms", "delivered_ms") if key in fields}
    verdict = judge_meter(a_meter(name, number, **fields), facts())
    return Patient(verdict, (*findings, COMMISSIONED), **read)
