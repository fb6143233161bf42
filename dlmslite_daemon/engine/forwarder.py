"""One thread for each delivery connection: take from the cursors, encode, publish, acknowledge.

::

    alarms ─────────┐
    outbox live ────┼─ encode ─ publish ≤ window ─ PUBACK of that message ─ cursor moves
    outbox history ─┘ (only into room that live leaves)

Nothing is published while offline, and nothing counts as sent before its PUBACK. When a connection
is lost, what it had in flight is taken from the cursor again: duplicates with the same key, never a
gap, at most a window of them.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

import structlog
from attrs import evolve, frozen

from dlmslite_daemon.alarm import BRIDGE, Condition, Severity
from dlmslite_daemon.engine.alarm_mail import AlarmMail
from dlmslite_daemon.engine.announcer import Announcer
from dlmslite_daemon.engine.health import Fault, SinkHealth
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.outbox import Outbox
from dlmslite_daemon.policies.backoff import spread
from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.sinks.base import (
    NO_MATCHING_SUBSCRIBERS,
    Acknowledged,
    CallbackFault,
    Connected,
    Delivery,
    Encoder,
    Event,
    Lost,
    Message,
    Outcome,
    Refusal,
)
from dlmslite_daemon.store.records import Desired

WINDOW = 50  # messages that a cut or a crash may repeat: in flight, or their cursor not on disk
BATCH = 500  # readings taken at a time
LOOK_EVERY = 0.2  # seconds between two looks for new readings; the store commits as often
COMMIT_SOON = 0.005  # seconds until cursors that were asked for may be on disk
SHOW_EVERY = 2.0  # seconds between two counts of what is pending
# Where each meter has a connection there are many of them, and each has little to do.
LOOK_EVERY_OWN, SHOW_EVERY_OWN = 1.0, 10.0
RETRY_FIRST, RETRY_LAST = 1.0, 30.0  # seconds before connecting again, doubling, ± 20 %
JITTER = 0.2
HOLD = 60.0  # seconds of silence after "not now": no rights, or over quota (faults.md 27)
ALARM_AFTER = 60.0  # seconds without a connection
GOODBYE = 1.0  # seconds for the last messages

_log = structlog.get_logger()


@frozen
class Sent:
    """A message that waits for its PUBACK.

    Attributes:
        message: The message.
        lane: The lane of its readings; None for an announcement or an alarm.
        alarm: The number of the alarm's event; None for all else.
    """

    message: Message
    lane: Lane | None
    alarm: int | None = None


class Forwarder:
    """A worker that owns one connection of one sink.

    Attributes:
        name: ``sink`` and its name.

    Args:
        sink: The sink's name.
        kind: Its kind.
        delivery: The connection.
        encoder: What makes its messages.
        shared: What all workers share.
        meter: Whose connection it is where each meter has its own; empty where all share one. It
            rests, disconnected, while its meter is paused and nothing is left to deliver: the old
            bridge, or whoever else has the meter then, may have its client id and its token. The
            bridge's own connection carries alarms only, and never rests.
    """

    patience = 60.0  # seconds: connecting and TLS have their own limits far below

    def __init__(
        self,
        sink: str,
        kind: str,
        delivery: Delivery,
        encoder: Encoder,
        shared: Shared,
        meter: str = "",
    ) -> None:
        self._title = f"{sink}/{meter}" if meter else sink
        self.name = f"sink {self._title}"
        self._sink = sink
        self._meter = meter
        self._look_every = LOOK_EVERY_OWN if meter else LOOK_EVERY
        self._kind = kind
        self._delivery = delivery
        self._encoder = encoder
        self._shared = shared
        self._announcer = Announcer(encoder, shared.board, meter)
        self._passages = shared.passages
        self._alarms = AlarmMail(shared.store, sink, meter)
        own = None if not meter else () if meter == BRIDGE else (meter,)
        # Live first: it fills the window before history may.
        self._outboxes = {lane: Outbox(shared.store, sink, lane, meter, own) for lane in Lane}
        self._queues: dict[Lane, deque[Message]] = {lane: deque() for lane in Lane}
        self._sent: dict[int, Sent] = {}
        self._arrived: list[Event] = []
        self._trying = False
        self._next_try = 0.0
        self._failures = 0
        self._serial = 0
        self._hold_until = 0.0
        self._down_since = shared.clock.monotonic()
        self._shown_at = float("-inf")
        self._last_puback_ms: int | None = None
        self._unheard = False
        self._state = SinkHealth(sink, kind)
        self._out: dict[int, Reading] = {}  # the readings that are out, by number
        self._acknowledged: Counter[str] = Counter()
        self._published: Counter[str] = Counter()
        self._count = dict.fromkeys(("sent", "acknowledged", "refused", "lost"), 0)
        self._show()

    # ------------------------------------------------------------------ the worker

    def turn(self, now: float) -> float:
        """Handle what arrived, keep the connection, and fill the window."""
        arrived, self._arrived = self._arrived, []
        for event in (*arrived, *self._delivery.pump(0)):
            self._handle(event, now)
        if self._may_rest():
            self._rest()
            wait = self._look_every
        else:
            wait = self._fill(now) if self._delivery.connected else self._connect(now)
        if now - self._shown_at >= (SHOW_EVERY_OWN if self._meter else SHOW_EVERY):
            self._shown_at = now
            for outbox in self._outboxes.values():
                outbox.catch_up()
            self._show()
        return wait

    def wait(self, seconds: float) -> None:
        """Move octets for that long, or until something arrived."""
        self._arrived += self._delivery.pump(seconds)

    def wake(self) -> None:
        """End the wait."""
        self._delivery.wake()

    def abort(self) -> None:
        """End the wait; every other one has a limit of its own."""
        self._delivery.wake()

    def watch(self, now: float) -> None:
        """Report a connection that does not come back. On the supervisor's thread."""
        fault, down = self._state.last_fault, self._down_since
        conditions: tuple[Condition, ...] = ()
        if self._state.enabled and not self._delivery.connected and now - down >= ALARM_AFTER:
            message = fault.message if fault is not None else "not connected yet"
            code = fault.code if fault is not None else "E-SINK"
            conditions = (Condition("sink_down", message, Severity.ERROR, "delivery", code),)
        self._shared.alarms.report(f"sink:{self._sink}", conditions, self._meter)

    def close(self) -> None:
        """Say goodbye, give the last answers a moment, and disconnect."""
        clock = self._shared.clock
        until = clock.monotonic() + GOODBYE
        goodbye = deque(self._announcer.goodbye()) if self._delivery.connected else deque()
        while (goodbye or self._sent) and self._delivery.connected and clock.monotonic() < until:
            while goodbye and self._delivery.room > 0:
                self._publish(goodbye.popleft(), None)
            for event in self._delivery.pump(0.05):
                self._handle(event, clock.monotonic())
        self._delivery.close()
        self._show()

    # ------------------------------------------------------------------ the connection

    def _may_rest(self) -> bool:
        """Whether the one meter of this connection is paused or gone, and nothing is left of it."""
        if self._meter in {"", BRIDGE}:
            return False
        meter = self._shared.board.meter(self._meter)
        if self._sent or (meter is not None and meter.desired is Desired.RUNNING):
            return False
        return not any(outbox.pending(1) for outbox in self._outboxes.values())

    def _rest(self) -> None:
        self._down_since = self._shared.clock.monotonic()
        if self._delivery.connected or self._trying:
            self._delivery.leave()
            self._trying = False
            self._forget()
            self._show()

    def _connect(self, now: float) -> float:
        if self._trying:
            return self._look_every
        if now < self._next_try:
            return self._next_try - now
        self._trying = True
        self._delivery.open()
        return 0.0

    def _handle(self, event: Event, now: float) -> None:
        match event:
            case Connected(version):
                self._trying = False
                self._announcer.greet()
                _log.info("sink connected", sink=self._title, protocol=version)
                self._show(protocol=version)
            case Lost():
                self._lost(event, now)
            case Acknowledged():
                self._answered(event, now)
            case CallbackFault(where, text):
                _log.error("a handler of the sink failed", sink=self._title, where=where, text=text)

    def _lost(self, event: Lost, now: float) -> None:
        if not self._trying:
            self._count["lost"] += 1
            self._down_since = now
            self._shared.metrics.sink_disconnects.labels(self._title).inc()
        self._trying = False
        self._forget()
        delay = min(RETRY_LAST, RETRY_FIRST * 2.0**self._failures)
        wobble = 1.0 + JITTER * (2.0 * spread(self._title, self._serial) - 1.0)
        self._failures, self._serial = min(self._failures + 1, 10), self._serial + 1
        self._next_try = now + max(delay * wobble, event.at_least)
        self._blame(event.code, event.cause)

    def _forget(self) -> None:
        """What is neither acknowledged nor buried is taken from the cursors again."""
        self._passages.lost(self._title)
        self._sent.clear()
        self._out.clear()
        self._alarms.rewind()
        for lane in Lane:
            self._queues[lane].clear()
            self._outboxes[lane].rewind()

    # ------------------------------------------------------------------ messages

    def _fill(self, now: float) -> float:
        """Publish as much as there is room for; seconds until there may be more."""
        if now < self._hold_until:
            return self._look_every
        if self._hold_until:
            self._hold_until = 0.0
            self._forget()
        self._announcer.look(now)
        room = self._room()
        for _ in range(room):
            if not self._delivery.connected:
                return 0.0  # lost while publishing; the next pump says why
            if self._announcer.waiting:
                self._publish(self._announcer.next(), None)
            elif (event := self._alarms.next(now)) is not None:
                self._publish(self._encoder.alarm(event), None, event.number)
            elif (lane := self._next_lane()) is not None:
                self._publish(self._queues[lane].popleft(), lane)
            else:
                return self._look_every
        # No room left: answers of the broker end the wait, a commit of the store does not.
        return self._look_every if room <= 0 < len(self._sent) else COMMIT_SOON

    def _room(self) -> int:
        """How many more messages a crash now may repeat, within what the broker takes."""
        unsettled = sum(outbox.unsettled for outbox in self._outboxes.values())
        if unsettled > WINDOW // 4:
            self._outboxes[Lane.LIVE].settle()
        return min(self._delivery.room, WINDOW - len(self._sent) - unsettled)

    def _next_lane(self) -> Lane | None:
        for lane in Lane:
            if self._queues[lane] or self._refill(lane):
                return lane
        return None

    def _refill(self, lane: Lane) -> bool:
        outbox, queue = self._outboxes[lane], self._queues[lane]
        while not queue:
            readings = outbox.take(BATCH)
            if not readings:
                return False
            self._out.update((r.number, r) for r in readings if r.number is not None)
            for product in self._encoder.encode(readings, lane):
                if isinstance(product, Refusal):
                    self._bury(lane, Message("", b"", product.numbers), product.reason)
                else:
                    queue.append(product)
        return True

    def _publish(self, message: Message, lane: Lane | None, alarm: int | None = None) -> None:
        token = self._delivery.publish(message)
        self._sent[token] = Sent(message, lane, alarm)
        whose = [r.meter for n in message.numbers if (r := self._out.get(n))]
        self._published.update(whose)
        if whose:
            self._passages.published(self._title, self._sink, token, message, whose)
        self._count["sent"] += 1

    def _answered(self, event: Acknowledged, now: float) -> None:
        sent = self._sent.pop(event.token, None)
        if sent is None:
            return
        self._passages.answered(self._title, event)
        message, lane, metrics = sent.message, sent.lane, self._shared.metrics
        if event.outcome is Outcome.SENT:
            self._failures = 0
            self._count["acknowledged"] += 1
            self._last_puback_ms = self._shared.clock.utc_ms()
            self._unheard = event.code == NO_MATCHING_SUBSCRIBERS
            metrics.sink_messages.labels(self._title, "acknowledged").inc()
            metrics.sink_readings.labels(self._title).inc(len(message.numbers))
            if lane is not None:
                self._count_arrived(message, lane)
                self._outboxes[lane].acknowledge(message.numbers)
        elif event.outcome is Outcome.REFUSED:
            self._bury(lane, message, f"the broker refused it: {event.reason}")
        else:
            self._hold_until = now + HOLD
            self._blame("E-SINK-NOT-NOW", f"{message.topic}: {event.reason}")
            return
        if sent.alarm is not None:
            self._alarms.settled(sent.alarm)

    def _count_arrived(self, message: Message, lane: Lane) -> None:
        arrived = [r for n in message.numbers if (r := self._out.pop(n, None)) is not None]
        self._acknowledged.update(reading.meter for reading in arrived)
        now_ms, live = self._shared.clock.utc_ms(), lane is Lane.LIVE
        took = ((r.meter, max(0, now_ms - r.ts_ms) / 1000 if live else None) for r in arrived)
        self._shared.ledger.arrived(self._sink, took)

    def _bury(self, lane: Lane | None, message: Message, reason: str) -> None:
        """Keep a message that was refused for good aside; what follows goes on."""
        self._count["refused"] += 1
        self._shared.metrics.sink_messages.labels(self._title, "refused").inc()
        self._blame("E-SINK-MESSAGE-REFUSED", reason)
        if lane is not None and message.numbers:
            utc_ms = self._shared.clock.utc_ms()
            buried = (self._out.pop(number, None) for number in message.numbers)
            self._shared.ledger.refused(r.meter for r in buried if r is not None)
            outbox = self._outboxes[lane]
            outbox.bury(message.numbers, message.topic, message.payload, reason, utc_ms)

    # ------------------------------------------------------------------ how it is seen

    def _blame(self, code: str, message: str) -> None:
        fault = Fault(code, message, at_ms=self._shared.clock.utc_ms())
        _log.warning("sink trouble", sink=self._title, code=code, reason=message)
        self._show(last_fault=fault)

    def _show(self, **changes: Any) -> None:
        clock, metrics = self._shared.clock, self._shared.metrics
        connected = self._delivery.connected
        pending = {lane: outbox.pending() for lane, outbox in self._outboxes.items()}
        wait = max(0.0, self._next_try - clock.monotonic())
        self._state = evolve(
            self._state,
            enabled=not self._meter or connected or not self._may_rest(),
            connected=connected,
            sent=self._count["sent"],
            acknowledged=self._count["acknowledged"],
            readings_sent=dict(self._published),
            readings_acknowledged=dict(self._acknowledged),
            refused=self._count["refused"],
            in_flight=len(self._sent),
            pending_live=pending[Lane.LIVE],
            pending_history=pending[Lane.HISTORY],
            disconnections=self._count["lost"],
            next_attempt_ms=None if connected else clock.utc_ms() + round(wait * 1000),
            last_puback_ms=self._last_puback_ms,
            unheard=self._unheard,
            **changes,
        )
        metrics.sink_connected.labels(self._title).set(connected)
        for lane, count in pending.items():
            metrics.sink_pending.labels(self._title, lane.name.lower()).set(count)
        self._shared.board.put_sink(self._state, self._meter)
