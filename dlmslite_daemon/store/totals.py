"""What the rows of five minutes add up to over a window: for reports and for health.

A histogram is a tuple of counts: one for each bound, of what took at most so long and longer than
the bound before it, and a last one for what took longer than all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import zip_longest

from attrs import field, frozen

LATENCY_BOUNDS = (
    0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 30.0, 60.0, 120.0,
    300.0, 900.0, 3600.0, 21600.0, 86400.0,
)  # fmt: skip
"""Seconds. A bound may be added at the end only: stored histograms are read with these."""


def bucket(seconds: float) -> int:
    """Where a duration is counted."""
    return next(
        (i for i, bound in enumerate(LATENCY_BOUNDS) if seconds <= bound), len(LATENCY_BOUNDS)
    )


def added(histograms: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """Histograms of several spans as one."""
    total: tuple[int, ...] = ()
    for histogram in histograms:
        total = tuple(a + b for a, b in zip_longest(total, histogram, fillvalue=0))
    return total


def percentile(histogram: tuple[int, ...], share: float) -> float | None:
    """The bound below which so much of it lies, s; None without any, infinite above all bounds."""
    wanted = share * sum(histogram)
    if not wanted:
        return None
    seen = 0
    for count, bound in zip(histogram, (*LATENCY_BOUNDS, float("inf")), strict=False):
        seen += count
        if seen >= wanted:
            return bound
    return float("inf")


@frozen
class MeterTotals:
    """One meter over a window. ``MeterMetrics`` and ``NetworkMetrics`` say what each count means.

    Attributes:
        first_ms: Where the first row's span begins, ms UTC.
        last_ms: Where the last one's ends, ms UTC.
        seconds: How much of the window the rows cover.
        running_seconds: How long of it the meter was to be polled.
        polls_due: Polls due while running.
        polls_complete: Polls that brought all values.
        polls_partial: Polls that brought some.
        polls_empty: Polls that brought none, though the session stood.
        polls_failed: Attempts that ended without a session, or lost it.
        readings: Readings stored: what was produced.
        acknowledged: Readings that all enabled sinks acknowledged.
        refused: Readings that a sink refused for good.
        reads_failed: Values asked for that did not come.
        overruns: Slots that passed while a poll was under way.
        reassociations: Unplanned re-associations.
        connects: Connections made.
        protocol_errors: Discarded frames by kind.
        failures: Failed attempts by error code.
        latency: Polls by duration.
        latency_sum: Seconds of all polls.
        latency_min: The shortest; None without polls.
        latency_max: The longest.
        end_to_end: Live readings by the time from measurement to acknowledgement.
        octets_sent: On the meter's line.
        octets_received: Likewise.
        octets_discarded: Likewise; no sound frame.
        frames_sent: Likewise.
        frames_received: Likewise.
        round_trips: Exchanges.
        round_trip_seconds: Of all of them.
    """

    first_ms: int = 0
    last_ms: int = 0
    seconds: float = 0.0
    running_seconds: float = 0.0
    polls_due: int = 0
    polls_complete: int = 0
    polls_partial: int = 0
    polls_empty: int = 0
    polls_failed: int = 0
    readings: int = 0
    acknowledged: int = 0
    refused: int = 0
    reads_failed: int = 0
    overruns: int = 0
    reassociations: int = 0
    connects: int = 0
    protocol_errors: Mapping[str, int] = field(factory=dict)
    failures: Mapping[str, int] = field(factory=dict)
    latency: tuple[int, ...] = ()
    latency_sum: float = 0.0
    latency_min: float | None = None
    latency_max: float | None = None
    end_to_end: tuple[int, ...] = ()
    octets_sent: int = 0
    octets_received: int = 0
    octets_discarded: int = 0
    frames_sent: int = 0
    frames_received: int = 0
    round_trips: int = 0
    round_trip_seconds: float = 0.0


@frozen
class ServiceTotals:
    """The bridge over a window; ``ServiceMetrics`` says what each count means.

    Attributes:
        first_ms: Where the first row's span begins, ms UTC; 0 without rows.
        last_ms: Where the last one's ends, ms UTC.
        seconds: How long it ran.
        ready_seconds: How long it was ready.
        disconnections: MQTT connections lost unplanned.
        readings: Readings stored.
        readings_duplicate: Readings that were there already.
        readings_lost: Readings dropped.
        thread_restarts: Threads started again.
        store_failures: Commits tried again.
    """

    first_ms: int = 0
    last_ms: int = 0
    seconds: float = 0.0
    ready_seconds: float = 0.0
    disconnections: int = 0
    readings: int = 0
    readings_duplicate: int = 0
    readings_lost: int = 0
    thread_restarts: int = 0
    store_failures: int = 0


@frozen
class SinkTotals:
    """One sink over a window; ``SinkMetrics`` says what each count means.

    Attributes:
        first_ms: Where the first row's span begins, ms UTC.
        last_ms: Where the last one's ends, ms UTC.
        seconds: How long it was delivered to.
        connected_seconds: How long it was connected.
        sent: Messages sent.
        acknowledged: Messages acknowledged.
        readings_acknowledged: Readings in them.
        refused: Messages that went to dead letters.
        disconnections: Connections lost unplanned.
        pending: Readings not acknowledged, at most.
        oldest_pending_ms: How long one of them had waited, at most, ms; None if none ever did.
    """

    first_ms: int = 0
    last_ms: int = 0
    seconds: float = 0.0
    connected_seconds: float = 0.0
    sent: int = 0
    acknowledged: int = 0
    readings_acknowledged: int = 0
    refused: int = 0
    disconnections: int = 0
    pending: int = 0
    oldest_pending_ms: int | None = None
