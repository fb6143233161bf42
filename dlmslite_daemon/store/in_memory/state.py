"""What a store in memory holds, and its lock; each part of it works on this."""

from __future__ import annotations

import threading

from attrs import define, field

from dlmslite_daemon.alarm import Alarm, AlarmEvent, Mute
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.errors import StoreError, UnknownMeter, UnknownSink
from dlmslite_daemon.finding import FindingRecord
from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.store.records import (
    AuditEntry,
    DeadLetter,
    Diagnostic,
    MeterMetrics,
    MeterRecord,
    NetworkMetrics,
    ServiceMetrics,
    SinkMetrics,
    SinkRecord,
    TokenRecord,
)
from dlmslite_daemon.store.rollup import Gathering, Step


@define
class KeptSink:
    """A sink with what belongs to it."""

    record: SinkRecord
    cursors: dict[tuple[Lane, str], int] = field(factory=dict)
    dead: list[DeadLetter] = field(factory=list)
    metrics: list[SinkMetrics] = field(factory=list)
    alarms: int = 0  # the event of alarms up to which all is acknowledged


@define
class KeptMeter:
    """A meter with what belongs to it; a successor of its name begins with nothing."""

    record: MeterRecord
    # By (series, time, lane), as in a table; a reading of a removed series stays.
    keys: set[tuple[str, int, Lane]] = field(factory=set)
    readings: list[Reading] = field(factory=list)
    notebook: dict[str, str] = field(factory=dict)
    metrics: list[MeterMetrics] = field(factory=list)
    network: list[NetworkMetrics] = field(factory=list)
    diagnostics: list[Diagnostic] = field(factory=list)
    rollups: dict[tuple[str, Step], Gathering] = field(factory=dict)
    findings: list[FindingRecord] = field(factory=list)

    def has(self, key: str) -> bool:
        """Whether it has a series of that key now."""
        return any(one.key == key for one in self.record.settings.series)


class MemoryState:
    """The rows, under one lock.

    Args:
        clock: The clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._closed = False
        self._readings: list[Reading] = []  # number n stands at index n - 1
        self._meters: dict[str, KeptMeter] = {}
        self._sinks: dict[str, KeptSink] = {}
        self._guards: dict[str, str] = {}
        self._counts: dict[str, dict[str, int]] = {}
        self._pruned: set[int] = set()  # numbers of readings that are gone
        self._marks: dict[str, int] = {}
        self._settings: dict[str, str] = {}
        self._service: list[ServiceMetrics] = []
        self._alarms: dict[int, Alarm] = {}
        self._alarm_events: list[AlarmEvent] = []  # number n stands at index n - 1
        self._mutes: dict[int, Mute] = {}
        self._mute_ids = 0
        self._audit: list[AuditEntry] = []
        self._tokens: dict[str, TokenRecord] = {}
        self._meter_ids: set[int] = set()
        self._sink_ids = 0
        self._letter_ids = 0

    def _open(self) -> threading.RLock:
        if self._closed:
            raise StoreError("the store is closed", code="E-STORE-CLOSED")
        return self._lock

    def _meter(self, name: str | int) -> KeptMeter:
        known = self._meters.get(str(name))
        if known is None:
            known = next((m for m in self._meters.values() if str(m.record.id) == str(name)), None)
        if known is None:
            raise UnknownMeter(name)
        return known

    def _sink(self, name: str) -> KeptSink:
        if name not in self._sinks:
            raise UnknownSink(name)
        return self._sinks[name]
