"""What the sinks have not acknowledged yet, of all meters or of one.

Where each meter has a connection of its own it has cursors of its own, and what waits for the sink
is the sum of what waits for each meter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from attrs import frozen

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.sinks.base import sink_of
from dlmslite_daemon.sinks.per_meter import PerMeterSink, is_per_meter
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.records import SinkRecord

COUNTED_MAX = 100_000  # readings behind one cursor that are counted by meter


@frozen
class _Queue:
    """One cursor.

    Attributes:
        sink: Whose.
        lane: Of which lane.
        cursor: Where it stands.
        meters: Of which meters' readings; None for all.
    """

    sink: str
    lane: Lane
    cursor: int
    meters: tuple[str, ...] | None


class Backlog:
    """What waits, as the cursors stand when it is made.

    Args:
        store: Has the cursors.
        sinks: Only these; the enabled ones unless told.
    """

    def __init__(self, store: Store, sinks: Sequence[SinkRecord] | None = None) -> None:
        self._store = store
        wanted = [one for one in store.sinks() if one.settings.enabled] if sinks is None else sinks
        last = store.last_number()
        self._behind = [
            queue for record in wanted for queue in self._queues(record) if queue.cursor < last
        ]

    def of_meter(self, meter: str) -> int:
        """A meter's readings that the sink furthest behind has not acknowledged."""
        names = {queue.sink for queue in self._behind}
        waiting = (sum(self.of_sink(name, meter).values()) for name in names)
        return max(waiting, default=0)

    def of_meters(self) -> dict[str, int]:
        """Every meter's readings that the sink furthest behind has not acknowledged.

        One question for each cursor, not for each meter; of more than ``COUNTED_MAX`` that follow
        a cursor only the first are counted. Meters of which nothing waits are left out.
        """
        last = self._store.last_number()
        most: Counter[str] = Counter()
        for name in {queue.sink for queue in self._behind}:
            waiting: Counter[str] = Counter()
            for queue in self._of(name, None):
                until = min(last, queue.cursor + COUNTED_MAX)
                found = self._store.readings_between(queue.lane, queue.cursor, until)
                own = found if queue.meters is None else {m: found.get(m, 0) for m in queue.meters}
                waiting.update(own)
            most |= waiting
        return dict(most)

    def of_sink(self, name: str, meter: str | None = None) -> dict[str, int]:
        """What a sink has not acknowledged, by lane."""
        waiting = {lane.name.lower(): 0 for lane in Lane}
        for queue in self._of(name, meter):
            meters = queue.meters if meter is None else (meter,)
            found = self._store.pending(queue.lane, queue.cursor, meters)
            waiting[queue.lane.name.lower()] += found
        return waiting

    def oldest(self, name: str, meter: str | None = None) -> int | None:
        """When the oldest reading was taken that a sink has not acknowledged, ms UTC."""
        own, store = None if meter is None else (meter,), self._store
        found = [
            reading.host_ts_ms or reading.ts_ms
            for queue in self._of(name, meter)
            for reading in store.readings_after(queue.lane, queue.cursor, 1, own or queue.meters)
        ]
        return min(found, default=None)

    def _of(self, name: str, meter: str | None) -> Iterator[_Queue]:
        for queue in self._behind:
            if queue.sink == name and (not meter or not queue.meters or meter in queue.meters):
                yield queue

    def _queues(self, record: SinkRecord) -> Iterator[_Queue]:
        store, name = self._store, record.name
        own = own_meters(store, record)
        for lane in Lane:
            if own is None:
                yield _Queue(name, lane, store.cursor(name, lane), None)
            else:
                for meter in own:
                    yield _Queue(name, lane, store.cursor(name, lane, meter), (meter,))


def own_meters(store: Store, record: SinkRecord) -> list[str] | None:
    """The meters that have connections of their own to a sink; None where all share one."""
    sink = per_meter_sink(record.settings)
    if sink is None:
        return None
    return [meter.name for meter in store.meters() if sink.carries(meter.name)]


def per_meter_sink(settings: SinkSettings) -> PerMeterSink | None:
    """The sink, if each meter has a connection of its own there."""
    try:
        sink = sink_of(settings)
    except BridgeError:
        return None  # where it is shown, it is said what is wrong with it
    return sink if is_per_meter(sink) else None
