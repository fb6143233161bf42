"""The sink's rungs: which trial and which live connection mean which cause."""

from __future__ import annotations

import pytest

from dlmslite_daemon.causes import RUNGS, Cause
from dlmslite_daemon.finding import Step
from dlmslite_daemon.sinks.ladder import TAKEOVER_RECENT_MS, Live, rungs_of
from dlmslite_daemon.sinks.probe import NO_SUBSCRIBER, SinkTrial

GOOD = SinkTrial(ok=True, seconds=0.1, protocol="5", acknowledged=True)
STANDING = Live(connected=True)
TAKEN = Live("E-SINK-TAKEN-OVER", "another client uses the client id", 5_000)


@pytest.mark.parametrize(
    ("trial", "live", "rung", "cause"),
    [
        (SinkTrial(code="E-SINK-UNREACHABLE"), STANDING, "broker", Cause.BROKER_DOWN),
        (SinkTrial(code="E-SINK-TLS"), STANDING, "broker", Cause.BROKER_DOWN),
        (SinkTrial(code="E-SINK-LOST"), STANDING, "broker", Cause.BROKER_DOWN),
        (SinkTrial(code="E-SINK-REFUSED"), STANDING, "broker", Cause.BAD_TOKEN),
        (SinkTrial(protocol="5", code="E-SINK-SILENT"), STANDING, "puback", Cause.BROKER_DOWN),
        (
            SinkTrial(protocol="5", code="E-SINK-MESSAGE-REFUSED", message="not authorized"),
            STANDING, "puback", Cause.SINK_REFUSES,
        ),
        (
            SinkTrial(ok=True, protocol="5", acknowledged=True, warning=NO_SUBSCRIBER),
            STANDING, "puback", Cause.SINK_NO_SUBSCRIBER,
        ),
        (GOOD, TAKEN, "takeover", Cause.DUPLICATE_CLIENT),
    ],
)  # fmt: skip
def test_each_trial_has_its_cause(trial: SinkTrial, live: Live, rung: str, cause: Cause) -> None:
    climbed = rungs_of("tb", trial, live)
    deciding = next(one for one in climbed if one.cause is not None)

    assert (deciding.name, deciding.cause) == (rung, cause)
    assert cause in RUNGS[rung].proves
    assert deciding.step is Step.NOTED or climbed[-1] is deciding
    assert all(one.sink == "tb" for one in climbed)


def test_a_sound_sink_passes_all() -> None:
    assert [rung.step for rung in rungs_of("tb", GOOD, STANDING)] == [Step.PASSED] * 3


@pytest.mark.parametrize(
    ("live", "step"),
    [
        (Live("E-SINK-TAKEN-OVER", "", TAKEOVER_RECENT_MS + 1, connected=True), Step.PASSED),
        (Live(), Step.SKIPPED),
        (Live("E-SINK-LOST", "", 5_000, connected=True), Step.PASSED),
    ],
)
def test_an_old_take_over_is_over(live: Live, step: Step) -> None:
    assert rungs_of("tb", GOOD, live)[-1].step is step


def test_a_sink_without_a_broker_is_there() -> None:
    assert rungs_of("file", SinkTrial(ok=True, acknowledged=True), Live())[0].step is Step.PASSED
