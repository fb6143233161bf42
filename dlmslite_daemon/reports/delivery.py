"""Delivery: what each sink was sent and acknowledged, what it refused, what waits since when."""

from __future__ import annotations

from typing import Any

from dlmslite_daemon.reports.base import (
    DAY,
    REPORTS,
    Kind,
    Report,
    Sources,
    Table,
    Wish,
    figure,
    percent,
    ratio,
    said,
    span,
)
from dlmslite_daemon.reports.facts import Facts, MeterFacts, SinkFacts
from dlmslite_daemon.reports.gather import gather
from dlmslite_daemon.reports.histogram import SHARES


def delivery(facts: Facts, made_ms: int) -> Report:
    """The report of a window."""
    enabled = [sink for sink in facts.sinks if sink.enabled]
    total = facts.total
    late = bool(total.undelivered or facts.dropped or any(sink.refused for sink in enabled))
    verdict = "no data" if not (enabled and total.produced) else "behind" if late else "delivered"
    return Report(
        kind="delivery",
        title="Delivery",
        window=facts.window,
        made_ms=made_ms,
        verdict=verdict,
        exit_code={"delivered": 0, "behind": 1}.get(verdict, 2),
        data={
            "sinks": [_sink_view(sink, facts, made_ms) for sink in facts.sinks],
            "meters": [_meter_view(meter) for meter in facts.meters],
            "total": _meter_view(total),
            "dropped": facts.dropped,
        },
        sections=(_sinks(facts, made_ms), _meters(facts), *said(_notes(facts), "notes")),
    )


def _age(sink: SinkFacts, made_ms: int) -> int | None:
    return None if sink.oldest_ms is None else max(0, made_ms - sink.oldest_ms) // 1000


def _sink_view(sink: SinkFacts, facts: Facts, made_ms: int) -> dict[str, Any]:
    return {
        "name": sink.name,
        "kind": sink.kind,
        "enabled": sink.enabled,
        "messages_sent": sink.sent,
        "messages_acknowledged": sink.acknowledged,
        "readings_acknowledged": sink.readings,
        "messages_refused": sink.refused,
        "dead_letters": sink.dead_letters,
        "disconnections": sink.disconnections,
        "connected_seconds": figure(sink.connected_seconds),
        "connected_share": _connected(sink, facts),
        "pending": dict(sink.pending),
        "oldest_pending": sink.oldest_ms,
        "oldest_pending_age": _age(sink, made_ms),
    }


def _connected(sink: SinkFacts, facts: Facts) -> Any:
    return ratio(min(sink.connected_seconds, facts.ready_seconds), facts.ready_seconds)


def _meter_view(meter: MeterFacts) -> dict[str, Any]:
    p50, p95, p99 = (meter.end_to_end.percentile(share) for share in SHARES)
    return {
        "id": meter.id or None,
        "name": meter.name or None,
        "produced": meter.produced,
        "acknowledged": meter.acknowledged,
        "undelivered": meter.undelivered,
        "share": ratio(meter.acknowledged, meter.produced),
        "end_to_end_seconds": {"p50": p50, "p95": p95, "p99": p99},
    }


def _sinks(facts: Facts, made_ms: int) -> Table:
    columns = (
        "sink", "kind", ">sent", ">acknowledged", ">refused", ">lost", ">connected", ">live",
        ">history", ">oldest",
    )  # fmt: skip
    rows = tuple(
        (
            sink.name,
            sink.kind if sink.enabled else f"{sink.kind} (disabled)",
            sink.sent,
            sink.acknowledged,
            sink.refused,
            sink.disconnections,
            percent(_connected(sink, facts)),
            sink.pending.get("live"),
            sink.pending.get("history"),
            span(_age(sink, made_ms)),
        )
        for sink in facts.sinks
    )
    return Table("sinks", columns, rows, "there is no sink: dlmslite-bridge sink add")


def _meters(facts: Facts) -> Table:
    columns = ("meter", ">produced", ">acknowledged", ">share", ">p50 s", ">p95 s", ">p99 s")
    rows = []
    for one in facts.meters:
        shares = [one.end_to_end.percentile(share) for share in SHARES]
        ends = ["above all" if s is not None and not s.is_finite() else s for s in shares]
        share = percent(ratio(one.acknowledged, one.produced))
        rows.append((one.name, one.produced, one.acknowledged, share, *ends))
    return Table("meters, and from measurement to PUBACK", columns, tuple(rows), "no meter")


def _notes(facts: Facts) -> list[str]:
    notes = []
    letters = {sink.name: sink.dead_letters for sink in facts.sinks if sink.dead_letters}
    notes += [
        f"sink {name} refused {count} messages for good: dlmslite-bridge outbox status"
        for name, count in letters.items()
    ]
    if facts.dropped:
        notes.append(f"{facts.dropped} readings were dropped: they outlived the limits")
    return notes


def _make(sources: Sources, wish: Wish) -> Report:
    return delivery(gather(sources, wish.window, wish.meter), sources.clock.utc_ms())


REPORTS.add("delivery", Kind(_make, "what each sink acknowledged, and what waits", DAY))
