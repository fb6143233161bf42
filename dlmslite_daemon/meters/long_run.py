"""The long rungs: many reads on one session, and reads after idle gaps.

A converter or a meter that ends an idle session does so at a limit of its own; three gaps find
between which two of them it lies. Where a session ends, the next gap begins with a new one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from attrs import field, frozen

import dlmslite
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.finding import Rung
from dlmslite_daemon.meters import judge
from dlmslite_daemon.meters.failure import MeterFailed
from dlmslite_daemon.meters.judge import Judgement, fine
from dlmslite_daemon.meters.reader import CLOCK_OBIS, Reader

READS = 30  # every one of the sixteen invoke-ids, nearly twice (old-bridge.md 7.4)
IDLE_GAPS = (20.0, 35.0, 200.0)  # s: below and above a converter's 30 s, above a meter's 180 s
READS_SECONDS = 240.0  # after which no other read is begun: the line is wanted again
TICK = 5.0  # seconds between two words of progress
_CLOCK_CLASS = 8


@frozen
class Pace:
    """How a run of reads went.

    Attributes:
        count: How many were made.
        lost: How many had no sound answer at the first try.
        seconds: How long each took, in order.
        octets: How many went and came.
        discarded: What was thrown away, by kind.
    """

    count: int
    lost: int
    seconds: tuple[float, ...] = ()
    octets: tuple[int, int] = (0, 0)
    discarded: tuple[str, ...] = ()

    def quantile(self, share: float) -> float:
        """The time that this share of the reads stayed below, s; 0 where there were none."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@frozen
class Gap:
    """One idle gap.

    Attributes:
        seconds: How long.
        survived: Whether the session was still good afterwards.
        told: In words.
    """

    seconds: float
    survived: bool
    told: str


@frozen(kw_only=True)
class LongRun:
    """Reads on a session for long, and leaves it idle.

    Attributes:
        open: Opens a new session; raises ``BridgeError``.
        clock: The daemon's clock.
        hush: Set to end the waits.
        tell: Told what is going on; what it raises ends the run.
        reads: How many reads.
        gaps: The idle gaps, s, rising.
    """

    open: Callable[[], Reader] = field(repr=False)
    clock: Clock
    hush: threading.Event
    tell: Callable[[str], None]
    reads: int = READS
    gaps: Sequence[float] = IDLE_GAPS

    def read_many(self, reader: Reader) -> tuple[Reader, Pace, Rung]:
        """The rung ``reads``; a session that breaks is lost once and opened again.

        Returns:
            The session as it stands then, how it went, and the rung.
        """
        lost, times, discarded = 0, [], []
        sent = received = 0
        begun = self.clock.monotonic()
        number = 0
        while number < self.reads and self.clock.monotonic() - begun < READS_SECONDS:
            number += 1
            if number % 10 == 1:
                self.tell(f"read {number} of {self.reads}")
            reader.traffic.take()
            asked = self.clock.monotonic()
            try:
                read_clock(reader)
                times.append(self.clock.monotonic() - asked)
                sound = True
            except MeterFailed:
                sound = False
            traffic = reader.traffic.take()
            sent, received = sent + traffic.octets_sent, received + traffic.octets_received
            discarded += [kind for kind, _ in traffic.discarded]
            # A request is one piece; whatever needed more was asked for again.
            lost += not sound or traffic.sends > 1 or bool(traffic.discarded)
            if not sound:
                reader = self._anew(reader)
        pace = Pace(number, lost, tuple(times), (sent, received), tuple(discarded))
        judged = judge.of_reads(pace.count, pace.lost, pace.discarded)
        if judged.cause is None:
            slow = judge.of_pace(pace.quantile(0.95))
            judged = Judgement(slow.cause, slow.confidence, f"{judged.told}; {slow.told}")
        seconds = self.clock.monotonic() - begun
        return reader, pace, judged.rung("reads", seconds, (sent, b""), (received, b""))

    def idle(self, reader: Reader) -> tuple[Reader, tuple[Gap, ...], Rung]:
        """The rung ``idle``: up to the first gap that the session does not outlive.

        Returns:
            The session as it stands then, every gap, and the rung.
        """
        begun, before = self.clock.monotonic(), 0.0
        gaps: list[Gap] = []
        judged: Judgement | None = None
        sent = received = 0
        for gap in self.gaps:
            self._rest(gap)
            reader.traffic.take()
            try:
                read_clock(reader)
                gaps.append(Gap(gap, survived=True, told="the session was still good"))
                before = gap
            except MeterFailed as error:
                judged = judge.of_idle(gap, before, error.__cause__ or error)
                gaps.append(Gap(gap, survived=False, told=judged.told))
            traffic = reader.traffic.take()
            sent, received = sent + traffic.octets_sent, received + traffic.octets_received
            if judged is not None:
                reader = self._anew(reader)
                break
        told = f"the session outlived {', '.join(f'{gap:g}' for gap in self.gaps)} s of silence"
        rung = (judged or fine(told)).rung(
            "idle", self.clock.monotonic() - begun, (sent, b""), (received, b"")
        )
        return reader, tuple(gaps), rung

    def _anew(self, reader: Reader) -> Reader:
        reader.close()
        return self.open()

    def _rest(self, seconds: float) -> None:
        left = seconds
        while left > 0 and not self.hush.is_set():
            self.tell(f"idle for {seconds:g} s, {left:.0f} s left")
            step = min(TICK, left)
            self.clock.wait(self.hush, step)
            left -= step


def read_clock(reader: Reader) -> None:
    """One cheap read that every meter has; a refusal is an answer, too.

    Raises:
        MeterFailed: The session broke.
    """
    try:
        reader.use(lambda client: client.get(CLOCK_OBIS, 2, class_id=_CLOCK_CLASS))
    except (dlmslite.ServiceError, dlmslite.DecodeError):
        return
