"""From diagnoses and counters to actions: what is open, what is done, whose fault it is.

::

    findings ── newest of each cause ─┬─ proved done: closed
                                      └─ open ── rule of its cause ── merged by subject ── actions
    counters ── meters that do badly and have no open finding ── "find the cause"

A cause is done when a later diagnosis climbed its rung, or when what it prevented has happened: a
reading came, a PUBACK came. Nothing has to be ticked off. What no diagnosis explains asks for a
diagnosis, never for a power cycle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from dlmslite_daemon.causes import LADDER, MEANINGS, Cause
from dlmslite_daemon.finding import Finding, Step
from dlmslite_daemon.reports.action_rules import RULES, UNCOMMISSIONED, UNDIAGNOSED
from dlmslite_daemon.reports.base import moment
from dlmslite_daemon.reports.judgement import Health, MeterVerdict
from dlmslite_daemon.reports.rule import Horizon, Priority, Proof, Rule, Scope

# Whoever has come to the register has passed all that leads to the association.
_ORDER = [rung.name for rung in LADDER]
_CHAIN = _ORDER[: _ORDER.index("association") + 1]
_TO_THE_REGISTER = _ORDER[: _ORDER.index("register") + 1]
_RANK = {priority: place for place, priority in enumerate(Priority)}


@frozen
class Patient:
    """What is known of one meter.

    Attributes:
        verdict: How it did.
        findings: What diagnoses found, the newest first.
        read_ms: When its newest reading was measured, ms UTC; None without any.
        delivered_ms: When its newest acknowledged one was.
    """

    verdict: MeterVerdict
    findings: tuple[Finding, ...] = ()
    read_ms: int | None = None
    delivered_ms: int | None = None


@frozen
class Action:
    """One thing to do.

    Attributes:
        id: Its stable name: cause and subject.
        rule: What the table says.
        cause: The cause; empty when none was looked for.
        summary: What is wrong, in one sentence.
        subject: Whose fault it is: a meter, a line, a sink.
        meters: The meters that suffer.
        sink: The sink in question; empty without.
        line: The line in question; empty without.
        evidence: What proves it.
        seen: How often it was found.
        first_ms: When it was first found, ms UTC; None when counters alone say so.
        last_ms: When last.
        supersedes: Actions that it replaced.
        closed_by: What showed that it is done; empty while it is open.
    """

    id: str
    rule: Rule
    cause: str
    summary: str
    subject: str
    meters: tuple[str, ...]
    sink: str = ""
    line: str = ""
    evidence: tuple[str, ...] = ()
    seen: int = 1
    first_ms: int | None = None
    last_ms: int | None = None
    supersedes: tuple[str, ...] = ()
    closed_by: str = ""

    def put(self, text: str) -> str:
        """A sentence of the rule with the names in it."""
        return text.format(
            meter=self.meters[0] if self.meters else "METER",
            sink=self.sink or "SINK",
            line=self.line or "the line",
        )

    @property
    def steps(self) -> tuple[str, ...]:
        """What to do, one after the other."""
        return tuple(self.put(step) for step in self.rule.steps)

    @property
    def verify(self) -> str:
        """The command that shows whether it worked."""
        return self.put(self.rule.verify)


def actions_of(patient: Patient) -> list[Action]:
    """What the diagnoses of one meter ask for, open and closed."""
    found: dict[Cause, Action] = {}
    for place, finding in enumerate(patient.findings):
        cause = finding.cause
        if cause is Cause.OK:
            continue
        known = found.get(cause)
        if known is None:
            action = _action(patient, finding)
            later = patient.findings[:place]
            done, by = _done(patient, finding, action, later)
            found[cause] = evolve(action, closed_by=done)
            if by is not None and (heir := found.get(by)) is not None:
                found[by] = evolve(heir, supersedes=(*heir.supersedes, action.id))
        elif not known.closed_by:
            found[cause] = evolve(known, seen=known.seen + 1, first_ms=finding.ts_ms)
    return list(found.values())


def _action(patient: Patient, finding: Finding) -> Action:
    rule = RULES.get(finding.cause, RULES[Cause.UNKNOWN])
    meter = patient.verdict.meter
    sink = next((rung.sink for rung in finding.rungs if rung.cause is finding.cause), "")
    subject = {
        Scope.METER: meter.name,
        Scope.LINE: meter.line or meter.name,
        Scope.SINK: sink or "sink",
        Scope.HOST: "this machine",
    }[rule.scope]
    return Action(
        id=f"{finding.cause.value}/{subject}",
        rule=rule,
        cause=finding.cause.value,
        summary=MEANINGS[finding.cause].summary,
        subject=subject,
        meters=(meter.name,),
        sink=sink,
        line=meter.line,
        evidence=finding.evidence,
        first_ms=finding.ts_ms,
        last_ms=finding.ts_ms,
    )


def _done(
    patient: Patient, finding: Finding, action: Action, later: Sequence[Finding]
) -> tuple[str, Cause | None]:
    """What shows that a cause is gone, and the cause that took its place; empty while it is not."""
    rungs = _disproving(finding)
    for newer in later:
        for rung in newer.rungs:
            passed = rung.step is Step.PASSED or (
                rung.step is Step.NOTED and rung.cause is not finding.cause
            )
            if passed and rung.name in rungs and rung.sink in {"", action.sink}:
                cause = newer.cause if newer.cause is not Cause.OK else None
                return f"{rung.name} passed at {moment(newer.ts_ms)}", cause
    proof, ts_ms = action.rule.shown_by, finding.ts_ms
    if proof is Proof.READING and (patient.read_ms or 0) > ts_ms:
        return f"it was read at {moment(patient.read_ms)}", None
    if proof is Proof.PUBACK and (patient.delivered_ms or 0) > ts_ms:
        return f"a reading of {moment(patient.delivered_ms)} was acknowledged", None
    return "", None


def _disproving(finding: Finding) -> frozenset[str]:
    """The rungs that a cause cannot stand beside: its own, and those that come after it."""
    own = next((rung.name for rung in finding.rungs if rung.cause is finding.cause), "")
    later = _TO_THE_REGISTER[_ORDER.index(own) :] if own in _CHAIN else [own]
    return frozenset(later)


def undiagnosed(patient: Patient) -> Action | None:
    """What the counters alone ask for; None when the meter does well."""
    verdict, name = patient.verdict, patient.verdict.meter.name
    worst = {
        Health.DOWN: (Priority.CRITICAL, Horizon.IMMEDIATE, (15, 30)),
        Health.CRITICAL: (Priority.HIGH, Horizon.IMMEDIATE, (30, 60)),
        Health.DEGRADED: (Priority.MEDIUM, Horizon.SHORT_TERM, (30, 60)),
    }.get(verdict.health)
    if worst is None and any(issue.severity == "HIGH" for issue in verdict.issues):
        worst = (Priority.HIGH, Horizon.SHORT_TERM, (60, 120))
    if worst is None:
        return None
    priority, horizon, minutes = worst
    sound = verdict.health is Health.HEALTHY
    state = "it is read, but not cleanly" if sound else f"it is {verdict.health.value}"
    share = f"{verdict.meter.complete} of {verdict.meter.due} polls complete"
    return Action(
        id=f"undiagnosed/{name}",
        rule=evolve(UNDIAGNOSED, priority=priority, horizon=horizon, minutes=minutes),
        cause="",
        summary=f"{state}, and nobody has looked for the cause yet",
        subject=name,
        meters=(name,),
        line=verdict.meter.line,
        evidence=(share, *(issue.text for issue in verdict.issues)),
    )


def uncommissioned(patients: Iterable[Patient]) -> list[Action]:
    """Meters that were never measured, as one action."""
    names = tuple(
        one.verdict.meter.name
        for one in patients
        if one.verdict.health is not Health.PAUSED
        and not any(finding.kind == "commission" for finding in one.findings)
    )
    if not names:
        return []
    whose = "one meter was" if len(names) == 1 else f"{len(names)} meters were"
    summary = f"{whose} never commissioned: what the line bears is not known"
    return [
        Action("uncommissioned/fleet", UNCOMMISSIONED, "", summary, "fleet", names, seen=len(names))
    ]


def merged(actions: Iterable[Action]) -> list[Action]:
    """Actions about one subject as one, the most urgent first."""
    found: dict[str, Action] = {}
    for action in actions:
        known = found.get(action.id)
        found[action.id] = action if known is None else _both(known, action)
    return sorted(found.values(), key=lambda one: (_RANK[one.rule.priority], -one.seen, one.id))


def _both(one: Action, other: Action) -> Action:
    return evolve(
        one,
        meters=tuple(dict.fromkeys((*one.meters, *other.meters))),
        evidence=tuple(dict.fromkeys((*one.evidence, *other.evidence))),
        seen=one.seen + other.seen,
        first_ms=min(filter(None, (one.first_ms, other.first_ms)), default=None),
        last_ms=max(filter(None, (one.last_ms, other.last_ms)), default=None),
        supersedes=tuple(dict.fromkeys((*one.supersedes, *other.supersedes))),
    )
