"""Wires between two ends on a fake clock: clean, noisy, lossy, slow, echoing, cut; from a seed.

A wire takes octets with the time and gives them back, changed or not, when they are due. One wire
goes one way; ``echoing`` says that the sender hears itself too.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Collection, Sequence

from dlmslite.link.hdlc.resync import Resync

HDLC_STUMPS = (b"\x7e\xa7\xff", b"\x7e\xa0\x20", b"~")
WRAPPER_HEADER = 8  # octets
WRAPPER_STUMPS = (
    b"\0",
    b"\0\x01\0",
    b"\0\x01\0\x01\0\x10\0",  # of a meter's answer to client 16
    b"\0\x01\0\x01\0\x10\x40\0",  # and a long one at that
    b"No TCP client connected, cannot send data\r\n",
)


class Wire:
    """One direction of a line.

    Args:
        seed: Where chance comes from; the same seed does the same.
        delay: Seconds that octets take.
        jitter: At most so many seconds more, in order.
        loss: How likely a write is lost whole.
        damage: How likely a write has one bit flipped.
        within: That bit is in so many first octets of it; 0 means anywhere.
        truncate: How likely a write loses its end.
        junk: How likely noise comes before a write.
        stumps: What that noise may be besides random octets: beginnings of messages.
        twice: How likely a write comes twice.
        pieces: At most so many octets arrive at once; 0 means no limit.
        gap: Seconds between those pieces.
        cut_after: The wire goes dead after so many octets; None means never.
        echoing: Whether the sender hears its own octets.
        holes: How likely an HDLC frame is lost out of a write of several.
        drop: The HDLC frames that are lost, counted from 0 over all writes.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        delay: float = 0.0,
        jitter: float = 0.0,
        loss: float = 0.0,
        damage: float = 0.0,
        within: int = 0,
        truncate: float = 0.0,
        junk: float = 0.0,
        stumps: Sequence[bytes] = HDLC_STUMPS,
        twice: float = 0.0,
        pieces: int = 0,
        gap: float = 0.0,
        cut_after: int | None = None,
        echoing: bool = False,
        holes: float = 0.0,
        drop: Collection[int] = (),
    ) -> None:
        self.echoing = echoing
        self.carried = 0
        self._chance = random.Random(seed)
        self._delay, self._jitter, self._gap = delay, jitter, gap
        self._loss, self._damage, self._truncate = loss, damage, truncate
        self._within, self._junk, self._stumps, self._twice = within, junk, stumps, twice
        self._holes, self._drop = holes, drop
        self._frames = itertools.count()
        self._pieces = pieces
        self._cut_after = cut_after
        self._order = itertools.count()
        self._due: list[tuple[float, int, bytes]] = []
        self._last = 0.0

    def send(self, octets: bytes, now: float) -> None:
        """Take what one side writes."""
        if self._holes or self._drop:
            octets = self._with_holes(octets)
        for written in self._harmed(octets):
            room = len(written)
            if self._cut_after is not None:
                room = max(self._cut_after - self.carried, 0)
            carried = written[:room]
            self.carried += len(carried)
            self._put(carried, now)

    def receive(self, now: float) -> bytes:
        """What arrives at the other side up to now."""
        arrived = b""
        while self._due and self._due[0][0] <= now:
            arrived += heapq.heappop(self._due)[2]
        return arrived

    def next_arrival(self) -> float | None:
        """When the next octets arrive, or None."""
        return self._due[0][0] if self._due else None

    def _harmed(self, octets: bytes) -> list[bytes]:
        chance = self._chance
        if chance.random() < self._loss:
            return []
        harmed = bytearray(octets)
        if harmed and chance.random() < self._damage:
            size = min(self._within or len(harmed), len(harmed))
            harmed[chance.randrange(size)] ^= 1 << chance.randrange(8)
        if chance.random() < self._truncate:
            del harmed[chance.randint(0, len(harmed)) :]
        if chance.random() < self._junk:
            harmed[:0] = chance.choice([chance.randbytes(5), *self._stumps])
        return [bytes(harmed)] * (2 if chance.random() < self._twice else 1)

    def _with_holes(self, octets: bytes) -> bytes:
        return b"".join(
            b"\x7e" + body + b"\x7e"
            for body in Resync().flush(octets)[0]
            if next(self._frames) not in self._drop and self._chance.random() >= self._holes
        )

    def _put(self, octets: bytes, now: float) -> None:
        at = max(self._last, now + self._delay + self._chance.random() * self._jitter)
        size = self._pieces or len(octets) or 1
        for start in range(0, len(octets), size):
            heapq.heappush(self._due, (at, next(self._order), octets[start : start + size]))
            at += self._gap
        self._last = at


def clean() -> tuple[Wire, Wire]:
    """Both directions of a perfect line."""
    return Wire(), Wire()


def noisy(seed: int, harm: float = 0.1) -> tuple[Wire, Wire]:
    """Flipped bits and junk, in the pieces of a serial line."""
    return (
        Wire(seed, damage=harm, junk=harm, pieces=7),
        Wire(seed + 1, damage=harm, junk=harm, pieces=11),
    )


def lossy(seed: int, harm: float = 0.1) -> tuple[Wire, Wire]:
    """Writes that are lost, cut short, doubled or late."""
    harms = {"loss": harm, "truncate": harm / 2, "twice": harm / 2}
    return Wire(seed, **harms, delay=0.05, jitter=0.2), Wire(seed + 1, **harms, delay=0.05)


def holed(seed: int, harm: float = 0.15) -> tuple[Wire, Wire]:
    """Frames that are lost out of the middle of a window."""
    return Wire(seed, holes=harm, delay=0.05), Wire(seed + 1, holes=harm, delay=0.05)


def slow(seed: int = 0) -> tuple[Wire, Wire]:
    """300 baud, ten bits an octet."""
    return Wire(seed, pieces=1, gap=1 / 30), Wire(seed, pieces=1, gap=1 / 30)


def echoing() -> tuple[Wire, Wire]:
    """An optical head: the client hears itself."""
    return Wire(delay=0.01, echoing=True), Wire(delay=0.01)


def cut(after: int) -> tuple[Wire, Wire]:
    """A line that goes dead towards the client after so many octets."""
    return Wire(), Wire(cut_after=after)


LINES: dict[str, Callable[[int], tuple[Wire, Wire]]] = {
    "clean": lambda _seed: clean(),
    "noisy": noisy,
    "lossy": lossy,
    "holed": holed,
    "slow": slow,
    "echoing": lambda _seed: echoing(),
}
"""Every line on which a conversation comes to its end; on one that is cut it ends in an error."""


def crackling(seed: int, harm: float = 0.15) -> tuple[Wire, Wire]:
    """Junk between the messages of a wrapper and bits that flip in their headers.

    It has no check sequence: what else is damaged cannot be noticed.
    """
    harms = {"damage": harm, "junk": harm, "within": WRAPPER_HEADER, "stumps": WRAPPER_STUMPS}
    return Wire(seed, **harms, pieces=7), Wire(seed + 1, **harms, pieces=11)


WRAPPER_LINES: dict[str, Callable[[int], tuple[Wire, Wire]]] = {
    "clean": lambda _seed: clean(),
    "noisy": crackling,
    "lossy": lossy,
    "slow": slow,
    "echoing": lambda _seed: echoing(),
    "cut": lambda seed: cut(100 + 211 * seed),
}
"""Every line under a wrapper; what harms it ends in an error at the deadline of who asked."""
