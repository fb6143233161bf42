"""How a meter did: the old monitor's words and thresholds, on counters that are true.

::

    share of complete polls   >= 90 % HEALTHY · >= 50 % DEGRADED · > 0 CRITICAL · 0 DOWN
    issues in an hour         socket > 3 HIGH · HDLC > 5 HIGH · reads > 10 MEDIUM · MQTT > 2 MEDIUM
                              success 0 % CRITICAL

The old thresholds were absolute, so that a day was always critical; here they grow with the window.
A paused meter is as it should be. A meter of which nothing was due says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any

from attrs import field, frozen

from dlmslite_daemon.reports.base import ratio
from dlmslite_daemon.reports.facts import Facts, MeterFacts, SinkFacts
from dlmslite_daemon.store.records import Desired

MINUTES = 60  # the window that the thresholds are for


class Health(StrEnum):
    """How a meter did."""

    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    CRITICAL = "CRITICAL"
    DOWN = "DOWN"
    PAUSED = "PAUSED"
    UNKNOWN = "UNKNOWN"
    """Nothing was due."""


class Overall(IntEnum):
    """How all did; the number is the exit code of the old monitor."""

    HEALTHY = 0
    DEGRADED = 1
    CRITICAL = 2
    UNKNOWN = 3

    WARNING = 10
    """Well enough for a 0, and worth a look."""

    @property
    def exit_code(self) -> int:
        """What a script is told."""
        return 0 if self is Overall.WARNING else int(self)


@frozen
class Evidence:
    """What an issue rests on.

    Attributes:
        count: How often it was seen.
        threshold: How often it may be, in this window.
        first_ms: When it was first seen, ms UTC; None where only counters say so.
        last_ms: When last.
        sample: Octets of one of them, as hexadecimal text; empty without.
        by_kind: What the count is made of.
    """

    count: int
    threshold: Decimal
    first_ms: int | None = None
    last_ms: int | None = None
    sample: str = ""
    by_kind: Mapping[str, int] = field(factory=dict)


@frozen
class Issue:
    """Something that is not as it should be.

    Attributes:
        severity: CRITICAL, HIGH or MEDIUM.
        category: CONNECTION, NETWORK, PROTOCOL, DATA or MQTT.
        text: What it is, in one sentence.
        evidence: What it rests on.
        causes: Probable causes: of a diagnosis, never of a guess.
        actions: The next steps.
    """

    severity: str
    category: str
    text: str
    evidence: Evidence
    causes: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


@frozen
class Trouble:
    """What the journal of a meter says about one kind of trouble.

    Attributes:
        first_ms: When it was first seen in the window, ms UTC.
        last_ms: When last.
        sample: Octets of the last one that has any, as hexadecimal text.
    """

    first_ms: int | None = None
    last_ms: int | None = None
    sample: str = ""


@frozen
class MeterVerdict:
    """One meter's health.

    Attributes:
        meter: What was counted of it.
        health: How it did.
        issues: What is not as it should be.
    """

    meter: MeterFacts
    health: Health
    issues: tuple[Issue, ...] = ()

    @property
    def success(self) -> Decimal | None:
        """Complete of due, 0 to 1; None of nothing."""
        return ratio(min(self.meter.complete, self.meter.due), self.meter.due)


# The codes of failures that are a socket's: refused, reset, closed, silent.
_SOCKET = frozenset(
    {"E-LINE-REFUSED", "E-LINE-UNREACHABLE", "E-LINE-CLOSED", "E-LINE-LOST", "E-LINE-TAKEN",
     "E-METER-SILENT"}
)  # fmt: skip


def judge_meter(
    meter: MeterFacts,
    facts: Facts,
    troubles: Mapping[str, Trouble] | None = None,
    causes: Sequence[str] = (),
) -> MeterVerdict:
    """How a meter did.

    Args:
        meter: What was counted of it.
        facts: The window, and the sinks.
        troubles: What its journal says, by the category of the journal.
        causes: What a diagnosis of it found.
    """
    health = _health(meter)
    if health is Health.PAUSED:
        return MeterVerdict(meter, health)
    known, issues = troubles or {}, []
    scale = facts.window.seconds / (MINUTES * 60)
    diagnose = (f"dlmslite-bridge diagnose {meter.name}",)

    def look(
        severity: str, category: str, text: str, count: int, limit: int, by: Mapping[str, int],
        journal: str,
    ) -> None:  # fmt: skip
        threshold = limit * scale
        if count > threshold:
            seen = known.get(journal, Trouble())
            evidence = Evidence(count, threshold, seen.first_ms, seen.last_ms, seen.sample, by)
            issues.append(Issue(severity, category, text, evidence, tuple(causes), diagnose))

    if health is Health.DOWN:
        evidence = Evidence(meter.due, Decimal(0), by_kind=dict(meter.failures))
        text = f"none of {meter.due} polls brought every value"
        issues.append(Issue("CRITICAL", "CONNECTION", text, evidence, tuple(causes), diagnose))
    sockets = {code: n for code, n in meter.failures.items() if code in _SOCKET}
    lost, hdlc = sum(sockets.values()), sum(meter.hdlc_errors.values())
    look("HIGH", "NETWORK", f"{lost} connections failed or were lost", lost, 3, sockets,
         "connection")  # fmt: skip
    look("HIGH", "PROTOCOL", f"{hdlc} frames came damaged", hdlc, 5, meter.hdlc_errors, "hdlc")
    look("MEDIUM", "DATA", f"{meter.reads_failed} values did not come", meter.reads_failed, 10, {},
         "data")  # fmt: skip
    return MeterVerdict(meter, health, tuple(issues))


def _health(meter: MeterFacts) -> Health:
    if meter.desired is Desired.PAUSED:
        return Health.PAUSED
    if not meter.due:
        return Health.UNKNOWN
    if not meter.complete:
        return Health.DOWN
    share = Decimal(meter.complete) / meter.due
    steps = ((Decimal("0.9"), Health.HEALTHY), (Decimal("0.5"), Health.DEGRADED))
    return next((health for least, health in steps if share >= least), Health.CRITICAL)


def judge_sink(sink: SinkFacts, facts: Facts) -> tuple[Issue, ...]:
    """What is wrong with the delivery to one sink."""
    threshold = 2 * facts.window.seconds / (MINUTES * 60)
    if not sink.enabled or sink.disconnections <= threshold:
        return ()
    text = f"the connection of sink {sink.name} was lost {sink.disconnections} times"
    evidence = Evidence(sink.disconnections, threshold)
    return (
        Issue(
            "MEDIUM", "MQTT", text, evidence, actions=(f"dlmslite-bridge sink test {sink.name}",)
        ),
    )


def judge_all(meters: Sequence[MeterVerdict], sinks: Sequence[Issue]) -> Overall:
    """How all did: as the worst meter that is wanted; paused ones do not count."""
    wanted = [one for one in meters if one.health not in {Health.PAUSED, Health.UNKNOWN}]
    if not wanted:
        return Overall.UNKNOWN
    issues = [issue for one in wanted for issue in one.issues] + list(sinks)
    states = {one.health for one in wanted}
    if states & {Health.DOWN, Health.CRITICAL} or any(i.severity == "CRITICAL" for i in issues):
        return Overall.CRITICAL
    if Health.DEGRADED in states or sum(issue.severity == "HIGH" for issue in issues) > 1:
        return Overall.DEGRADED
    return Overall.WARNING if issues else Overall.HEALTHY


def issue_view(issue: Issue) -> dict[str, Any]:
    """An issue under the old names, its evidence beside them."""
    return {
        "severity": issue.severity,
        "category": issue.category,
        "issue": issue.text,
        "probable_causes": list(issue.causes),
        "actions": list(issue.actions),
        "evidence": {
            "count": issue.evidence.count,
            "threshold": issue.evidence.threshold,
            "first": issue.evidence.first_ms,
            "last": issue.evidence.last_ms,
            "sample_frame": issue.evidence.sample or None,
            "by_kind": dict(issue.evidence.by_kind),
        },
    }
