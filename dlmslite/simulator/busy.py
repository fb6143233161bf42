"""A meter that has no time: it stands between the wire and the meter and says so, or says nothing.

What a busy meter does depends on the meter: it asks to be polled again (RNR), denies that there is
a link (DM), or is silent. The wrapper knows only silence. Octets in, octets out, as behind it.
"""

from __future__ import annotations

import random

from dlmslite.errors import FramingError
from dlmslite.link.hdlc.frames import DM, RNR, RR, Frame, I, decode_sound
from dlmslite.link.hdlc.resync import FLAG, Resync
from dlmslite.simulator.base import Conversation
from dlmslite.simulator.faults import Busy, FaultPlan


class BusyFront:
    """Lets a client through, except when the meter is busy.

    Args:
        meter: What is behind it.
        plan: How often it is busy, how, and how long.
        salt: Tells the connections of one meter apart.
    """

    def __init__(self, meter: Conversation, plan: FaultPlan, salt: int = 0) -> None:
        self._meter = meter
        self._plan = plan
        self._random = random.Random(f"{plan.seed}/busy/{salt}")  # noqa: S311 - faults, not secrets
        self._resync = Resync()
        self._outgoing = bytearray()
        self._held = bytearray()  # an answer that waits until the meter has time
        self._busy_until = 0.0
        self._awaited = 0  # N(R) of the RNR: the request has arrived

    def open(self, now: float) -> None:
        """Listen for the client."""
        self._meter.open(now)

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets of the client; they reach the meter unless it is busy."""
        if self._plan.busy_kind is Busy.SILENT:
            if not self._is_busy(now):
                self._meter.receive(octets, now)
            return
        # Whole frames, so that each of them can be answered.
        for body in self._resync.feed(octets)[0]:
            try:
                frame = decode_sound(body)
            except FramingError:
                continue
            self._take(frame, FLAG + body + FLAG, now)

    def data_to_send(self) -> bytes:
        """Octets for the client since the last call."""
        octets = bytes(self._outgoing) + self._meter.data_to_send()
        self._outgoing.clear()
        return octets

    def next_deadline(self) -> float | None:
        """When ``deadline_passed`` wants to be called, or None."""
        return self._meter.next_deadline()

    def deadline_passed(self, now: float) -> None:
        """Act on every deadline up to ``now``."""
        self._meter.deadline_passed(now)

    def _is_busy(self, now: float) -> bool:
        if now < self._busy_until:
            return True
        if self._random.random() < self._plan.busy:
            self._busy_until = now + self._plan.busy_seconds
            return True
        return False

    def _take(self, frame: Frame, octets: bytes, now: float) -> None:
        if self._plan.busy_kind is Busy.DENIES:
            if self._is_busy(now):
                self._say(DM(frame.source, frame.destination))
            else:
                self._meter.receive(octets, now)
        elif self._held:
            # The client polls for the answer that the meter owes.
            if now < self._busy_until and isinstance(frame, RR | I):
                self._say_not_ready(frame)
            else:
                self._outgoing += self._held
                self._held.clear()
        elif isinstance(frame, I) and frame.pf and not frame.segmented and self._is_busy(now):
            self._meter.receive(octets, now)
            self._held += self._meter.data_to_send()
            self._say_not_ready(frame)
        else:
            self._meter.receive(octets, now)

    def _say_not_ready(self, frame: RR | I) -> None:
        if isinstance(frame, I):
            self._awaited = (frame.ns + 1) % 8
        self._say(RNR(frame.source, frame.destination, self._awaited))

    def _say(self, frame: Frame) -> None:
        self._outgoing += frame.encode()
