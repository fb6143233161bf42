"""The action plan: what a technician should do, by priority, with what shows that it worked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dlmslite_daemon.reports.actions import (
    Action,
    Patient,
    actions_of,
    merged,
    uncommissioned,
    undiagnosed,
)
from dlmslite_daemon.reports.base import (
    HOUR,
    REPORTS,
    Kind,
    Prose,
    Report,
    Section,
    Sources,
    Table,
    Window,
    Wish,
    said,
)
from dlmslite_daemon.reports.gather import gather
from dlmslite_daemon.reports.judgement import Health, Overall, judge_all, judge_meter, judge_sink
from dlmslite_daemon.reports.patients import patients
from dlmslite_daemon.reports.render import span_of
from dlmslite_daemon.reports.rule import Horizon, Priority

EVIDENCE = 5  # sentences of an action that are shown


def plan(patients: Sequence[Patient], overall: Overall, window: Window, made_ms: int) -> Report:
    """The plan for these meters."""
    found = [
        action
        for one in patients
        if one.verdict.health is not Health.PAUSED
        for action in actions_of(one)
    ]
    open_ones = [action for action in found if not action.closed_by]
    explained = {meter for action in open_ones for meter in action.meters}
    rest = [
        action
        for one in patients
        if one.verdict.meter.name not in explained and (action := undiagnosed(one))
    ]
    actions = merged([*open_ones, *rest, *uncommissioned(patients)])
    ids = {action.id for action in actions}
    closed = [one for one in merged(a for a in found if a.closed_by) if one.id not in ids]
    urgent = [one for one in actions if one.rule.horizon is not Horizon.PREVENTIVE]
    by_horizon = {
        horizon: [one for one in actions if one.rule.horizon is horizon] for horizon in Horizon
    }
    return Report(
        kind="plan",
        title="Action plan",
        window=window,
        made_ms=made_ms,
        verdict=_verdict(urgent),
        exit_code=1 if urgent else 0,
        data={
            "based_on_report": f"health {span_of(window)}",
            "system_health": overall.name,
            **{
                horizon.value: [_view(action) for action in many]
                for horizon, many in by_horizon.items()
            },
            "closed": [{**_view(one), "closed_by": one.closed_by} for one in closed],
        },
        sections=tuple(_sections(by_horizon, closed)),
    )


def _verdict(urgent: Sequence[Action]) -> str:
    if not urgent:
        return "nothing to do"
    critical = sum(one.rule.priority is Priority.CRITICAL for one in urgent)
    return f"{len(urgent)} to do, {critical} of them critical"


def _view(action: Action) -> dict[str, Any]:
    low, high = action.rule.minutes
    return {
        "id": action.id,
        "priority": action.rule.priority.value,
        "cause": action.cause or None,
        "summary": action.summary,
        "subject": action.subject,
        "meters": list(action.meters),
        "evidence": list(action.evidence),
        "steps": list(action.steps),
        "who": action.rule.who.value,
        "estimated_time": f"{low}-{high} min",
        "verify": action.verify,
        "automatic": action.rule.automatic,
        "supersedes": list(action.supersedes),
        "seen": action.seen,
        "first": action.first_ms,
        "last": action.last_ms,
    }


def _sections(
    by_horizon: Mapping[Horizon, Sequence[Action]], closed: Sequence[Action]
) -> Iterable[Section]:
    columns = ("priority", "what", "cause", "meters", "who", ">minutes")
    rows = tuple(
        (
            one.rule.priority.value,
            one.subject,
            one.cause or None,
            _names(one.meters),
            one.rule.who.value,
            "-".join(map(str, one.rule.minutes)),
        )
        for many in by_horizon.values()
        for one in many
    )
    yield Table("to do", columns, rows, "nothing")
    for horizon, many in by_horizon.items():
        for one in many:
            head = horizon.value.replace("_", " ").removesuffix("s")
            title = f"{head} [{one.rule.priority.value}] {one.subject}: {one.summary}"
            yield Prose(title, tuple(f"seen: {text}" for text in one.evidence[:EVIDENCE]))
            yield Prose("", (*one.steps, f"verify: {one.verify}"), numbered=True)
    yield from said([f"{one.id}: {one.closed_by}" for one in closed], "done since it was found")


def _names(meters: Sequence[str]) -> str:
    more = f" and {len(meters) - 5} more" if len(meters) > 5 else ""
    return ", ".join(meters[:5]) + more


def _make(sources: Sources, wish: Wish) -> Report:
    facts = gather(sources, wish.window, wish.meter)
    found = patients(sources.store, [judge_meter(meter, facts) for meter in facts.meters])
    sinks = [issue for sink in facts.sinks for issue in judge_sink(sink, facts)]
    overall = judge_all([one.verdict for one in found], sinks)
    return plan(found, overall, wish.window, sources.clock.utc_ms())


REPORTS.add("plan", Kind(_make, "what a technician should do", HOUR, saved_as="action_plan"))
