"""What a meter is to the wire: octets of a client in, octets for it out.

A simulated meter, a busy one and a replayed capture all have these verbs; whoever serves them knows
nothing else of them.
"""

from __future__ import annotations

from typing import Protocol


class Conversation(Protocol):
    """What a meter says to one client; the time is an argument."""

    def open(self, now: float) -> None:
        """Listen for the client."""

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets of the client and prepare the answer."""

    def data_to_send(self) -> bytes:
        """Octets for the client since the last call."""

    def next_deadline(self) -> float | None:
        """When ``deadline_passed`` wants to be called, or None."""

    def deadline_passed(self, now: float) -> None:
        """Act on every deadline up to ``now``."""
