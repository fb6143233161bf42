"""Carries octets between a transport and a session, and shows them to whoever looks.

It changes the speed of the line when the link asks for that: after the octets before have left, and
before the octets after are sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dlmslite.clock import Clock
from dlmslite.errors import ConfigurationError
from dlmslite.link.base import SpeedWanted
from dlmslite.session import Session
from dlmslite.trace import FRAMES, Direction, Tap, TraceEvent
from dlmslite.transport.base import AdjustableTransport, Transport

_NONE: Mapping[str, object] = MappingProxyType({})


class Carrier:
    """One transport and one session.

    Args:
        transport: Opened and closed by its owner.
        session: What is said on it.
        clock: The time.
        trace: Takes every piece of octets that moves.
    """

    def __init__(
        self, transport: Transport, session: Session, clock: Clock, trace: Tap | None
    ) -> None:
        self._transport = transport
        self._session = session
        self._clock = clock
        self._trace = trace
        self._counted = {Direction.SENT: 0, Direction.RECEIVED: 0}

    def transmit(self) -> bool:
        """Send all that there is, piece by piece; whether there was any.

        Raises:
            TransportError: The wire failed.
            DeadlineExceeded: It takes nothing.
        """
        sent = False
        while octets := self._session.data_to_send():
            if self._trace is not None:
                self.tap(Direction.SENT, octets)
            self._transport.send(octets)
            sent = True
        return sent

    def receive(self, seconds: float) -> bytes:
        """Wait for octets; empty when nothing came in time.

        Raises:
            TransportError: The wire failed.
        """
        return self._transport.receive(seconds)

    def hand_in(self, octets: bytes, now: float) -> None:
        """Give the session what was received."""
        self._session.receive(octets, now)
        if self._trace is not None:
            self.tap(Direction.RECEIVED, octets)

    def tap(self, direction: Direction, octets: bytes, note: str = "") -> None:
        """Show something to whoever looks."""
        if self._trace is not None:
            is_inside = direction is Direction.INTERNAL
            self._trace(
                TraceEvent(
                    at=self._clock.monotonic(),
                    layer="link" if is_inside else "transport",
                    direction=direction,
                    octets=octets,
                    note=note,
                    details=_NONE if is_inside else {FRAMES: self._passed(direction)},
                )
            )

    def _passed(self, direction: Direction) -> int:
        """How many frames passed that way since this was asked last."""
        frames = self._session.frames
        count = frames.sent if direction is Direction.SENT else frames.received
        before, self._counted[direction] = self._counted[direction], count
        return count - before

    def change_speed(self, wanted: SpeedWanted) -> None:
        """Change the speed of the line, before anything more is said.

        Raises:
            TransportError: The port is gone, or has no such speed.
            ConfigurationError: The speed of this wire cannot be changed.
        """
        if not isinstance(self._transport, AdjustableTransport):
            raise ConfigurationError("the speed of this wire cannot be changed")
        self._transport.set_line(wanted.baud, wanted.format)
        self.tap(Direction.INTERNAL, b"", f"line: {wanted.baud} baud {wanted.format}")
