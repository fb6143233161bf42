"""The old health monitor's report: its shape, its words, its exit codes; its figures are counted.

Exit code 0 healthy or warning, 1 degraded, 2 critical, 3 when nothing can be said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from dlmslite_daemon.reports.base import (
    HOUR,
    REPORTS,
    Kind,
    Report,
    Sources,
    Table,
    Window,
    Wish,
    figure,
    moment,
    percent,
    said,
)
from dlmslite_daemon.reports.facts import Facts, MeterFacts
from dlmslite_daemon.reports.gather import gather
from dlmslite_daemon.reports.judgement import (
    Issue,
    MeterVerdict,
    Trouble,
    issue_view,
    judge_all,
    judge_meter,
    judge_sink,
)
from dlmslite_daemon.reports.patients import open_causes, patients
from dlmslite_daemon.store.base import Store

JOURNAL = 1000  # rows of a meter's journal that are looked at for first, last and a sample

# The old monitor's keys of errors, and the codes of failures that each stands for.
_BY_CODE = {
    "socket_closed": ("E-LINE-CLOSED", "E-LINE-LOST"),
    "connection_timeout": ("E-METER-SILENT",),
    "connection_refused": ("E-LINE-REFUSED",),
    "network_unreachable": ("E-LINE-UNREACHABLE",),
}


def system_errors(facts: Facts) -> dict[str, int]:
    """Errors of all meters and sinks under the old monitor's keys."""
    total = facts.total
    counts = {
        key: sum(total.failures.get(code, 0) for code in codes) for key, codes in _BY_CODE.items()
    }
    hdlc = total.hdlc_errors
    return {
        "socket_closed": counts["socket_closed"],
        "hdlc_boundary": hdlc["length"],
        "hdlc_checksum": hdlc["fcs"] + hdlc["hcs"],
        "hdlc_unterminated": total.discarded.get("no-closing-flag", 0)
        + total.discarded.get("truncated", 0),
        "hdlc_sequence": hdlc["sequence"],
        "connection_timeout": counts["connection_timeout"],
        "connection_refused": counts["connection_refused"],
        "network_unreachable": counts["network_unreachable"],
        "mqtt_disconnect": sum(sink.disconnections for sink in facts.sinks),
        "read_failure": total.reads_failed,
    }


def health(
    facts: Facts,
    troubles: Mapping[str, Mapping[str, Trouble]],
    causes: Mapping[str, Sequence[str]],
    made_ms: int,
) -> Report:
    """The report of a window.

    Args:
        facts: What was counted.
        troubles: What each meter's journal says, by meter and category.
        causes: What diagnoses found, by meter.
        made_ms: Now, ms UTC.
    """
    verdicts = [
        judge_meter(meter, facts, troubles.get(meter.name), causes.get(meter.name, ()))
        for meter in facts.meters
    ]
    sinks = [issue for sink in facts.sinks for issue in judge_sink(sink, facts)]
    overall = judge_all(verdicts, sinks)
    errors = system_errors(facts)
    advice = recommendations(verdicts, sinks)
    return Report(
        kind="health",
        title="Health",
        window=facts.window,
        made_ms=made_ms,
        verdict=overall.name,
        exit_code=overall.exit_code,
        data={
            "timestamp": moment(made_ms),
            "analysis_period_minutes": figure(facts.window.seconds / 60),
            "overall_health": overall.name,
            "meters": {str(one.meter.id): _view(one) for one in verdicts},
            "system_errors": errors,
            "system_issues": [issue_view(issue) for issue in sinks],
            "recommendations": advice,
        },
        sections=(
            _meters(verdicts),
            _issues(verdicts, sinks),
            Table("errors", ("error", ">count"), tuple(errors.items())),
            *said(advice, "what to do next"),
        ),
    )


def recommendations(verdicts: Sequence[MeterVerdict], sinks: Sequence[Issue]) -> list[str]:
    """Each next step once, the worst meters first."""
    ranked = sorted(
        (issue for one in verdicts for issue in one.issues), key=lambda i: _RANK[i.severity]
    )
    steps = dict.fromkeys(step for issue in (*ranked, *sinks) for step in issue.actions)
    return [*steps, *(["dlmslite-bridge plan"] if steps else [])]


_RANK = {"CRITICAL": 0, "HIGH": 1, "MEDIUM": 2}


def _view(verdict: MeterVerdict) -> dict[str, Any]:
    """A meter under the old names."""
    meter = verdict.meter
    place = urlsplit(meter.url)
    return {
        "name": meter.name,
        "ip": place.hostname,
        "port": place.port,
        "status": meter.desired.value,
        "health": verdict.health.value,
        "stats": {
            "cycles": meter.due,
            "success_rate": _hundred(verdict.success),
            "mqtt_messages": meter.acknowledged,
            "runtime": figure(meter.running_seconds, 0),
        },
        "issues": [issue_view(issue) for issue in verdict.issues],
    }


def _hundred(value: Decimal | None) -> Decimal | None:
    return None if value is None else figure(value * 100, 2)


def _meters(verdicts: Sequence[MeterVerdict]) -> Table:
    columns = ("id", "meter", "wanted", "health", ">success", ">cycles", ">acknowledged", ">issues")
    rows = tuple(
        (
            one.meter.id,
            one.meter.name,
            one.meter.desired.value,
            one.health.value,
            percent(one.success),
            one.meter.due,
            one.meter.acknowledged,
            len(one.issues),
        )
        for one in verdicts
    )
    return Table("meters", columns, rows, "there is no meter")


def _issues(verdicts: Sequence[MeterVerdict], sinks: Sequence[Issue]) -> Table:
    columns = ("meter", "severity", "category", "issue", ">allowed", "first", "last", "causes")
    pairs = [(one.meter.name, issue) for one in verdicts for issue in one.issues]
    rows = tuple(
        (
            name,
            issue.severity,
            issue.category,
            issue.text,
            figure(issue.evidence.threshold, 1),
            moment(issue.evidence.first_ms),
            moment(issue.evidence.last_ms),
            ", ".join(issue.causes) or None,
        )
        for name, issue in (*pairs, *((None, issue) for issue in sinks))
    )
    return Table("issues", columns, rows, "none")


def troubles_of(store: Store, meter: MeterFacts, window: Window) -> dict[str, Trouble]:
    """What a meter's journal says of a window, by category."""
    found: dict[str, Trouble] = {}
    # Newest first: the first row of a category is the last that was seen.
    for row in store.diagnostics(meter.name, JOURNAL):
        if window.since_ms <= row.ts_ms < window.until_ms:
            known = found.get(row.category)
            last = known.last_ms if known else row.ts_ms
            sample = (known.sample if known else "") or row.raw_frame.hex()
            found[row.category] = Trouble(row.ts_ms, last, sample)
    return found


def _make(sources: Sources, wish: Wish) -> Report:
    store = sources.store
    facts = gather(sources, wish.window, wish.meter)
    troubles = {meter.name: troubles_of(store, meter, wish.window) for meter in facts.meters}
    # Judged once without causes: what a diagnosis found is asked of the meters that there are.
    verdicts = [judge_meter(meter, facts) for meter in facts.meters]
    causes = open_causes(patients(store, verdicts))
    return health(facts, troubles, causes, sources.clock.utc_ms())


REPORTS.add("health", Kind(_make, "the old monitor's report", HOUR, saved_as="health_report"))
