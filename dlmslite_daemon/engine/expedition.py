"""A climb of the ladder on one line: on the thread that owns it, between two polls.

The probe, the configured association and the long rungs all happen here, one connection after the
other, each after the rest that the endpoint needs and within the connect rate of the process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from attrs import evolve, field, frozen

from dlmslite_daemon.causes import Cause, Confidence
from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.engine.opening import REST, open_session
from dlmslite_daemon.engine.session import Entrance
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.finding import Rung, Step
from dlmslite_daemon.meters.failure import MeterFailed
from dlmslite_daemon.meters.identity import Told
from dlmslite_daemon.meters.inquiry import LadderValue
from dlmslite_daemon.meters.ladder import MeterLadder, Probe, Route, library_probe
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.meters.long_run import Gap, LongRun, Pace
from dlmslite_daemon.meters.profile_rows import ProfileSeen, look_at_profile
from dlmslite_daemon.meters.reader import Reader

Tell = Callable[[str], None]


class BrokenOff(BridgeError):
    """A climb was ended from outside."""

    code = "E-DIAGNOSIS-ENDED"


@frozen(kw_only=True)
class Plan:
    """How far an expedition goes.

    Attributes:
        quick: Whether it must be over within 15 s.
        alone: Whether the meter has its line to itself.
        known: Who the meter should be; empty where nobody knows.
        reads: How many reads follow on one session; 0 for none.
        gaps: Which idle gaps follow, s.
        rows: How many rows of a profile are read; 0 for none.
    """

    quick: bool = True
    alone: bool = False
    known: Told = field(factory=Told)
    reads: int = 0
    gaps: tuple[float, ...] = ()
    rows: int = 0


@frozen(kw_only=True)
class Brought:
    """What an expedition brings home.

    Attributes:
        rungs: What was climbed.
        values: What was read.
        seconds: How long it took.
        agreed: What was agreed with the meter, as text; empty where no association came about.
        pace: How the run of reads went.
        gaps: The idle gaps.
        profile: What the profile is like.
    """

    rungs: tuple[Rung, ...]
    values: tuple[LadderValue, ...] = ()
    seconds: float = 0.0
    agreed: str = ""
    pace: Pace | None = None
    gaps: tuple[Gap, ...] = ()
    profile: ProfileSeen | None = None


class Expedition:
    """One climb; ``run`` belongs on the line's thread, ``abort`` on any.

    Attributes:
        begun: Set as soon as the line is there for it.

    Args:
        settings: The meter, which need not be saved.
        entrance: How its session comes about on a line.
        shared: What all lines share.
        plan: How far to go.
        tell: Told what is going on.
        probe: The library's probe, or a stand-in.
    """

    def __init__(
        self,
        settings: MeterSettings,
        entrance: Callable[[Line], Entrance],
        shared: Shared,
        plan: Plan,
        tell: Tell,
        probe: Probe = library_probe,
    ) -> None:
        self._settings = settings
        self._entrance = entrance
        self._shared = shared
        self._plan = plan
        self._tell = tell
        self._probe = probe
        self.begun = threading.Event()
        self._hush = threading.Event()
        self._reader: Reader | None = None
        self._interrupt: Callable[[], None] = lambda: None
        self._ladder: MeterLadder | None = None

    def run(self, line: Line) -> Brought:
        """Go up as far as it goes, and leave the line.

        Raises:
            BridgeError: The meter's secret cannot be opened, or it was broken off.
        """
        self.begun.set()
        clock, begun = self._shared.clock, self._shared.clock.monotonic()
        entrance = self._entrance(line)
        first = self._reader = entrance.reader()
        clock.wait(self._hush, max(0.0, line.left_at + REST - begun))
        route = Route(
            settings=self._settings,
            open=lambda: self._open(entrance, first),
            claim=first.claim,
            traffic=first.traffic.take,
            quick=self._plan.quick,
            alone=self._plan.alone,
            known=self._plan.known,
            tell=self._told,
            on_wire=self._hold,
            probe=self._probe,
        )
        ladder = self._ladder = MeterLadder(route, clock, self._hush)
        try:
            sound = ladder.climb()
            brought = Brought(rungs=tuple(ladder.rungs), values=tuple(ladder.values))
            if sound and ladder.reader is not None:
                brought = self._stay(brought, ladder.reader, entrance)
            self._go_on()  # what a wire says that was broken off is no finding
        finally:
            self._reader.close()
            line.left_at = clock.monotonic()
        return evolve(brought, seconds=clock.monotonic() - begun)

    def abort(self) -> None:
        """Break it off; from any thread."""
        self._hush.set()
        self._interrupt()
        reader = self._reader
        if reader is not None:
            reader.abort()

    @property
    def so_far(self) -> tuple[Rung, ...]:
        """The rungs that were climbed so far; from any thread."""
        return () if self._ladder is None else tuple(self._ladder.rungs)

    # ------------------------------------------------------------------ on the line's thread

    def _stay(self, brought: Brought, reader: Reader, entrance: Entrance) -> Brought:
        """The long rungs, as far as they are wanted."""
        plan = self._plan
        brought = evolve(brought, agreed=reader.agreed)
        run = LongRun(
            open=lambda: self._open_again(entrance),
            clock=self._shared.clock,
            hush=self._hush,
            tell=self._told,
            reads=plan.reads,
            gaps=plan.gaps,
        )
        try:
            if not reader.is_open and (plan.reads or plan.rows or plan.gaps):
                reader = self._open_again(entrance)  # it fell silent when asked who it is
                brought = evolve(brought, agreed=reader.agreed)
            if plan.reads:
                reader, pace, rung = run.read_many(reader)
                brought = evolve(brought, pace=pace, rungs=(*brought.rungs, rung))
            if plan.rows:
                self._told("profile")
                brought = evolve(brought, profile=look_at_profile(reader, plan.rows))
            if plan.reads and not plan.alone:
                told = "other meters wait for this line, so that it is not left idle"
                skipped = Rung(name="idle", step=Step.SKIPPED, told=told)
                brought = evolve(brought, rungs=(*brought.rungs, skipped))
            elif plan.gaps:
                reader, gaps, rung = run.idle(reader)
                brought = evolve(brought, gaps=gaps, rungs=(*brought.rungs, rung))
        except MeterFailed as error:
            # It was fine before and could not be opened again; what is known so far still counts.
            lost = Rung(
                name="association",
                step=Step.FAILED,
                told=f"lost in the long run: {error.message}",
                cause=Cause.UNKNOWN,
                confidence=Confidence.LOW,
            )
            brought = evolve(brought, rungs=(*brought.rungs, lost))
        return brought

    def _open(self, entrance: Entrance, reader: Reader) -> Reader:
        open_session(reader, entrance.guard, self._shared.gates, self._shared.clock)
        return reader

    def _open_again(self, entrance: Entrance) -> Reader:
        clock = self._shared.clock
        clock.wait(self._hush, REST)
        reader = self._reader = entrance.reader()
        self._told("connect")
        return self._open(entrance, reader)

    def _go_on(self) -> None:
        if self._hush.is_set():
            raise BrokenOff("the diagnosis was broken off")

    def _hold(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt

    def _told(self, text: str) -> None:
        """Pass progress on; before each connection, keep to the connect rate of the process."""
        self._go_on()
        self._tell(text)
        if text.endswith(": connect") or text in {"connect", "association"}:
            clock = self._shared.clock
            now = clock.monotonic()
            clock.wait(self._hush, max(0.0, self._shared.gates.reserve(now) - now))
