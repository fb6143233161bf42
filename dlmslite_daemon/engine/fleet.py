"""Keeps the threads in step with the store: one for each line with meters, each sink connection.

The store's meters and sinks are the truth. After each change ``sync`` starts, assigns and retires
what has to be; a line or sink that did not change notices nothing.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable

import structlog
from attrs import frozen

from dlmslite_daemon.alarm import BRIDGE
from dlmslite_daemon.engine.backlog import per_meter_sink
from dlmslite_daemon.engine.forwarder import Forwarder
from dlmslite_daemon.engine.health import Fault, SinkHealth
from dlmslite_daemon.engine.poller import Poller
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.engine.supervisor import Supervisor
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.records import MeterRecord, SinkRecord

_log = structlog.get_logger()

MakeLine = Callable[[str], Line]
MakePoller = Callable[[Line], Poller]
MakeForwarder = Callable[[SinkRecord, str, int], Forwarder]


class Fleet:
    """The lines and sinks that have threads.

    Attributes:
        size: How many meters there are.

    Args:
        shared: What all workers share.
        supervisor: Who runs them.
        make_line: Makes a line of an endpoint.
        make_poller: Makes the worker of a line.
        make_forwarder: Makes the worker of a sink, or of one meter's connection to it (name and
            number of the meter); raises ``BridgeError`` on bad options.
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
        self._posts: dict[tuple[str, str], _Post] = {}

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
        records = self._shared.store.sinks()
        named = {record.name for record in records}
        wanted = {post.key: post for record in records for post in self._posts_of(record)}
        for key in list(self._posts):
            if wanted.get(key) == self._posts[key] or self._has_rest(key, named):
                continue
            del self._posts[key]
            sink, meter = key
            self._supervisor.retire(_title(sink, meter))
            if meter:
                self._shared.board.drop_sink(sink, meter)
                self._shared.alarms.report(f"sink:{sink}", (), meter)
            if sink not in named:
                self._shared.board.drop_sink(sink)
            if sink not in named or not meter:
                self._shared.alarms.forget(f"sink:{sink}")
        for key, post in wanted.items():
            if key not in self._posts:
                self._posts[key] = post
                self._start_sink(post)

    def _posts_of(self, record: SinkRecord) -> list[_Post]:
        """The connections that a sink is to have: one for all meters, or one for each."""
        sink = per_meter_sink(record.settings) if record.settings.enabled else None
        if sink is None:
            return [_Post(record)]  # if it makes no sense, making its forwarder says so
        meters = self._shared.store.meters()
        own = [_Post(record, m.name, m.id) for m in meters if sink.carries(m.name)]
        return own if sink.of_bridge() is None else [*own, _Post(record, BRIDGE)]

    def _has_rest(self, key: tuple[str, str], named: set[str]) -> bool:
        """Whether a meter that was removed left readings that its own connection still has."""
        sink, meter = key
        if not meter or sink not in named:
            return False
        store = self._shared.store
        if any(record.name == meter for record in store.meters()):
            return False
        return any(
            store.pending(lane, store.cursor(sink, lane, meter), (meter,), 1) for lane in Lane
        )

    def _start_sink(self, post: _Post) -> None:
        record, board = post.sink, self._shared.board
        if not post.meter:
            board.drop_sink(record.name)  # the connections of another mode
        if not record.settings.enabled:
            board.put_sink(SinkHealth(record.name, record.settings.kind, enabled=False))
            return
        try:
            first = iter((self._make_forwarder(record, post.meter, post.number),))
        except BridgeError as error:
            # One bad row never stops the start; it is shown where sinks are shown.
            fault = Fault(error.code, error.message, error.hint, self._shared.clock.utc_ms())
            state = SinkHealth(record.name, record.settings.kind, last_fault=fault)
            board.put_sink(state, post.meter)
            _log.error("sink not started", sink=record.name, code=error.code, reason=error.message)
            return
        self._supervisor.start(
            _title(record.name, post.meter),
            lambda: next(first, None) or self._make_forwarder(record, post.meter, post.number),
        )


@frozen
class _Post:
    """One connection of one sink.

    Attributes:
        sink: The sink.
        meter: Whose it is: a meter's, or the bridge's own; empty for all meters'.
        number: That meter's number; 0 where it is no meter's.
    """

    sink: SinkRecord
    meter: str = ""
    number: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """By what it is found."""
        return self.sink.name, self.meter


def _title(sink: str, meter: str) -> str:
    return f"sink {sink}/{meter}" if meter else f"sink {sink}"
