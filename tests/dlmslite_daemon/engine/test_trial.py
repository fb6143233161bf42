"""A trial saves nothing, goes through the guard, and leaves the line as it found it."""

from __future__ import annotations

from typing import Any

import pytest
from rig.engine import CURRENT, VOLTAGE, Bench, settings_of

import dlmslite
from dlmslite.codes import AcseUserDiagnostic, DataAccessResult
from dlmslite_daemon.engine.opening import REST
from dlmslite_daemon.engine.trial import Trial, TrialValue, Visit
from dlmslite_daemon.meters.line import Line


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.add("kitchen", password="env:PW")
    return bench


def tried(bench: Bench, **more: Any) -> Trial:
    settings = settings_of("kitchen", password="env:PW", **more)
    line = Line(settings.endpoint, bench.clock)
    return Visit(settings, lambda on: bench.entrance(settings, on), bench.shared).run(line)


def test_it_reads_every_series_once_and_leaves(bench: Bench) -> None:
    trial = tried(bench)
    assert trial.ok
    assert trial.association
    assert trial.values == (
        TrialValue("voltage", VOLTAGE, "229.90", "V"),
        TrialValue("current", CURRENT, "1.329", "A"),
    )
    assert bench.meters["kitchen"].open_now == 0
    assert bench.store.last_number() == 0


def test_without_series_it_tells_what_the_meter_has(bench: Bench) -> None:
    bench.meters["kitchen"].listed = {3: [VOLTAGE]}
    trial = tried(bench, series=())
    assert trial.ok
    assert [(offer.obis, offer.class_id) for offer in trial.offers] == [(VOLTAGE, 3)]


def test_a_value_that_does_not_come_is_named(bench: Bench) -> None:
    bench.meters["kitchen"].values[VOLTAGE] = dlmslite.ServiceError(
        "denied", result=DataAccessResult.READ_WRITE_DENIED
    )
    bench.meters["kitchen"].values[CURRENT] = [1, 2]
    trial = tried(bench)
    assert not trial.ok
    assert trial.fault is None
    assert ["denied" in trial.values[0].error, "list" in trial.values[1].error] == [True, True]
    assert not any(value.ok for value in trial.values)
    assert [value.code for value in trial.values] == ["E-OBJECT-REFUSED", "E-VALUE"]
    bench.meters["kitchen"].values[VOLTAGE] = dlmslite.ServiceError(
        "object-undefined", result=DataAccessResult.OBJECT_UNDEFINED
    )
    assert tried(bench).values[0].code == "E-OBJECT-UNDEFINED"


def test_a_refusal_counts_in_the_guard_and_is_explained(bench: Bench) -> None:
    diagnostic = AcseUserDiagnostic.AUTHENTICATION_FAILURE
    refusal = dlmslite.AssociationRejected("no", diagnostic=diagnostic)
    bench.meters["kitchen"].refuse = [refusal, refusal, refusal]
    codes = [trial.fault.code for _ in range(3) if (trial := tried(bench)).fault is not None]
    assert codes == ["E-METER-CREDENTIALS", "E-METER-CREDENTIALS", "E-METER-GUARD"]
    assert bench.meters["kitchen"].calls == ["connect", "connect"]


def test_a_session_that_breaks_is_a_fault(bench: Bench) -> None:
    bench.meters["kitchen"].break_reads.append(dlmslite.DeadlineExceeded("no answer"))
    trial = tried(bench)
    assert trial.fault is not None
    assert trial.fault.code == "E-METER-SILENT"
    assert bench.meters["kitchen"].open_now == 0


def test_the_endpoint_rests_before_it_is_connected_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of("kitchen")
    line = Line(settings.endpoint, bench.clock)
    line.left_at = bench.clock.monotonic() - 0.5
    rests: list[float] = []
    monkeypatch.setattr(bench.clock, "wait", lambda _event, seconds: rests.append(seconds))
    visit = Visit(settings, lambda on: bench.entrance(settings, on), bench.shared)
    assert visit.run(line).ok
    assert rests == [pytest.approx(REST - 0.5)]


def test_it_can_be_broken_off(bench: Bench) -> None:
    settings = settings_of("kitchen")
    line = Line(settings.endpoint, bench.clock)
    line.left_at = bench.clock.monotonic()
    visit = Visit(settings, lambda on: bench.entrance(settings, on), bench.shared)
    bench.meters["kitchen"].before_read = visit.abort
    visit.abort()  # before it began: the rest is cut short too
    visit.run(line)
    assert visit._reader is not None
    assert visit._broken_off.is_set()
