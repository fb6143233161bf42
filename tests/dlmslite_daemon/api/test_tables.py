"""Trials of a sheet: lines side by side, meters of a line one after another, faults by row."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest
from attrs import Factory, define

from dlmslite_daemon.api.tables import applied, tried
from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.engine.control import Control
from dlmslite_daemon.engine.health import Fault as Trouble
from dlmslite_daemon.engine.trial import Trial, TrialValue
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.importers.base import Fault, ImportRefused, Sheet

SILENT = Trial(ok=False, seconds=1.0, fault=Trouble("E-METER-SILENT", "nothing heard"))
PART = Trial(ok=False, seconds=1.0, values=(TrialValue("v", "1.1.1.7.0.255", error="undefined"),))


@define
class Lines:
    """A control whose meters answer as told; two lines must be on trial at one time."""

    answers: dict[str, Trial | BridgeError] = Factory(dict)
    both: threading.Barrier = Factory(lambda: threading.Barrier(2, timeout=5))
    busy: set[str] = Factory(set)

    def try_meter(self, settings: MeterSettings, seconds: float) -> Trial:
        assert seconds > 0
        assert settings.endpoint not in self.busy
        self.busy.add(settings.endpoint)
        if settings.name in {"a", "c"}:
            self.both.wait()
        self.busy.remove(settings.endpoint)
        answer = self.answers.get(settings.name, Trial(ok=True, seconds=0.1))
        if isinstance(answer, BridgeError):
            raise answer
        return answer


def sheet() -> Sheet:
    """Rows 2 to 4: a and b on one line, c on another; row 5 is no meter."""
    urls = {"a": "tcp://h:1", "b": "tcp://h:1", "c": "tcp://h:2"}
    meters = [(row, MeterSettings(name, url)) for row, (name, url) in enumerate(urls.items(), 2)]
    return Sheet(tuple(meters), (Fault(5, "url", "it is missing"),), 4)


def names(found: Sheet) -> list[str]:
    return [settings.name for _, settings in found.meters]


def test_lines_are_tried_side_by_side_and_a_line_by_one_at_a_time() -> None:
    told: list[str] = []
    found = tried(sheet(), cast("Control", Lines()), partial=False, tell=told.append)
    assert found == sheet()
    assert sorted(told) == [f"{n} of 3 meters tried" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("answer", "column", "message"),
    [
        (SILENT, "", "E-METER-SILENT: nothing heard"),
        (PART, "series", "it answers, but v: undefined"),
        (BridgeError("busy", code="E-LINE-BUSY"), "", "E-LINE-BUSY: busy"),
    ],
)
def test_a_meter_that_does_not_answer_is_a_fault_of_its_row(
    answer: Any, column: str, message: str
) -> None:
    control = cast("Control", Lines({"b": answer}))
    with pytest.raises(ImportRefused) as refused:
        tried(sheet(), control, partial=False)
    assert refused.value.faults == (Fault(3, column, message), Fault(5, "url", "it is missing"))
    found = tried(sheet(), cast("Control", Lines({"b": answer})), partial=True)
    assert (names(found), len(found.faults)) == (["a", "c"], 2)


def test_when_none_answers_nothing_is_left_to_apply() -> None:
    control = cast("Control", Lines(dict.fromkeys("abc", SILENT)))
    with pytest.raises(ImportRefused):
        tried(sheet(), control, partial=True)


def test_a_dry_run_adds_nothing() -> None:
    added: list[str] = []
    for dry in (True, False):
        result = applied(sheet(), lambda meter: added.append(meter.name), dry_run=dry)
        assert (result["applied"], result["meters"], result["rows"]) == (
            not dry,
            ["a", "b", "c"],
            4,
        )
    assert added == ["a", "b", "c"]
