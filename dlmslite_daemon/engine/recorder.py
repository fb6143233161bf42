"""Writes down how all did: a row for each meter, line, sink and the bridge every five minutes.

What is counted elsewhere is taken here as differences; what lasts (running, ready, connected) is
summed here, look by look. The rows are for reports, which read nothing else: not the log, not
memory. ``flush`` closes the span of now early, so that a report has it; its rows then add up.
The first span begins with the first look: a start is no outage of what nobody had yet. The start
after a stop lies in no row, so it counts against the time that the service was ready.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from attrs import define, field

from dlmslite_daemon.engine.backlog import Backlog, own_meters
from dlmslite_daemon.engine.base import Clerk
from dlmslite_daemon.engine.health import SinkHealth
from dlmslite_daemon.engine.ledger import Taken
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.store.records import (
    Desired,
    Interval,
    MeterMetrics,
    NetworkMetrics,
    ServiceMetrics,
    SinkMetrics,
)
from dlmslite_daemon.store.totals import LATENCY_BOUNDS

SPAN = 300.0  # seconds of the wall clock that a row covers
LOOK_EVERY = 10.0  # seconds between two looks at what lasts
SPARE_FLUSH = 5.0  # seconds within which a second flush has nothing new to say

_UNWRITTEN = 12  # spans that wait while the store takes nothing: an hour
_BUCKETS = len(LATENCY_BOUNDS) + 1


@define
class _Span:
    """What lasted in the span of now, and when it began."""

    began: float
    looked: float
    ready: float = 0.0
    running: dict[str, float] = field(factory=dict)
    connected: dict[str, float] = field(factory=dict)


class Recorder(Clerk):
    """A worker that fills the tables of metrics and of protocol events.

    Args:
        shared: What all workers share.
        ready: Whether every thread runs and the store takes readings.
    """

    name = "recorder"
    patience = 60.0  # seconds; a store may be slow, never that slow

    def __init__(self, shared: Shared, ready: Callable[[], bool]) -> None:
        self._shared = shared
        self._ready = ready
        super().__init__(shared.clock)
        self._lock = threading.Lock()
        self._span: _Span | None = None
        self._slot = self._slot_of(shared.clock.utc_ms())
        self._sinks_before: dict[str, SinkHealth] = {}
        self._process_before = self._process()
        # More than one only while the store takes nothing.
        self._intervals: deque[Interval] = deque(maxlen=_UNWRITTEN)

    def turn(self, now: float) -> float:
        """Look at what lasts; write the rows when their five minutes are over."""
        with self._lock:
            # Once more: a flush may have looked since.
            now, utc_ms = self._shared.clock.monotonic(), self._shared.clock.utc_ms()
            if (slot := self._slot_of(utc_ms)) == self._slot:
                self._look(now)
            else:
                end_ms = slot * round(SPAN * 1000)
                # The look comes some seconds after the end, which is where the next span begins.
                ended = now - (utc_ms - end_ms) / 1000
                followed = slot == self._slot + 1 and self._span and ended >= self._span.looked
                self._slot = slot
                # After a jump of the wall clock the end of the slot would be a wrong time.
                ended, end_ms = (ended, end_ms) if followed else (now, utc_ms)
                self._look(ended)
                self._write(ended, end_ms)
            self._write_events()
        return LOOK_EVERY

    def flush(self) -> None:
        """Write down what happened until now; from any thread.

        Raises:
            StoreError: It was not written; it will be with the next rows.
        """
        with self._lock:
            now = self._shared.clock.monotonic()
            if now - self._look(now).began >= SPARE_FLUSH:
                self._write(now, self._shared.clock.utc_ms())
            self._write_events()

    def finish(self) -> None:
        """Write down what happened until the end, once every other thread has ended.

        Raises:
            StoreError: It was not written, and is lost.
        """
        with self._lock:
            self._write(self._shared.clock.monotonic(), self._shared.clock.utc_ms())
            self._write_events()

    def close(self) -> None:
        """Write down what happened last."""
        self.flush()

    # ------------------------------------------------------------------ what lasts

    def _look(self, now: float) -> _Span:
        self._span = span = self._span or _Span(now, now)
        board = self._shared.board
        lasted, span.looked = now - span.looked, now
        if self._ready():
            span.ready += lasted
        for meter in board.meters():
            if meter.desired is Desired.RUNNING:
                span.running[meter.name] = span.running.get(meter.name, 0.0) + lasted
        for sink in board.sinks():
            if sink.connected:
                span.connected[sink.name] = span.connected.get(sink.name, 0.0) + lasted
        return span

    def _write_events(self) -> None:
        events = self._shared.ledger.events()
        if events:
            self._shared.store.add_diagnostic(*events)

    # ------------------------------------------------------------------ rows

    def _write(self, now: float, end_ms: int) -> None:
        self._intervals.append(self._interval(self._span or _Span(now, now), now, end_ms))
        while self._intervals:
            self._shared.store.record(self._intervals[0])
            self._intervals.popleft()

    def _interval(self, span: _Span, now: float, end_ms: int) -> Interval:
        """All rows of the span that ends now; the next one begins."""
        board = self._shared.board
        seconds = now - span.began
        known = {meter.name for meter in board.meters()}
        taken = self._shared.ledger.take(known, self._carriers())
        meters = [
            meter_row(name, end_ms, seconds, what, span.running.get(name, 0.0))
            for name, what in taken.items()
        ]
        network = [network_row(name, end_ms, seconds, what) for name, what in taken.items()]
        backlog = Backlog(self._shared.store)
        sinks = [
            self._sink_row(sink, end_ms, seconds, span.connected.get(sink.name, 0.0), backlog)
            for sink in board.sinks()
        ]
        before, self._process_before = self._process_before, self._process()
        process = {name: after - before[name] for name, after in self._process_before.items()}
        service = ServiceMetrics(
            ts_ms=end_ms,
            seconds=seconds,
            ready_seconds=span.ready,
            disconnections=sum(row.disconnections for row in sinks),
            **process,
        )
        self._span = _Span(now, now)
        return Interval(tuple(meters), tuple(network), service, tuple(sinks))

    def _sink_row(
        self, sink: SinkHealth, end_ms: int, seconds: float, connected: float, backlog: Backlog
    ) -> SinkMetrics:
        before = self._sinks_before.get(sink.name, SinkHealth(sink.name, sink.kind))
        self._sinks_before[sink.name] = sink
        oldest = backlog.oldest(sink.name)
        return SinkMetrics(
            sink=sink.name,
            ts_ms=end_ms,
            seconds=seconds,
            connected_seconds=connected,
            sent=_since(before.sent, sink.sent),
            acknowledged=_since(before.acknowledged, sink.acknowledged),
            readings_acknowledged=_since(
                sum(before.readings_acknowledged.values()),
                sum(sink.readings_acknowledged.values()),
            ),
            refused=_since(before.refused, sink.refused),
            disconnections=_since(before.disconnections, sink.disconnections),
            pending=sink.pending or 0,
            oldest_pending_ms=None if oldest is None else max(0, end_ms - oldest),
        )

    def _carriers(self) -> Callable[[str], list[str]]:
        """Says which enabled sinks are to have a meter's readings."""
        store = self._shared.store
        carried = {
            record.name: own_meters(store, record)
            for record in store.sinks()
            if record.settings.enabled
        }
        return lambda meter: [
            sink for sink, meters in carried.items() if meters is None or meter in meters
        ]

    def _process(self) -> dict[str, int]:
        metrics = self._shared.metrics
        return {
            "readings": metrics.total(metrics.readings_stored),
            "readings_duplicate": metrics.total(metrics.readings_duplicate),
            "readings_lost": metrics.total(metrics.readings_lost),
            "thread_restarts": metrics.total(metrics.thread_restarts),
            "store_failures": metrics.total(metrics.store_failures),
        }

    @staticmethod
    def _slot_of(utc_ms: int) -> int:
        return utc_ms // round(SPAN * 1000)


