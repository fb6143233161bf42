"""The way of the last messages of each meter: published, acknowledged, and with which reason.

Forwarders write it down, ``trace`` asks. It is bounded by the fleet: of each meter and sink the
newest few are remembered, and of a message its size, not its octets.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable

from attrs import evolve, field, frozen

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.sinks.base import Acknowledged, Message, Outcome

KEPT = 4  # messages of each meter and sink: a poll may be cut into several
PLACES_MAX = 20_000  # meters times sinks; the one that was quiet longest is forgotten


@frozen
class Passage:
    """One message with readings of a meter.

    Attributes:
        sink: Where it went.
        topic: On which topic.
        message_id: Its MQTT packet identifier on that connection.
        numbers: The readings in it, of other meters too.
        octets: How large its payload was.
        published_ms: When it was handed to the connection, ms UTC.
        answered_ms: When the broker answered, ms UTC; None before.
        outcome: ``in flight``, ``sent``, ``refused``, ``later`` or ``lost`` with the connection.
        code: The PUBACK's reason code; None before the answer.
        reason: Its name; empty for plain success.
    """

    sink: str
    topic: str
    message_id: int
    numbers: frozenset[int] = field(repr=False)
    octets: int
    published_ms: int
    answered_ms: int | None = None
    outcome: str = "in flight"
    code: int | None = None
    reason: str = ""


class Passages:
    """What forwarders remember of their messages.

    Args:
        clock: Tells when.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._places: OrderedDict[tuple[str, str], deque[Passage]] = OrderedDict()
        self._out: dict[str, dict[int, tuple[Passage, frozenset[str]]]] = {}

    def published(
        self, connection: str, sink: str, token: int, message: Message, meters: Iterable[str]
    ) -> None:
        """A message with readings of these meters was handed to a connection."""
        numbers = frozenset(message.numbers)
        now_ms = self._clock.utc_ms()
        passage = Passage(sink, message.topic, token, numbers, len(message.payload), now_ms)
        whose = frozenset(meters)
        with self._lock:
            self._out.setdefault(connection, {})[token] = (passage, whose)
            self._keep(passage, whose)

    def answered(self, connection: str, event: Acknowledged) -> None:
        """The broker answered one of them."""
        with self._lock:
            passage, whose = self._out.get(connection, {}).pop(event.token, (None, frozenset()))
            if passage is None:
                return
            after = evolve(
                passage,
                answered_ms=self._clock.utc_ms(),
                outcome=event.outcome.value,
                code=event.code,
                reason=event.reason or ("success" if event.outcome is Outcome.SENT else ""),
            )
            self._replace(passage, after, whose)

    def lost(self, connection: str) -> None:
        """The connection is gone, and with it what was in flight."""
        with self._lock:
            for passage, whose in self._out.pop(connection, {}).values():
                self._replace(passage, evolve(passage, outcome="lost"), whose)

    def of(self, meter: str, sink: str) -> list[Passage]:
        """The newest messages of a meter at a sink, newest first."""
        with self._lock:
            return list(reversed(self._places.get((meter, sink), ())))

    def _keep(self, passage: Passage, meters: Iterable[str]) -> None:
        for meter in meters:
            place = self._places.setdefault((meter, passage.sink), deque(maxlen=KEPT))
            place.append(passage)
            self._places.move_to_end((meter, passage.sink))
        while len(self._places) > PLACES_MAX:
            self._places.popitem(last=False)

    def _replace(self, before: Passage, after: Passage, meters: Iterable[str]) -> None:
        for meter in meters:
            place = self._places.get((meter, before.sink), deque())
            for index, kept in enumerate(place):
                if kept is before:
                    place[index] = after
