"""Asks the store for what was counted in a window: the one place where totals become facts."""

from __future__ import annotations

from dlmslite_daemon.engine.backlog import Backlog
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.reports.base import Sources, Window
from dlmslite_daemon.reports.facts import Facts, MeterFacts, SinkFacts
from dlmslite_daemon.reports.histogram import Histogram
from dlmslite_daemon.reports.reach import reach_of
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.records import MeterRecord, SinkRecord
from dlmslite_daemon.store.totals import LATENCY_BOUNDS, MeterTotals, SinkTotals

UNDER_WAY = 5  # s; what was taken since then may still be on its way, and is late for nobody
LETTERS = 1000  # dead letters of a sink that are counted; more are "at least"


def gather(sources: Sources, window: Window, meter: str | None = None) -> Facts:
    """What was counted in a window.

    Args:
        sources: Where to ask.
        window: The window.
        meter: Only this meter, by name or number; None for all.

    Raises:
        UnknownMeter: There is no such meter.
    """
    store, span = sources.store, (window.since_ms, window.until_ms)
    records = [store.meter(meter)] if meter else store.meters()
    totals = store.meter_totals(*span)
    due_ms = min(window.until_ms, sources.clock.utc_ms() - UNDER_WAY * 1000)
    reaches = {lane: reach_of(store, lane) for lane in Lane}
    undelivered = store.undelivered(window.since_ms, due_ms, reaches)
    sinks = store.sink_totals(*span)
    service = store.service_totals(*span)
    return Facts(
        window,
        born_ms=store.service_totals(0, sources.clock.utc_ms() + 1).first_ms or None,
        counted_ms=service.first_ms or None,
        ready_seconds=service.ready_seconds,
        dropped=service.readings_lost,
        meters=tuple(
            meter_facts(record, totals.get(record.name), undelivered.get(record.name, 0))
            for record in records
        ),
        sinks=tuple(sink_facts(store, one, sinks.get(one.name)) for one in store.sinks()),
    )


def meter_facts(record: MeterRecord, totals: MeterTotals | None, undelivered: int) -> MeterFacts:
    """One meter's totals as the reports see them; None where it has no row."""
    seen = totals or MeterTotals()
    return MeterFacts(
        record.id,
        record.name,
        line=record.settings.endpoint,
        url=record.settings.url,
        desired=record.desired,
        every=record.settings.every,
        running_seconds=seen.running_seconds,
        due=seen.polls_due,
        complete=seen.polls_complete,
        partial=seen.polls_partial,
        produced=seen.readings,
        undelivered=undelivered,
        reads_failed=seen.reads_failed,
        overruns=seen.overruns,
        connects=seen.connects,
        reassociations=seen.reassociations,
        discarded=seen.protocol_errors,
        failures=seen.failures,
        latency=_histogram(seen.latency),
        latency_max=seen.latency_max,
        end_to_end=_histogram(seen.end_to_end),
        octets_sent=seen.octets_sent,
        octets_received=seen.octets_received,
        octets_discarded=seen.octets_discarded,
        frames_sent=seen.frames_sent,
        frames_received=seen.frames_received,
        round_trips=seen.round_trips,
        round_trip_seconds=seen.round_trip_seconds,
    )


def sink_facts(store: Store, record: SinkRecord, totals: SinkTotals | None) -> SinkFacts:
    """One sink's totals, and what waits for it now."""
    seen = totals or SinkTotals()
    backlog = Backlog(store, [record])
    return SinkFacts(
        record.name,
        record.settings.kind,
        record.settings.enabled,
        connected_seconds=seen.connected_seconds,
        sent=seen.sent,
        acknowledged=seen.acknowledged,
        readings=seen.readings_acknowledged,
        refused=seen.refused,
        disconnections=seen.disconnections,
        pending=backlog.of_sink(record.name),
        oldest_ms=backlog.oldest(record.name),
        dead_letters=len(store.dead_letters(record.name, LETTERS)),
    )


def _histogram(counts: tuple[int, ...]) -> Histogram:
    return Histogram.total(LATENCY_BOUNDS, [counts])
