"""Keeps the threads in step with the store: one for each line with meters, one for each sink.

The store's meters and sinks are the truth. After each change ``sync`` starts, assigns and retires
what has to be; a line or sink that did not change notices nothing.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable

import structlog

from dlmslite_daemon.engine.forwarder import Forwarder
from dlmslite_daemon.engine.health import Fault, SinkHealth
from dlmslite_daemon.engine.poller import Poller
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.engine.supervisor import Supervisor
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.store.records import MeterRecord, SinkRecord

_log = structlog.get_logger()

MakeLine = Callable[[str], Line]
MakePoller = Callable[[Line], Poller]
MakeForwarder = Callable[[SinkRecord], Forwarder]


class Fleet:
    """The lines and sinks that have threads.

    Attributes:
        size: How many meters there are.

    Args:
        shared: What all workers share.
        supervisor: Who runs them.
        make_line: Makes a line of an endpoint.
        make_poller: Makes the worker of a line.
        make_forwarder: Makes the worker of a sink; raises ``BridgeError`` on bad options.
    """

    def __init__(
        self,
        shared: Shared,
        supervisor: Supervisor,
        make_line: MakeLine,
        make_poller: MakePoller,
        make_forwarder: MakeForwarder,
    ) -> None:
        self._shared = shared
        self._supervisor = supervisor
        self._make_line = make_line
        self._make_poller = make_poller
        self._make_forwarder = make_forwarder
        self.size = 0
        self._lock = threading.RLock()
        self._lines: dict[str, Line] = {}
        self._pollers: dict[str, Poller] = {}
        self._records: dict[str, tuple[MeterRecord, ...]] = {}
        self._sinks: dict[str, SinkRecord] = {}

    def sync(self) -> None:
        """Bring the threads in step with the store; from any thread."""
        with self._lock:
            self._sync_lines()
            self._sync_sinks()

    def poller(self, endpoint: str) -> Poller:
        """The worker of a line; a line that no meter has yet gets one for the occasion."""
        with self._lock:
            if endpoint not in self._pollers:
                self._start_line(endpoint, ())
            return self._pollers[endpoint]

    def retune(self) -> None:
        """The numbers of the policies changed: every line takes them at its next turn."""
        with self._lock:
            for poller in self._pollers.values():
                poller.retune()

    def _sync_lines(self) -> None:
        wanted: defaultdict[str, list[MeterRecord]] = defaultdict(list)
        records_of_all = self._shared.store.meters()
        self.size = len(records_of_all)
        for record in records_of_all:
            wanted[record.settings.endpoint].append(record)
        for endpoint in self._pollers.keys() - wanted.keys():
            # It releases its meters before it ends; they may be on another line by then.
            self._pollers.pop(endpoint).assign(())
            self._records.pop(endpoint)
            self._supervisor.retire(f"line {endpoint}")
        for endpoint, records in wanted.items():
            if self._records.get(endpoint) == tuple(records):
                continue
            if endpoint in self._pollers:
                self._records[endpoint] = tuple(records)
                self._pollers[endpoint].assign(records)
            else:
                self._start_line(endpoint, tuple(records))

    def _start_line(self, endpoint: str, records: tuple[MeterRecord, ...]) -> None:
        line = self._lines.get(endpoint)
        if line is None:
            line = self._lines[endpoint] = self._make_line(endpoint)
        self._records[endpoint] = records

        def make() -> Poller:
            line.abandon()
            poller = self._make_poller(line)
            with self._lock:
                self._pollers[endpoint] = poller
                poller.assign(self._records.get(endpoint, ()))
            return poller

        self._pollers[endpoint] = self._make_poller(line)
        self._pollers[endpoint].assign(records)
        first = iter((self._pollers[endpoint],))
        self._supervisor.start(f"line {endpoint}", lambda: next(first, None) or make())

    def _sync_sinks(self) -> None:
        wanted = {record.name: record for record in self._shared.store.sinks()}
        for name in list(self._sinks):
            if wanted.get(name) != self._sinks[name]:
                del self._sinks[name]
                self._supervisor.retire(f"sink {name}")
                self._shared.alarms.forget(f"sink:{name}")
                if name not in wanted:
                    self._shared.board.drop_sink(name)
        for name, record in wanted.items():
            if name not in self._sinks:
                self._sinks[name] = record
                self._start_sink(record)

    def _start_sink(self, record: SinkRecord) -> None:
        if not record.settings.enabled:
            state = SinkHealth(record.name, record.settings.kind, enabled=False)
            self._shared.board.put_sink(state)
            return
        try:
            first = iter((self._make_forwarder(record),))
        except BridgeError as error:
            # One bad row never stops the start; it is shown where sinks are shown.
            fault = Fault(error.code, error.message, error.hint, self._shared.clock.utc_ms())
            state = SinkHealth(record.name, record.settings.kind, last_fault=fault)
            self._shared.board.put_sink(state)
            _log.error("sink not started", sink=record.name, code=error.code, reason=error.message)
            return
        self._supervisor.start(
            f"sink {record.name}", lambda: next(first, None) or self._make_forwarder(record)
        )
