"""Noise, loss, delay, repetition, disorder and broken connections, from a seed.

A ``FaultyWire`` stands between a meter and its client and holds back, damages, repeats or drops
what the meter says. It is a value of the seed: the same plan and the same answers give the same
faults. Octets keep their order, as on every line, unless disorder is asked for: what follows a late
answer is late too. Time is an argument.
"""

from __future__ import annotations

import enum
import random
from collections import deque

from attrs import field, validators

from dlmslite.errors import ConfigurationError
from dlmslite.records import frozen

_PROBABILITIES = (
    "loss",
    "corruption",
    "noise",
    "late",
    "cut",
    "duplication",
    "reordering",
    "truncation",
    "stale",
    "busy",
    "reset",
    "half_open",
)


class Busy(enum.Enum):
    """What a busy meter does."""

    NOT_READY = "rnr"
    DENIES = "dm"
    SILENT = "silence"


@frozen(kw_only=True)
class FaultPlan:
    """What goes wrong, and how often. Probabilities are for each answer, 0 to 1.

    Attributes:
        seed: Where the chances come from.
        loss: An answer never arrives.
        corruption: One octet of an answer arrives changed.
        noise: Up to 16 random octets arrive before an answer.
        late: An answer arrives ``late_seconds`` after it was due, when the client has given up.
        cut: An answer ends in its middle and the connection is closed.
        duplication: An answer arrives twice.
        reordering: An answer arrives behind the next one.
        truncation: An answer ends in its middle, and the connection stays.
        stale: An earlier answer arrives once more, before the one that is due.
        busy: The meter has no time for a request; see ``busy_kind``.
        reset: Instead of an answer the connection is reset.
        half_open: From an answer on nothing passes any more, either way, and nobody says so.
        delay_seconds: Every answer takes this long.
        jitter_seconds: And up to this much longer.
        late_seconds: How late a late answer is.
        busy_kind: What a busy meter does.
        busy_seconds: How long it has no time.
    """

    seed: int = 0
    loss: float = 0.0
    corruption: float = 0.0
    noise: float = 0.0
    late: float = 0.0
    cut: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    truncation: float = 0.0
    stale: float = 0.0
    busy: float = 0.0
    reset: float = 0.0
    half_open: float = 0.0
    delay_seconds: float = field(default=0.0, validator=validators.ge(0.0))
    jitter_seconds: float = field(default=0.0, validator=validators.ge(0.0))
    late_seconds: float = field(default=15.0, validator=validators.ge(0.0))
    busy_kind: Busy = field(default=Busy.SILENT, converter=Busy)
    busy_seconds: float = field(default=1.0, validator=validators.ge(0.0))

    def __attrs_post_init__(self) -> None:
        for name in _PROBABILITIES:
            chance = getattr(self, name)
            if not 0.0 <= chance <= 1.0:
                raise ConfigurationError(f"{name} is a probability from 0 to 1, not {chance}")


NO_FAULTS = FaultPlan()
"""A wire that carries everything at once and unchanged."""


class FaultyWire:
    """The wire from a meter to its client, with the faults of a plan.

    Args:
        plan: What goes wrong.
        salt: Tells the connections of one meter apart, so that each has chances of its own.

    Attributes:
        closed: Whether the connection has ended: nothing passes any more.
        reset: Whether it ended by a reset.
        dead: Whether nothing passes any more though the connection stands (half-open).
    """

    def __init__(self, plan: FaultPlan = NO_FAULTS, salt: int = 0) -> None:
        self.plan = plan
        self.closed = False
        self.reset = False
        self.dead = False
        self._random = random.Random(f"{plan.seed}/{salt}")  # noqa: S311 - faults, not secrets
        self._queue: deque[tuple[float, tuple[bytes, ...], bool]] = deque()
        self._held: tuple[bytes, ...] = ()  # what waits to arrive behind the next answer
        self._earlier = b""  # the last answer, for one that comes too late

    def send(self, octets: bytes, now: float) -> None:
        """Give the wire one answer of the meter."""
        if self.closed or self.dead or not octets or self._breaks() or self._chance(self.plan.loss):
            return
        due = now + self.plan.delay_seconds + self._random.random() * self.plan.jitter_seconds
        if self._chance(self.plan.late):
            due += self.plan.late_seconds
        cut = self._chance(self.plan.cut)
        passing: tuple[bytes, ...] = (self._damaged(octets, cut=cut),)
        if self._chance(self.plan.stale) and self._earlier:
            passing = (self._earlier, *passing)
        self._earlier = octets
        if self._chance(self.plan.duplication):
            passing += passing
        if not self._held and not cut and self._chance(self.plan.reordering):
            self._held = passing
            return
        passing, self._held = passing + self._held, ()
        if self._queue:
            due = max(due, self._queue[-1][0])
        self._queue.append((due, passing, cut))

    def receive(self, now: float) -> bytes:
        """What has come through by now; ``closed`` is set when it was cut."""
        return b"".join(self.receive_pieces(now))

    def receive_pieces(self, now: float) -> list[bytes]:
        """The same, answer by answer, as datagrams are."""
        arrived: list[bytes] = []
        while self._queue and self._queue[0][0] <= now and not self.closed:
            _, pieces, cut = self._queue.popleft()
            arrived += pieces
            self.closed = cut
        return arrived

    def next_due(self) -> float | None:
        """When something more comes through, or None."""
        return self._queue[0][0] if self._queue and not self.closed else None

    def _breaks(self) -> bool:
        """Whether the connection is broken instead of an answer."""
        if self._chance(self.plan.reset):
            self.closed = self.reset = True
        elif self._chance(self.plan.half_open):
            self.dead = True
            self._queue.clear()
        return self.closed or self.dead

    def _damaged(self, octets: bytes, *, cut: bool) -> bytes:
        if self._chance(self.plan.corruption):
            octets = self._corrupted(octets)
        if self._chance(self.plan.noise):
            octets = self._random.randbytes(self._random.randint(1, 16)) + octets
        if cut or self._chance(self.plan.truncation):
            octets = octets[: self._random.randrange(len(octets))]
        return octets

    def _chance(self, probability: float) -> bool:
        return probability > 0.0 and self._random.random() < probability

    def _corrupted(self, octets: bytes) -> bytes:
        place = self._random.randrange(len(octets))
        changed = octets[place] ^ self._random.randint(1, 255)
        return octets[:place] + bytes([changed]) + octets[place + 1 :]
