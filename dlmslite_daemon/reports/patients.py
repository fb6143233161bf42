"""Asks the store for what is known of each meter beside its counters: findings, last reading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from dlmslite_daemon.finding import Finding
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.reports.actions import Patient, actions_of
from dlmslite_daemon.reports.judgement import MeterVerdict
from dlmslite_daemon.reports.reach import reach_of
from dlmslite_daemon.store.base import Store

FINDINGS = 100  # of a meter that are looked at


def patients(store: Store, verdicts: Sequence[MeterVerdict]) -> list[Patient]:
    """These meters with their findings, the newest first, and their last readings."""
    findings: defaultdict[str, list[Finding]] = defaultdict(list)
    # One question for a whole fleet, one for a single meter.
    only = verdicts[0].meter.name if len(verdicts) == 1 else None
    for kept in store.findings(only, FINDINGS * max(1, len(verdicts))):
        findings[kept.finding.meter].append(kept.finding)
    delivered = store.delivered_until(reach_of(store, Lane.LIVE))
    return [
        Patient(
            verdict,
            tuple(findings[verdict.meter.name]),
            max((r.ts_ms for r in store.latest(verdict.meter.name).values()), default=None),
            delivered.get(verdict.meter.name),
        )
        for verdict in verdicts
    ]


def open_causes(many: Sequence[Patient]) -> Mapping[str, tuple[str, ...]]:
    """What diagnoses found and nothing has closed since, by meter."""
    return {
        one.verdict.meter.name: tuple(
            action.cause for action in actions_of(one) if not action.closed_by
        )
        for one in many
    }
