"""What an operator asked, handed to the thread that owns the line.

Every method may be called from any thread. Changes go into the store first and then into step with
it, so that a restart finds what was asked. Whatever touches a wire happens on that wire's thread;
the caller waits for it, or is told that it took too long.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeout

from attrs import evolve, frozen

from dlmslite_daemon.config.schema import MeterSettings, SeriesSettings, SinkSettings
from dlmslite_daemon.engine.fleet import Fleet
from dlmslite_daemon.engine.health import Health, MeterHealth
from dlmslite_daemon.engine.pause import PAUSED_UNTIL
from dlmslite_daemon.engine.session import Entrance
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.engine.sink_change import change_sink
from dlmslite_daemon.engine.supervisor import Supervisor
from dlmslite_daemon.engine.trial import Trial, TrialValue, Visit
from dlmslite_daemon.engine.verdict import judge
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.policies.credentials import CredentialSettings
from dlmslite_daemon.policies.flapping import FlappingSettings
from dlmslite_daemon.policies.rate_limit import ConnectRate, ConnectRateSettings
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.sinks.probe import SinkTrial
from dlmslite_daemon.store.records import Desired, MeterRecord, SinkRecord

TRIAL_SECONDS = 15.0  # ``test`` ends within it (bridge.md 7)
PENDING_MAX = 1000  # counting one meter's pending readings ends there


@frozen
class Makers:
    """What ``assemble.py`` makes for trials.

    Attributes:
        entrance: How a meter's session comes about on a line.
        probe: Tries a sink for so many seconds.
    """

    entrance: Callable[[MeterSettings, Line], Entrance]
    probe: Callable[[SinkSettings, float], SinkTrial]


class Control:
    """The operators' side of the engine.

    Args:
        shared: What all workers share.
        supervisor: Who runs the threads.
        fleet: Who keeps them in step with the store.
        makers: What trials need.
    """

    def __init__(
        self, shared: Shared, supervisor: Supervisor, fleet: Fleet, makers: Makers
    ) -> None:
        self._shared = shared
        self._supervisor = supervisor
        self._fleet = fleet
        self._makers = makers
        self._began = shared.clock.monotonic()

    # ------------------------------------------------------------------ looking

    def health(self) -> Health:
        """Everything, at this moment."""
        shared = self._shared
        meters, sinks = shared.board.meters(), shared.board.sinks()
        threads, alarms = self._supervisor.threads(), shared.alarms.active
        overall, reasons = judge(meters, sinks, threads, alarms)
        waiting, octets = shared.store.waiting()
        return Health(
            utc_ms=shared.clock.utc_ms(),
            uptime_seconds=shared.clock.monotonic() - self._began,
            meters=meters,
            sinks=sinks,
            threads=threads,
            store={**shared.store.info(), "waiting": waiting, "waiting_octets": octets},
            alarms=alarms,
            reasons=reasons,
            overall=overall,
        )

    def meter(self, name: str | int) -> MeterHealth:
        """One meter.

        Raises:
            UnknownMeter: There is none of that name or number.
        """
        record = self._shared.store.meter(name)
        state = self._shared.board.meter(record.name)
        if state is not None:
            return state
        # Its line's thread has not come to it yet.
        return MeterHealth(record.id, record.name, record.settings.endpoint, record.desired)

    def alarms_of(self, subject: str) -> int:
        """How many alarms of a meter, or of ``sink:<name>``, are open."""
        return self._shared.alarms.active_of(subject)

    def pending(self, name: str) -> int:
        """Stored readings of a meter that the slowest enabled sink has not acknowledged."""
        most = 0
        for sink in self._shared.board.sinks():
            # Counting costs a query; most of the time nothing is pending at all.
            if sink.enabled and sink.pending != 0:
                most = max(most, self._pending(name, sink.name))
        return most

    # ------------------------------------------------------------------ every day

    def pause(self, name: str | int, until_ms: int | None = None) -> MeterHealth:
        """Leave a meter alone, from its next turn on; it survives a restart.

        Args:
            name: The meter.
            until_ms: When it resumes by itself, ms UTC; None for never.

        Raises:
            UnknownMeter: There is none.
        """
        record = self._shared.store.meter(name)
        until = None if until_ms is None else str(until_ms)
        self._shared.store.note(record.name, {PAUSED_UNTIL: until})
        self._shared.store.set_desired(record.name, Desired.PAUSED)
        self._fleet.sync()
        return evolve(self.meter(record.name), desired=Desired.PAUSED)

    def resume(self, name: str | int, *, force: bool = False) -> MeterHealth:
        """Poll a meter again.

        Args:
            name: The meter.
            force: Whether to try at once, whatever breaker and credential guard say.

        Raises:
            UnknownMeter: There is none.
        """
        record = self._shared.store.meter(name)
        self._shared.store.note(record.name, {PAUSED_UNTIL: None})
        self._shared.store.set_desired(record.name, Desired.RUNNING)
        self._fleet.sync()
        if force:
            self._fleet.poller(record.settings.endpoint).force(record.name)
        return evolve(self.meter(record.name), desired=Desired.RUNNING)

    def restart(self, name: str | int) -> MeterHealth:
        """Release a meter and associate afresh, within one poll; no other meter notices.

        Raises:
            UnknownMeter: There is none.
            BridgeError: It is paused (``E-METER-PAUSED``).
        """
        record = self._shared.store.meter(name)
        if record.desired is Desired.PAUSED:
            raise BridgeError(
                f"{record.name} is paused, so there is nothing to restart",
                code="E-METER-PAUSED",
                hint=f"dlmslite-bridge resume {record.name}",
            )
        self._fleet.poller(record.settings.endpoint).restart(record.name)
        return self.meter(record.name)

    def force(self, name: str | int) -> None:
        """One try of a running meter now, whatever breaker and credential guard say.

        Raises:
            UnknownMeter: There is none.
        """
        record = self._shared.store.meter(name)
        self._fleet.poller(record.settings.endpoint).force(record.name)

    def test(self, name: str | int, seconds: float = TRIAL_SECONDS) -> Trial:
        """Try a meter as it is set up; waits for the end.

        Raises:
            UnknownMeter: There is none.
            BridgeError: It took too long (``E-LINE-BUSY``).
        """
        return self.try_meter(self._shared.store.meter(name).settings, seconds)

    def read(
        self, name: str | int, series: SeriesSettings, seconds: float = TRIAL_SECONDS
    ) -> TrialValue:
        """Read one attribute of a meter now; waits for it.

        Raises:
            UnknownMeter: There is none.
            BridgeError: It could not be read at all, or it took too long.
        """
        settings = evolve(self._shared.store.meter(name).settings, series=(series,))
        trial = self.try_meter(settings, seconds)
        if trial.fault is not None:
            fault = trial.fault
            raise BridgeError(fault.message, code=fault.code, hint=fault.hint)
        return trial.values[0]

    def try_meter(self, settings: MeterSettings, seconds: float = TRIAL_SECONDS) -> Trial:
        """Try a meter that need not be saved, on the thread of its line; waits for the end.

        Args:
            settings: The meter; without series the trial tells which registers it has.
            seconds: How long it may take, waiting for the line included.

        Raises:
            BridgeError: It took too long (``E-LINE-BUSY``).
        """
        visit = Visit(settings, lambda line: self._makers.entrance(settings, line), self._shared)
        endpoint = settings.endpoint
        future = self._fleet.poller(endpoint).ask(visit.run, visit.abort)
        try:
            return future.result(seconds)
        except (FutureTimeout, CancelledError) as error:
            future.cancel()
            visit.abort()
            message = f"the line {endpoint} gave no result within {seconds:g} s"
            hint = f"dlmslite-bridge status {settings.name} shows what it is doing"
            raise BridgeError(message, code="E-LINE-BUSY", hint=hint) from error
        finally:
            self._fleet.sync()  # a line that was made for the trial goes again

    # ------------------------------------------------------------------ the fleet

    def add_meter(self, settings: MeterSettings, number: int | None = None) -> MeterRecord:
        """Save a meter and begin to poll it.

        Args:
            settings: What it is.
            number: Its number, where that is free.

        Raises:
            NameTaken: There is one of that name.
        """
        record = self._shared.store.add_meter(settings, number)
        self._fleet.sync()
        return record

    def set_meter(self, settings: MeterSettings) -> MeterRecord:
        """Replace the settings of the meter of that name.

        Raises:
            UnknownMeter: There is none.
        """
        record = self._shared.store.set_meter(settings)
        self._fleet.sync()
        return record

    def swapped(self, name: str) -> None:
        """Tell a meter's line that another meter stands there, as the notebook says.

        Raises:
            UnknownMeter: There is none.
        """
        record = self._shared.store.meter(name)
        self._fleet.poller(record.settings.endpoint).swapped(record.name)

    def retune(
        self, credentials: CredentialSettings, rate: ConnectRateSettings, flapping: FlappingSettings
    ) -> None:
        """Tell every line, and what the process has one of, that numbers of policies changed."""
        self._shared.gates.retune(credentials, ConnectRate(rate))
        self._shared.alarms.retune(flapping)
        self._fleet.retune()

    def remove_meter(self, name: str | int) -> None:
        """Remove a meter; what is stored of it is still delivered.

        Raises:
            UnknownMeter: There is none.
        """
        self._shared.store.remove_meter(self._shared.store.meter(name).name)
        self._fleet.sync()

    def add_series(self, name: str | int, series: SeriesSettings) -> MeterRecord:
        """Save a series and begin to read it.

        Raises:
            UnknownMeter: There is no such meter.
            NameTaken: It has a series of that key.
        """
        record = self._shared.store.add_series(self._shared.store.meter(name).name, series)
        self._fleet.sync()
        return record

    def remove_series(self, name: str | int, key: str) -> MeterRecord:
        """Remove a series; what is stored of it is still delivered.

        Raises:
            UnknownMeter: There is no such meter.
            UnknownSeries: It has no such series.
        """
        record = self._shared.store.remove_series(self._shared.store.meter(name).name, key)
        self._fleet.sync()
        return record

    def add_sink(self, settings: SinkSettings, *, from_beginning: bool = False) -> SinkRecord:
        """Save a sink and begin to deliver to it.

        Raises:
            NameTaken: There is one of that name.
        """
        record = self._shared.store.add_sink(settings, from_beginning=from_beginning)
        self._fleet.sync()
        return record

    def set_sink(self, settings: SinkSettings) -> SinkRecord:
        """Replace the settings of the sink of that name; what it has delivered stays known.

        Raises:
            UnknownSink: There is none.
        """
        record = change_sink(self._shared.store, settings)
        self._fleet.sync()
        return record

    def remove_sink(self, name: str) -> None:
        """Remove a sink with its cursors and dead letters.

        Raises:
            UnknownSink: There is none.
        """
        self._shared.store.remove_sink(name)
        self._fleet.sync()

    def test_sink(self, settings: SinkSettings, seconds: float = TRIAL_SECONDS) -> SinkTrial:
        """Try a sink that need not be saved, on a connection of its own; waits for the end.

        Raises:
            BridgeError: Its options or its secret make no sense.
        """
        return self._makers.probe(settings, seconds)

    def _pending(self, meter: str, sink: str) -> int:
        store = self._shared.store
        return sum(
            store.pending(lane, store.cursor(sink, lane, meter), (meter,), PENDING_MAX)
            for lane in Lane
        )
