"""The whole ladder: the meter's rungs on the thread of its line, then those of its sinks.

``test`` goes to the first value and is over within 15 s; ``diagnose`` climbs every rung, and the
long ones where they are wanted; ``commission`` is a long run with a page of what was found. What
they find is stored, so that a plan can be made of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeout

from attrs import evolve, field, frozen

from dlmslite_daemon.causes import Cause, Confidence
from dlmslite_daemon.config.schema import MeterSettings, SinkSettings
from dlmslite_daemon.engine.acquaintance import SERIAL, SERIAL_FROM
from dlmslite_daemon.engine.commission import page_of
from dlmslite_daemon.engine.control import Makers
from dlmslite_daemon.engine.expedition import Brought, Expedition, Plan, Tell
from dlmslite_daemon.engine.fleet import Fleet
from dlmslite_daemon.engine.health import SinkHealth
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.finding import Finding, FindingRecord, Rung, Step, conclude
from dlmslite_daemon.meters.identity import Told
from dlmslite_daemon.meters.inquiry import LadderValue
from dlmslite_daemon.meters.ladder import Probe, library_probe
from dlmslite_daemon.meters.long_run import IDLE_GAPS, READS
from dlmslite_daemon.sinks.ladder import LOSSES, LOST, Live, rungs_of
from dlmslite_daemon.sinks.probe import SinkTrial
from dlmslite_daemon.store.records import MeterRecord

TEST_SECONDS = 15.0  # bridge.md 7
LINE_SECONDS = 12.0  # more, until a poll is over that is under way: one of a silent meter takes 10
EXCHANGE_SECONDS = 4.0  # of a test, whatever the line is given otherwise
DIAGNOSE_SECONDS = 1200.0
SINK_SECONDS = 10.0
WATCH_SECONDS = 15.0  # that a live connection is watched which was lost within the last minute
RECENT_MS = 60_000
COMMISSION_READS = 200
COMMISSION_ROWS = 20


@frozen
class Diagnosed:
    """What a diagnosis came to.

    Attributes:
        finding: The finding.
        values: What was read on the way.
        page: The page of a commissioning, as Markdown; empty otherwise.
    """

    finding: Finding
    values: tuple[LadderValue, ...] = ()
    page: str = field(default="", repr=False)


class Diagnosis:
    """Tests, diagnoses and commissions meters; every method may be called from any thread.

    Args:
        shared: What all workers share.
        fleet: Who has the lines' threads.
        makers: What trials need.
        probe: The library's probe, or a stand-in.
    """

    def __init__(
        self, shared: Shared, fleet: Fleet, makers: Makers, probe: Probe = library_probe
    ) -> None:
        self._shared = shared
        self._fleet = fleet
        self._makers = makers
        self._probe = probe

    def test(
        self,
        name: str | int,
        *,
        change: Callable[[MeterSettings], MeterSettings] = lambda settings: settings,
        seconds: float = TEST_SECONDS,
        patience: float = LINE_SECONDS,
        tell: Tell = lambda _text: None,
    ) -> Diagnosed:
        """The ladder to the first value; waits for the end.

        Args:
            name: The meter.
            change: Makes the settings that are tried of those that are saved.
            seconds: How long it may take.
            patience: How long the line is waited for before.
            tell: Told what is going on.

        Raises:
            UnknownMeter: There is none.
            BridgeError: It could not be run, or the line was busy (``E-LINE-BUSY``).
        """
        record = self._shared.store.meter(name)
        settings = change(record.settings)
        hasty = evolve(settings, timeout=min(settings.timeout, EXCHANGE_SECONDS))
        brought = self._climb(hasty, self._plan(record), seconds, tell, patience)
        finding = self._conclude(record.name, "test", brought)
        if settings == record.settings:
            # Another pair than the saved one says nothing about the meter as it is set up.
            self._keep(finding)
        return Diagnosed(finding, brought.values)

    def diagnose(
        self,
        name: str | int,
        *,
        long: bool = False,
        reads: int = READS,
        gaps: tuple[float, ...] = IDLE_GAPS,
        tell: Tell = lambda _text: None,
    ) -> Diagnosed:
        """Every rung; waits for the end.

        Args:
            name: The meter.
            long: Whether the long rungs are climbed too.
            reads: How many reads the long run makes.
            gaps: Which idle gaps it leaves, s; none on a line that other meters wait for.
            tell: Told what is going on.

        Raises:
            UnknownMeter: There is none.
            BridgeError: It could not be run.
        """
        record = self._shared.store.meter(name)
        plan = evolve(self._plan(record), quick=False)
        if long:
            plan = evolve(plan, reads=reads, gaps=gaps if plan.alone else ())
        brought = self._climb_all(record, plan, tell)
        finding = self._conclude(record.name, "diagnose", brought)
        self._keep(finding)
        return Diagnosed(finding, brought.values)

    def commission(
        self,
        name: str | int,
        *,
        reads: int = COMMISSION_READS,
        gaps: tuple[float, ...] = IDLE_GAPS,
        rows: int = COMMISSION_ROWS,
        tell: Tell = lambda _text: None,
    ) -> Diagnosed:
        """The ladder, many reads on one session, idle gaps, profile rows; one page of it.

        Args:
            name: The meter.
            reads: How many reads.
            gaps: Which idle gaps, s; none on a line that other meters wait for.
            rows: How many rows of the load profile.
            tell: Told what is going on.

        Raises:
            UnknownMeter: There is none.
            BridgeError: It could not be run.
        """
        record = self._shared.store.meter(name)
        plan = self._plan(record)
        plan = evolve(plan, quick=False, reads=reads, gaps=gaps if plan.alone else (), rows=rows)
        brought = self._climb_all(record, plan, tell)
        finding = self._conclude(record.name, "commission", brought)
        page = page_of(record.settings, finding, brought, shared_line=not plan.alone)
        self._keep(finding, page)
        return Diagnosed(finding, brought.values, page)

    # ------------------------------------------------------------------ small things

    def _plan(self, record: MeterRecord) -> Plan:
        endpoint = record.settings.endpoint
        on_line = [one for one in self._shared.store.meters() if one.settings.endpoint == endpoint]
        notebook = self._shared.store.notebook(record.name)
        known = Told(notebook.get(SERIAL, ""), notebook.get(SERIAL_FROM, ""))
        return Plan(alone=len(on_line) == 1, known=known)

    def _climb_all(self, record: MeterRecord, plan: Plan, tell: Tell) -> Brought:
        """The meter's rungs, and then those of the sinks."""
        brought = self._climb(record.settings, plan, DIAGNOSE_SECONDS, tell)
        return evolve(brought, rungs=(*brought.rungs, *self._sinks(brought.rungs, tell)))

    def _climb(
        self,
        settings: MeterSettings,
        plan: Plan,
        seconds: float,
        tell: Tell,
        patience: float = DIAGNOSE_SECONDS,
    ) -> Brought:
        expedition = Expedition(
            settings,
            lambda line: self._makers.entrance(settings, line),
            self._shared,
            plan,
            tell,
            self._probe,
        )
        poller = self._fleet.poller(settings.endpoint)
        tell("waiting for the line")
        future = poller.ask(expedition.run, expedition.abort)
        future.add_done_callback(lambda _: expedition.begun.set())
        try:
            return future.result(seconds if expedition.begun.wait(patience) else 0.0)
        except (FutureTimeout, CancelledError) as error:
            future.cancel()
            expedition.abort()
            if expedition.so_far:
                return _too_slow(expedition.so_far, seconds)
            message = f"the line {settings.endpoint} was not free within {patience:g} s"
            hint = f"dlmslite-bridge status {settings.name} shows what it is doing"
            raise BridgeError(message, code="E-LINE-BUSY", hint=hint) from error
        finally:
            self._fleet.sync()  # a line that was made for the occasion goes again

    def _sinks(self, rungs: tuple[Rung, ...], tell: Tell) -> tuple[Rung, ...]:
        """The rungs of every enabled sink; none below a rung that failed."""
        if any(rung.step is Step.FAILED for rung in rungs):
            return ()
        climbed: list[Rung] = []
        for record in self._shared.store.sinks():
            if not record.settings.enabled:
                continue
            tell(f"sink {record.name}")
            trial = self._tried(record.settings)
            climbed += rungs_of(record.name, trial, self._watched(record.name))
        return tuple(climbed)

    def _watched(self, sink: str) -> Live:
        """What a sink's live connection has seen of late; one that was just lost is watched."""
        clock = self._shared.clock
        before = self._live(sink)
        fault = None if before is None else before.last_fault
        if before is None or fault is None:
            return Live(connected=before is not None and before.connected)
        ago_ms, now = clock.utc_ms() - fault.at_ms, before
        losses, until = 0, clock.monotonic() + WATCH_SECONDS
        is_recent = fault.code == LOST and ago_ms <= RECENT_MS
        while is_recent and losses < LOSSES and clock.monotonic() < until:
            clock.wait(threading.Event(), 0.5)
            now = self._live(sink) or before
            losses = now.disconnections - before.disconnections
        return Live(fault.code, fault.message, ago_ms, now.connected, losses)

    def _live(self, sink: str) -> SinkHealth | None:
        return next((one for one in self._shared.board.sinks() if one.name == sink), None)

    def _tried(self, settings: SinkSettings) -> SinkTrial:
        try:
            return self._makers.probe(settings, SINK_SECONDS)
        except BridgeError as error:
            return SinkTrial(code=error.code, message=error.message)

    def _conclude(self, name: str, kind: str, brought: Brought) -> Finding:
        at = self._shared.clock.utc_ms()
        return conclude(name, kind, at, brought.rungs, brought.seconds)

    def _keep(self, finding: Finding, page: str = "") -> None:
        self._shared.store.add_finding(FindingRecord(finding, page))


def _too_slow(rungs: tuple[Rung, ...], seconds: float) -> Brought:
    """What a climb came to that was not over in time; slow is only who has answered."""
    answered = any(rung.name == "link" and rung.step is Step.PASSED for rung in rungs)
    told = f"no value within {seconds:g} s; the last rung was {rungs[-1].name}"
    late = Rung(
        name="register",
        step=Step.FAILED,
        told=told,
        seconds=seconds,
        cause=Cause.SLOW if answered else Cause.UNKNOWN,
        confidence=Confidence.LOW,
    )
    return Brought(rungs=(*rungs, late), seconds=seconds)
