"""What a meter gave to the store and is not known to be committed yet.

A batch goes in with its poll and comes to rest a commit later. Until then it is shown as the last
reading, unless the store has just refused one: then only what is on disk counts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import structlog

from dlmslite_daemon.engine.portrait import Portrait
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.engine.tally import Tally
from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.reading import Reading
from dlmslite_daemon.store.ticket import Ticket

SETTLED_SOON = 0.5  # seconds; by then what was read last before a pause is committed

_log = structlog.get_logger()


class Deposits:
    """The batches of one meter that wait for their commit. Falsy when none does.

    Args:
        shared: What all lines share.
        tally: Where committed readings are counted.
        portrait: Where the last reading is shown.
        latest: The newest stored reading of each series.
    """

    def __init__(
        self, shared: Shared, tally: Tally, portrait: Portrait, latest: Iterable[Reading]
    ) -> None:
        self._shared = shared
        self._tally = tally
        self._portrait = portrait
        self._tickets: deque[tuple[Ticket, Reading]] = deque()
        self._stored_ms = max((reading.ts_ms for reading in latest), default=None)
        self._store_takes = True
        portrait.last_reading_ms = self._stored_ms

    def __bool__(self) -> bool:
        return bool(self._tickets)

    def next_time(self, now: float) -> float:
        """When the oldest batch is worth a look, s."""
        return now if self._tickets[0][0].done else now + SETTLED_SOON

    def add(self, readings: Sequence[Reading]) -> None:
        """Give one poll's readings to the store."""
        last = readings[-1]
        self._tickets.append((self._shared.store.append(readings), last))
        if self._store_takes:
            self._portrait.last_reading_ms = last.ts_ms

    def settle(self, seconds: float = 0.0) -> None:
        """See which batches have been committed; wait so long for each that is not yet."""
        while self._tickets and self._shared.clock.wait(self._tickets[0][0].event, seconds):
            ticket, last = self._tickets.popleft()
            try:
                self._tally.readings += ticket.result().count
                self._stored_ms, self._store_takes = last.ts_ms, True
            except StoreError as error:
                self._portrait.last_reading_ms, self._store_takes = self._stored_ms, False
                self._portrait.blame(error.code, error.message, error.hint)
                _log.error("readings not stored", meter=last.meter, code=error.code)
