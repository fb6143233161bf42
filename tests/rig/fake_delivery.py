"""A delivery that a test plays the broker of."""

from __future__ import annotations

from collections import deque

from attrs import define, field

from dlmslite_daemon.errors import SinkError
from dlmslite_daemon.sinks.base import Acknowledged, Connected, Event, Lost, Message, Outcome


@define(eq=False)
class FakeDelivery:
    """One connection; the test says what the broker does.

    Attributes:
        window: Messages in flight at most.
        answers: Whether every message is acknowledged at the next pump.
        refuses: What ``open`` leads to instead of a connection.
        opened: How often it was opened.
        published: Every message that was handed over, in order.
        closed: Whether it was closed.
    """

    window: int = 20
    answers: bool = True
    refuses: Lost | None = None
    opened: int = 0
    published: list[Message] = field(factory=list)
    closed: bool = False
    connected: bool = False
    waiting: dict[int, Message] = field(factory=dict)
    events: deque[Event] = field(factory=deque)
    woken: int = 0

    @property
    def room(self) -> int:
        return self.window - len(self.waiting) if self.connected else 0

    def open(self) -> None:
        self.opened += 1
        if self.refuses is not None:
            self.events.append(self.refuses)
        else:
            self.connected = True
            self.events.append(Connected("5"))

    def publish(self, message: Message) -> int:
        if self.room <= 0:
            raise SinkError("no room", code="E-SINK-NO-ROOM")
        self.published.append(message)
        token = len(self.published)
        self.waiting[token] = message
        return token

    def answer(self, outcome: Outcome = Outcome.SENT, code: int = 0, reason: str = "") -> None:
        """Answer the oldest message that waits."""
        token = next(iter(self.waiting))
        del self.waiting[token]
        self.events.append(Acknowledged(token, outcome, code, reason))

    def lose(self, at_least: float = 0.0) -> None:
        """Cut the connection."""
        self.connected = False
        self.waiting.clear()
        self.events.append(Lost("E-SINK-LOST", "cut", at_least))

    def pump(self, seconds: float) -> list[Event]:
        while self.answers and self.waiting:
            self.answer()
        events = list(self.events)
        self.events.clear()
        return events

    def wake(self) -> None:
        self.woken += 1

    def leave(self) -> None:
        self.connected = False
        self.waiting.clear()

    def close(self) -> None:
        self.connected = False
        self.closed = True
