"""What a sink says of the meters beside their readings: who is there, who is online, which units.

After each connect everything is said again, since brokers and servers forget; between two connects
only what changed.
"""

from __future__ import annotations

from collections import deque

from dlmslite_daemon.engine.board import Board
from dlmslite_daemon.engine.health import MeterHealth, Observed, SeriesState
from dlmslite_daemon.sinks.base import Encoder, Message, MeterCard, SeriesCard

LOOK_EVERY = 1.0  # seconds between two looks at a board that may hold a thousand meters
_ONLINE = frozenset({Observed.ONLINE, Observed.DEGRADED})
_UNREAD = frozenset({SeriesState.DISABLED, SeriesState.UNDEFINED})


class Announcer:
    """What is still to be said on one connection.

    Args:
        encoder: What makes the messages.
        board: Where the meters are seen.
        meter: Only this meter; empty for all.
    """

    def __init__(self, encoder: Encoder, board: Board, meter: str = "") -> None:
        self._encoder = encoder
        self._board = board
        self._meter = meter
        self._said: dict[str, MeterCard] = {}
        self._waiting: deque[Message] = deque()
        self._looked = float("-inf")

    @property
    def waiting(self) -> int:
        """How many messages are to be published."""
        return len(self._waiting)

    def next(self) -> Message:
        """The next message to be published."""
        return self._waiting.popleft()

    def greet(self) -> None:
        """A connection begins: everything is said."""
        cards = self._cards()
        self._said = cards
        self._waiting = deque(self._encoder.hello(tuple(cards.values())))

    def look(self, now: float) -> None:
        """Find what changed since it was said; does nothing within a second."""
        if now - self._looked < LOOK_EVERY:
            return
        self._looked = now
        cards = self._cards()
        for name, card in cards.items():
            if self._said.get(name) != card:
                self._waiting.extend(self._encoder.announce(card))
        for name in self._said.keys() - cards.keys():
            self._waiting.extend(self._encoder.withdraw(self._said[name]))
        self._said = cards

    def goodbye(self) -> list[Message]:
        """What to say before a clean disconnect."""
        return self._encoder.goodbye(tuple(self._said.values()))

    def _cards(self) -> dict[str, MeterCard]:
        own = (self._board.meter(self._meter),) if self._meter else self._board.meters()
        return {state.name: _card(state) for state in own if state is not None}


def _card(state: MeterHealth) -> MeterCard:
    series = (one for one in state.series if one.state not in _UNREAD)
    return MeterCard(
        name=state.name,
        online=state.observed in _ONLINE,
        series=tuple(SeriesCard(one.key, one.obis, one.unit) for one in series),
    )
