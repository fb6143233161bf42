"""What a store promises about how far each sink has come, and what it refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.records import DeadLetter
from dlmslite_daemon.store.ticket import Ticket


class DeliveryStore(Protocol):
    """The part of every store that keeps how far each sink has come, and what it refused."""

    def cursor(self, sink: str, lane: Lane, connection: str = "") -> int:
        """The number up to which all is acknowledged; a new cursor stands where the sink began.

        A connection without a cursor of its own stands where the sink's shared one does; without a
        connection the sink stands where the last of its connections does.

        Raises:
            UnknownSink: There is no such sink.
        """
        ...

    def advance(self, sink: str, lane: Lane, connection: str, number: int) -> Ticket:
        """Move a cursor forwards; a smaller number than it has leaves it where it is.

        The ticket fails with ``UnknownSink`` if the sink was removed.
        """
        ...

    def join_cursors(self, sink: str, own: Collection[str] | None) -> None:
        """Bring all cursors of a sink to the shared one, before its connections become others.

        Where connections had cursors of their own, the shared one goes, even backwards, to that of
        them furthest behind that has readings left to deliver; where none has, behind all that is
        stored. The own ones are forgotten.

        Args:
            sink: The sink.
            own: The meters whose connections had cursors of their own; those of removed meters
                count besides. None where all shared one, which stays where it is.

        Raises:
            UnknownSink: There is no such sink.
        """
        ...

    def pending(
        self, lane: Lane, number: int, meters: Sequence[str] | None = None, limit: int = 100_000
    ) -> int:
        """How many readings of a lane have a higher number; counting ends at the limit."""
        ...

    def add_dead_letter(self, letter: DeadLetter) -> None:
        """Keep a message that was refused for good.

        Raises:
            UnknownSink: There is no such sink.
        """
        ...

    def dead_letters(self, sink: str, limit: int = 100) -> list[DeadLetter]:
        """The newest dead letters of a sink, newest first."""
        ...

    def readings_between(self, lane: Lane, after: int, until: int) -> dict[str, int]:
        """How many readings of each meter have a number in ``(after, until]``."""
        ...
