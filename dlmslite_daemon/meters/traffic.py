"""What goes over one meter's wire: octets, pieces, frames, and what was thrown away.

The library's tap calls us on the thread that moves the octets; it costs a few additions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from attrs import frozen

from dlmslite_daemon.clock import Clock

DISCARDED_KEPT = 100  # between two looks; a storm of noise must not fill the memory
OCTETS_KEPT = 256  # of each piece that was thrown away
_DISCARDED = "discarded: "  # how the library notes it


@frozen
class Traffic:
    """What went over the wire since the last look.

    Attributes:
        octets_sent: Octets out.
        octets_received: Octets in.
        sends: Pieces out: a frame, or a burst of frames.
        receives: Pieces in.
        frames_sent: Frames out.
        frames_received: Sound frames in; a frame counts when its last octet is here.
        discarded: What was thrown away: its reason and octets, in order.
        octets_discarded: How many octets that were.
    """

    octets_sent: int = 0
    octets_received: int = 0
    sends: int = 0
    receives: int = 0
    frames_sent: int = 0
    frames_received: int = 0
    discarded: tuple[tuple[str, bytes], ...] = ()
    octets_discarded: int = 0


class TrafficCount:
    """Counts what the library's tap reports.

    Attributes:
        moved_at: When octets last moved either way, s.

    Args:
        clock: The daemon's clock.
        frames: Takes each piece too: whether it was sent, and its octets; None for nobody.
    """

    def __init__(self, clock: Clock, frames: Callable[[bool, bytes], None] | None = None) -> None:
        self._clock = clock
        self._frames = frames
        self.moved_at = clock.monotonic()
        self._sent = [0, 0, 0]  # octets, pieces, frames
        self._received = [0, 0, 0]
        self._discarded: deque[tuple[str, bytes]] = deque(maxlen=DISCARDED_KEPT)
        self._thrown_away = 0

    def __call__(self, event: Any) -> None:
        """One trace event of the library."""
        self.moved_at = self._clock.monotonic()
        if event.note.startswith(_DISCARDED):
            reason = event.note.removeprefix(_DISCARDED)
            self._discarded.append((reason, event.octets[-OCTETS_KEPT:]))
            self._thrown_away += len(event.octets)
        elif event.layer == "transport":
            count = self._sent if event.direction.value == "sent" else self._received
            count[0] += len(event.octets)
            count[1] += 1
            count[2] += event.details.get("frames", 0)
            if self._frames is not None:
                self._frames(count is self._sent, event.octets)

    def look(self) -> Traffic:
        """What went over the wire since the last ``take``."""
        discarded = tuple(self._discarded)
        sent, received = self._sent, self._received
        return Traffic(
            octets_sent=sent[0],
            octets_received=received[0],
            sends=sent[1],
            receives=received[1],
            frames_sent=sent[2],
            frames_received=received[2],
            discarded=discarded,
            octets_discarded=self._thrown_away,
        )

    def take(self) -> Traffic:
        """The same, and begin anew."""
        traffic = self.look()
        self._sent, self._received = [0, 0, 0], [0, 0, 0]
        self._discarded.clear()
        self._thrown_away = 0
        return traffic
