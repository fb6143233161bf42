"""What was counted in a window, as the reports see it: frozen values, sums of stored rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from dlmslite_daemon.reports.base import Window
from dlmslite_daemon.reports.histogram import Histogram
from dlmslite_daemon.store.records import Desired

HDLC_KINDS: Mapping[str, frozenset[str]] = {
    "fcs": frozenset({"bad-fcs", "bad-checksum"}),
    "hcs": frozenset({"bad-hcs"}),
    "length": frozenset(
        {"truncated", "length-mismatch", "too-short", "too-long", "no-closing-flag"}
    ),
    "sequence": frozenset({"out-of-sequence", "duplicate", "no-segment", "bad-sequence"}),
}
"""The four kinds of HDLC errors of bridge.md 8, with the reasons of the library for each; noise
between frames and frames for others are counted apart, as ``other``."""

_KIND_OF = {reason: kind for kind, reasons in HDLC_KINDS.items() for reason in reasons}


def by_kind(reasons: Mapping[str, int]) -> dict[str, int]:
    """Discarded frames by kind: fcs, hcs, length, sequence, other; all five, noughts too."""
    counts = Counter(dict.fromkeys((*HDLC_KINDS, "other"), 0))
    for reason, count in reasons.items():
        counts[_KIND_OF.get(reason, "other")] += count
    return dict(counts)


@frozen
class MeterFacts:
    """One meter in one window.

    Attributes:
        id: Its number.
        name: Its name.
        line: Its endpoint.
        url: Where it is reached.
        desired: What the operator wants of it now.
        every: Its poll interval, s.
        running_seconds: How long it was to be polled.
        due: Polls that were due meanwhile.
        complete: Those that brought every value.
        partial: Those that brought some.
        produced: Readings that are new in the store.
        undelivered: Readings of the window that some enabled sink has not acknowledged by now.
        reads_failed: Values asked for that did not come.
        overruns: Slots that passed while a poll was under way.
        connects: Associations made.
        reassociations: Unplanned ones: sessions that were lost in use.
        discarded: Discarded frames and noise, by the library's reason.
        failures: Failed attempts and lost sessions, by code.
        latency: First request to last response of its polls.
        latency_max: The longest of them, s; None where unknown.
        end_to_end: From the measurement to the acknowledgement.
        octets_sent: Over its line.
        octets_received: Likewise.
        frames_sent: Likewise.
        frames_received: Likewise.
        octets_discarded: Of those received, what was no sound frame.
        round_trips: Exchanges.
        round_trip_seconds: Of all of them.
    """

    id: int
    name: str
    line: str = ""
    url: str = ""
    desired: Desired = Desired.RUNNING
    every: float = 60.0
    running_seconds: float = 0.0
    due: int = 0
    complete: int = 0
    partial: int = 0
    produced: int = 0
    undelivered: int = 0
    reads_failed: int = 0
    overruns: int = 0
    connects: int = 0
    reassociations: int = 0
    discarded: Mapping[str, int] = field(factory=dict)
    failures: Mapping[str, int] = field(factory=dict)
    latency: Histogram = field(default=Histogram((), (0,)))
    latency_max: float | None = None
    end_to_end: Histogram = field(default=Histogram((), (0,)))
    octets_sent: int = 0
    octets_received: int = 0
    frames_sent: int = 0
    frames_received: int = 0
    octets_discarded: int = 0
    round_trips: int = 0
    round_trip_seconds: float = 0.0

    @property
    def hdlc_errors(self) -> dict[str, int]:
        """Those of the four kinds."""
        counts = by_kind(self.discarded)
        del counts["other"]
        return counts

    @property
    def heard(self) -> bool:
        """Whether anything at all came from it: without that, no errors say nothing."""
        return bool(self.connects or self.complete or self.partial or self.discarded)

    @property
    def acknowledged(self) -> int:
        """Readings of the window that all enabled sinks have acknowledged by now."""
        return max(0, self.produced - self.undelivered)


@frozen
class SinkFacts:
    """One sink in one window.

    Attributes:
        name: Its name.
        kind: Its kind.
        enabled: Whether it is delivered to.
        sent: Messages handed to the broker.
        acknowledged: Messages that it acknowledged.
        refused: Messages that it refused for good.
        connected_seconds: How long the broker accepted us.
        readings: Readings in acknowledged messages.
        disconnections: Connections that were lost unasked.
        pending: Readings that it has not acknowledged now, by lane.
        oldest_ms: When the oldest of them was taken, ms UTC; None without any.
        dead_letters: Messages set aside, all that are kept.
    """

    name: str
    kind: str = ""
    enabled: bool = True
    connected_seconds: float = 0.0
    sent: int = 0
    acknowledged: int = 0
    readings: int = 0
    refused: int = 0
    disconnections: int = 0
    pending: Mapping[str, int] = field(factory=dict)
    oldest_ms: int | None = None
    dead_letters: int = 0

    @property
    def heard(self) -> bool:
        """Whether its broker ever was there: without that, no disconnection says nothing."""
        return bool(self.connected_seconds or self.acknowledged or self.disconnections)


@frozen
class Facts:
    """Everything in one window.

    Attributes:
        window: The window.
        born_ms: When the bridge first ran, ms UTC; None if it never did.
        counted_ms: Where the first counted span of the window begins, ms UTC: spans are five
            minutes long, and one that ends in the window counts whole. None without any.
        ready_seconds: How long it was ready.
        dropped: Readings that were dropped before all sinks had them.
        meters: Each meter, by number.
        sinks: Each sink, by name.
    """

    window: Window
    born_ms: int | None = None
    counted_ms: int | None = None
    ready_seconds: float = 0.0
    dropped: int = 0
    meters: tuple[MeterFacts, ...] = ()
    sinks: tuple[SinkFacts, ...] = ()

    @property
    def seconds(self) -> Decimal:
        """How long the bridge could have run in the window, s: not before it was there."""
        if self.born_ms is None:
            return Decimal(0)
        asked = self.window.since_ms
        since = max(self.born_ms, min(asked, self.counted_ms or asked))
        return Decimal(max(0, self.window.until_ms - since)) / 1000

    @property
    def total(self) -> MeterFacts:
        """All meters as one."""
        return total_of(self.meters)


def total_of(meters: Iterable[MeterFacts]) -> MeterFacts:
    """Several meters as one, of no name."""
    many = list(meters)

    def summed(name: str) -> int:
        return sum(getattr(one, name) for one in many)

    sums: dict[str, Any] = {name: summed(name) for name in _SUMS}
    longest = [one.latency_max for one in many if one.latency_max is not None]
    return MeterFacts(
        0,
        "",
        running_seconds=sum(one.running_seconds for one in many),
        **sums,
        discarded=_added(one.discarded for one in many),
        failures=_added(one.failures for one in many),
        latency=_joined([one.latency for one in many]),
        latency_max=max(longest, default=None),
        end_to_end=_joined([one.end_to_end for one in many]),
        round_trip_seconds=sum(one.round_trip_seconds for one in many),
    )


_SUMS = (
    "due", "complete", "partial", "produced", "undelivered", "reads_failed", "overruns",
    "connects", "reassociations", "octets_sent", "octets_received", "frames_sent",
    "frames_received", "octets_discarded", "round_trips",
)  # fmt: skip


def _added(many: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in many:
        total.update(one)
    return dict(total)


def _joined(many: list[Histogram]) -> Histogram:
    bounds = max((one.bounds for one in many), key=len, default=())
    return Histogram.total(bounds, [one.counts for one in many if one.bounds == bounds])