def meter_row(
    meter: str,
    end_ms: int,
    seconds: float,
    taken: Taken,
    running: float,
) -> MeterMetrics:
    """What happened to one meter as its row.

    Args:
        meter: Its name.
        end_ms: The end of the span, ms UTC.
        seconds: Its length.
        taken: What was counted.
        running: How long of the span it was to be polled, s.
    """
    count, errors = _plain(taken), _kinds(taken, "error")
    latency = [0] * _BUCKETS
    for where, polls in _kinds(taken, "polls").items():
        latency[int(where)] = polls
    polls = sum(latency)
    return MeterMetrics(
        meter=meter,
        ts_ms=end_ms,
        seconds=seconds,
        polls_due=count("due"),
        polls_complete=count("complete"),
        readings=count("readings"),
        reads_failed=count("reads_failed"),
        read_seconds_avg=taken.counts.get(("seconds", ""), 0.0) / polls if polls else None,
        read_seconds_min=taken.shortest,
        read_seconds_max=taken.longest,
        acknowledged=taken.acknowledged,
        reassociations=count("reassociations"),
        protocol_errors=sum(errors.values()),
        overruns=count("overruns"),
        running_seconds=running,
        polls_partial=count("partial"),
        polls_empty=count("empty"),
        polls_failed=sum(_kinds(taken, "failure").values()),
        refused=taken.refused,
        errors_by_kind=errors,
        failures=_kinds(taken, "failure"),
        latency=tuple(latency) if polls else (),
        end_to_end=taken.end_to_end,
    )


def network_row(meter: str, end_ms: int, seconds: float, taken: Taken) -> NetworkMetrics:
    """What went over one meter's line as its row."""
    count = _plain(taken)
    exchanges = count("exchanges")
    took = taken.counts.get(("exchange_seconds", ""), 0.0)
    return NetworkMetrics(
        meter=meter,
        ts_ms=end_ms,
        seconds=seconds,
        octets_sent=count("octets_sent"),
        octets_received=count("octets_received"),
        frames_sent=count("frames_sent"),
        frames_received=count("frames_received"),
        round_trip_avg=took / exchanges if exchanges else None,
        connects=count("connects"),
        round_trips=exchanges,
        octets_discarded=count("octets_discarded"),
    )


def _plain(taken: Taken) -> Callable[[str], int]:
    return lambda name: int(taken.counts.get((name, ""), 0))


def _kinds(taken: Taken, name: str) -> dict[str, int]:
    return {kind: int(number) for (what, kind), number in taken.counts.items() if what == name}


def _since(before: int, after: int) -> int:
    """How much was added; a counter that fell began anew."""
    return after if after < before else after - before
