"""Findings: the first rung that fails decides, and nothing is claimed that no rung showed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.causes import LADDER, RUNGS, Cause, Confidence
from dlmslite_daemon.finding import Finding, Rung, Step, conclude

CONNECTED = Rung(name="connect", step=Step.PASSED, told="connected", seconds=0.012)
HELD = Rung(
    name="link",
    step=Step.FAILED,
    told="DM to the SNRM",
    seconds=0.25,
    octets_sent=9,
    octets_received=9,
    received="7ea0070321",
    cause=Cause.ASSOCIATION_HELD,
)
SLOW = Rung(name="register", step=Step.NOTED, told="4.2 s", cause=Cause.SLOW)


def finding_of(*rungs: Rung) -> Finding:
    return conclude("kitchen", "test", 1_000, rungs, 1.5)


def test_the_first_failing_rung_names_the_cause() -> None:
    finding = finding_of(CONNECTED, HELD)

    assert finding.cause is Cause.ASSOCIATION_HELD
    assert not finding.healthy
    assert finding.next_action == "dlmslite-bridge test kitchen"
    assert finding.evidence == (
        "link: DM to the SNRM (9 octets out, 9 in, 250 ms); received 7ea0070321",
    )


def test_what_has_passed_is_ruled_out_with_its_reason() -> None:
    finding = finding_of(CONNECTED, HELD)

    assert "refused: connected" in finding.ruled_out
    assert not any(line.startswith("association-held") for line in finding.ruled_out)
    assert not any(line.startswith("wrong-password") for line in finding.ruled_out)


def test_what_is_noted_counts_only_where_nothing_failed() -> None:
    assert finding_of(CONNECTED, SLOW).cause is Cause.SLOW
    broker = Rung(name="broker", step=Step.FAILED, cause=Cause.BROKER_DOWN, sink="tb")
    finding = finding_of(CONNECTED, SLOW, broker)

    assert finding.cause is Cause.BROKER_DOWN
    assert finding.next_action == "dlmslite-bridge sink test tb"
    assert finding.evidence[0].startswith("broker (tb)")


def test_all_passed_is_ok_and_a_failure_without_cause_is_unknown() -> None:
    assert finding_of(CONNECTED).healthy
    unknown = finding_of(Rung(name="link", step=Step.FAILED, told="odd"))

    assert unknown.cause is Cause.UNKNOWN
    assert "collect more evidence" in unknown.advice


STEPS = st.sampled_from(Step)
ANY_RUNG = st.builds(
    Rung,
    name=st.sampled_from([kind.name for kind in LADDER]),
    step=STEPS,
    told=st.text(max_size=8),
    seconds=st.floats(0, 300),
    octets_sent=st.integers(0, 10**6),
    received=st.binary(max_size=8).map(bytes.hex),
    cause=st.none() | st.sampled_from(Cause),
    confidence=st.sampled_from(Confidence),
)


@given(st.lists(ANY_RUNG, max_size=8))
def test_whatever_was_climbed_comes_back_from_the_store(rungs: list[Rung]) -> None:
    finding = finding_of(*rungs)

    assert Finding.restored(finding.text()) == finding
    assert json.loads(finding.text())["cause"] == finding.cause.value


@given(st.lists(ANY_RUNG, max_size=8))
def test_nothing_is_ruled_out_that_was_seen_or_that_no_rung_tried(rungs: list[Rung]) -> None:
    finding = finding_of(*rungs)
    names = {Cause(line.partition(":")[0]) for line in finding.ruled_out}
    passed = {rung.name for rung in rungs if rung.step in {Step.PASSED, Step.NOTED}}

    assert finding.cause not in names
    assert all(any(cause in RUNGS[name].rules_out for name in passed) for cause in names)


@pytest.mark.parametrize("step", [Step.SKIPPED, Step.PASSED])
def test_a_rung_that_does_not_fail_is_no_fault(step: Step) -> None:
    assert finding_of(Rung(name="host", step=step)).healthy
