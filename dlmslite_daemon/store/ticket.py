"""The promise of a commit, and what became of it."""

from __future__ import annotations

import threading

from attrs import frozen

from dlmslite_daemon.errors import BridgeError, StoreError


@frozen
class Stored:
    """What became of a batch.

    Attributes:
        count: How many readings are new in the store.
        duplicates: How many were there already.
        refused: How many belong to no known meter and series: removed since they were read.
    """

    count: int
    duplicates: int = 0
    refused: int = 0


class Ticket:
    """The promise of a commit.

    Attributes:
        event: Set when the commit was made or has failed; wait for it with the clock.
    """

    __slots__ = ("_error", "_stored", "event")

    def __init__(self) -> None:
        self.event = threading.Event()
        self._stored: Stored | None = None
        self._error: BridgeError | None = None

    @property
    def done(self) -> bool:
        """Whether the outcome is known."""
        return self.event.is_set()

    def resolve(self, stored: Stored) -> None:
        """The commit was made; the store alone calls it."""
        self._stored = stored
        self.event.set()

    def fail(self, error: BridgeError) -> None:
        """The commit will not be made; the store alone calls it."""
        self._error = error
        self.event.set()

    def result(self) -> Stored:
        """What became of the batch.

        Raises:
            BridgeError: Why the commit failed.
            StoreError: The outcome is not known yet (``E-STORE-PENDING``).
        """
        if self._error is not None:
            raise self._error
        if self._stored is None:
            raise StoreError("the commit is still to come", code="E-STORE-PENDING")
        return self._stored
