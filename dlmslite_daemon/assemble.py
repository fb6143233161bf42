"""Configuration to a running object graph; classes come from the registries, never by name.

::

    bridge = assemble(load(path, os.environ), Secrets(…))
    sys.exit(bridge.run())          # until SIGTERM or SIGINT

Everything is made here and handed down; below, nobody makes what another one needs.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Protocol

import structlog
from attrs import evolve

from dlmslite_daemon.clock import Clock, SystemClock
from dlmslite_daemon.config.schema import (
    Auth,
    BridgeConfig,
    MeterSettings,
)
from dlmslite_daemon.config.secrets import Secrets
from dlmslite_daemon.engine.alarms import AlarmDesk
from dlmslite_daemon.engine.base import Worker
from dlmslite_daemon.engine.board import Board
from dlmslite_daemon.engine.control import Control, Makers
from dlmslite_daemon.engine.couriers import Couriers
from dlmslite_daemon.engine.diagnosis import Diagnosis
from dlmslite_daemon.engine.duty import Kit
from dlmslite_daemon.engine.fleet import Fleet
from dlmslite_daemon.engine.health import ThreadHealth
from dlmslite_daemon.engine.housekeeper import Housekeeper
from dlmslite_daemon.engine.poller import Poller
from dlmslite_daemon.engine.recorder import Recorder
from dlmslite_daemon.engine.refit import Refit
from dlmslite_daemon.engine.scan import Scan
from dlmslite_daemon.engine.schedule import Schedule
from dlmslite_daemon.engine.session import Entrance
from dlmslite_daemon.engine.shared import Gates, Shared
from dlmslite_daemon.engine.sink_change import change_sink
from dlmslite_daemon.engine.status_report import StatusReport
from dlmslite_daemon.engine.store_watch import StoreWatch
from dlmslite_daemon.engine.supervisor import Supervisor, prepare_process
from dlmslite_daemon.engine.tuning import Tuning
from dlmslite_daemon.errors import ConfigError, NameTaken, StoreError
from dlmslite_daemon.meters.client import Connect, library_connect
from dlmslite_daemon.meters.frames import FrameRing
from dlmslite_daemon.meters.line import Line, endpoint_lock
from dlmslite_daemon.meters.reader import Reader
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.policies.credentials import CredentialSettings, guard_key
from dlmslite_daemon.policies.flapping import FlappingSettings
from dlmslite_daemon.policies.rate_limit import ConnectRate, ConnectRateSettings
from dlmslite_daemon.store.records import MeterRecord
from dlmslite_daemon.store.sqlite.care import Care
from dlmslite_daemon.store.sqlite.store import SqliteStore

_FIXED = ("store", "retention", "api", "secrets")  # what these say counts from the start on

_log = structlog.get_logger()


class Service(Protocol):
    """Something that runs beside the engine and is not part of it: the API."""

    def start(self) -> None:
        """Begin to serve."""
        ...

    def stop(self) -> None:
        """End."""
        ...


class Bridge:
    """A daemon, assembled.

    Attributes:
        config: What it was told.
        clock: Its clock.
        store: Its store, open.
        metrics: Its metrics.
        frames: The last frames of each meter.
        secrets: What opens its secrets.
        control: What operators ask.
        on_hangup: Called by SIGHUP.
        diagnosis: Tests, diagnoses and commissions meters.
        scan: Finds meters.
        alarms: Where they acknowledge, clear and mute alarms.
        tuning: The numbers of the policies.
        refit: What changes meters that stand.
        passages: The way of the last messages.
        care: Backs up, checks and measures the store's file.
        recorder: What writes the metrics; reports have it write what is not written yet.

    Args:
        config: What it is told.
        secrets: What opens secrets.
        clock: The clock.
        store: The store.
        metrics: The metrics.
        connect: What opens a client to a meter.
    """

    def __init__(
        self,
        config: BridgeConfig,
        secrets: Secrets,
        clock: Clock,
        store: SqliteStore,
        metrics: Metrics,
        connect: Connect,
    ) -> None:
        self.config = config
        self.secrets = secrets
        self.clock = clock
        self.store = store
        self.metrics = metrics
        self.frames = FrameRing(clock)
        self._connect = connect
        self.tuning = Tuning(config.policies, store, clock)
        flapping: FlappingSettings = self.tuning.settings("flapping")
        self.alarms = AlarmDesk(store, clock, metrics, flapping)
        gates = self._gates()
        self._shared = Shared(clock, store, Board(), self.alarms, metrics, gates)
        self._supervisor = Supervisor(clock, self.alarms, metrics)
        couriers = Couriers(self._shared, secrets)
        self._fleet = Fleet(
            self._shared, self._supervisor, self._line, self._poller, couriers.forwarder
        )
        makers = Makers(self._entrance, couriers.probe)
        self.control = Control(self._shared, self._supervisor, self._fleet, makers)
        board = self._shared.board
        self.refit = Refit(store, board, clock, self.control, self.tuning, _names(config))
        self.care = Care(Path(config.store.path), config.store.backups, clock)
        self.recorder = Recorder(self._shared, self._ready)
        self.diagnosis = Diagnosis(self._shared, self._fleet, makers)
        self.scan = Scan(self._shared, connect, self._line)
        self._started = False
        self.passages = self._shared.passages
        self._services: list[Service] = []
        self.on_hangup: Callable[[], None] = lambda: None
        keeper = Housekeeper(self._shared, config.retention, self.care, store.rescued)
        self._workers: list[Worker] = [StatusReport(self._shared.board, clock), keeper]

    def serve_with(self, service: Service) -> None:
        """Run a service beside the engine: started last, stopped first."""
        self._services.append(service)

    def employ(self, worker: Worker) -> None:
        """Run one more worker, from the start to the end."""
        self._workers.append(worker)

    @property
    def threads(self) -> tuple[ThreadHealth, ...]:
        """How every thread is."""
        return self._supervisor.threads()

    def start(self) -> None:
        """Start every thread; the meters and sinks of the configuration are in the store then."""
        self._enter_configuration()
        self._started = True
        watch = StoreWatch(self.store, self.clock, self.alarms, self.metrics)
        for own in (self.alarms, watch, self.recorder):
            self._supervisor.start(own.name, _the_same(own))
        # A thousand lines that begin at once would keep the API from being served for seconds.
        with self._supervisor.held():
            self._fleet.sync()
            for worker in self._workers:
                self._supervisor.start(worker.name, _the_same(worker))
            for service in self._services:
                service.start()

    def run(self) -> int:
        """Start, look after everything until SIGTERM, SIGINT or ``stop``, give the exit code."""
        with _signals(self.stop, self.on_hangup):
            try:
                self.start()
                self._supervisor.run()
            finally:
                self.close()
        return 0

    def stop(self) -> None:
        """Ask ``run`` to end; from any thread, and from a signal handler."""
        self._supervisor.stop_asked.set()

    def reload(self, config: BridgeConfig) -> None:
        """Take another configuration while meters are read; each change touches its own line.

        Raises:
            ConfigError: Its numbers of policies make no sense; nothing is taken.
        """
        self.refit.reload(config.policies, _names(config))
        fixed = [name for name in _FIXED if getattr(config, name) != getattr(self.config, name)]
        self.config = evolve(config, **{name: getattr(self.config, name) for name in _FIXED})
        self._enter_configuration()
        self._fleet.sync()
        _log.info("configuration taken", meters=len(config.meters), sinks=len(config.sinks))
        if fixed:
            _log.warning("what changed there waits for a restart", tables=", ".join(fixed))

    def close(self) -> None:
        """Stop what runs, then let the store go; harmless when nothing runs."""
        self._supervisor.release()
        for service in reversed(self._services):
            service.stop()
        self._services.clear()
        self._supervisor.stop()
        if self._started:
            self._started = False
            # A disk that takes nothing must not keep the daemon from its end.
            with contextlib.suppress(StoreError):
                self.recorder.finish()
        self.store.close()

    def _ready(self) -> bool:
        """Whether every thread runs and the store takes readings."""
        alive = all(thread.alive for thread in self._supervisor.threads())
        return alive and bool(self.store.info().get("writer_alive", 1))

    # ------------------------------------------------------------------ meters

    def _line(self, endpoint: str) -> Line:
        return Line(endpoint, self.clock, endpoint_lock)

    def _poller(self, line: Line) -> Poller:
        return Poller(line, self._shared, lambda record: self._kit(record, line))

    def _kit(self, record: MeterRecord, line: Line) -> Kit:
        settings, now = record.settings, self.clock.monotonic()
        return Kit(
            entrance=self._entrance(settings, line),
            chain=self.tuning.chain(settings),
            schedule=Schedule.begin(settings.name, settings.every, now, self._fleet.size),
        )

    def _entrance(self, settings: MeterSettings, line: Line) -> Entrance:
        """How the meter's session comes about; its secret is opened when it is needed."""

        def reader() -> Reader:
            password = self.secrets.reveal(
                settings.password, f"meters.{settings.name}.password"
            ).reveal()
            frames = self.frames.tap(settings.name, password)
            return Reader(settings, password, line, self.clock, self._connect, frames)

        return Entrance(reader, self._guard(settings))

    def _guard(self, settings: MeterSettings) -> str | None:
        if settings.auth is Auth.NONE:
            return None
        try:
            secret = self.secrets.reveal(settings.password)
            fingerprint = self.secrets.fingerprint(secret)
        except ConfigError:
            # No proof can be made of it; the attempt says why, with the key that is at fault.
            fingerprint = settings.password
        return guard_key(settings.endpoint, settings.server, settings.client, fingerprint)

    # ------------------------------------------------------------------ the configuration

    def _gates(self) -> Gates:
        rate: ConnectRateSettings = self.tuning.settings("connect_rate")
        credentials: CredentialSettings = self.tuning.settings("credentials")
        return Gates(self.store, credentials, ConnectRate(rate))

    def _enter_configuration(self) -> None:
        """Enter what the file names into the store; the file is right where the two differ."""
        for meter in self.config.meters:
            try:
                self.store.add_meter(meter)
            except NameTaken:
                self.store.set_meter(meter)
        for sink in self.config.sinks:
            try:
                self.store.add_sink(sink)
            except NameTaken:
                change_sink(self.store, sink)


def assemble(
    config: BridgeConfig,
    secrets: Secrets,
    *,
    clock: Clock | None = None,
    connect: Connect = library_connect,
    make_folder: bool = False,
) -> Bridge:
    """Make a daemon; its store is open afterwards, and no thread of it runs.

    Args:
        config: What it is told.
        secrets: What opens secrets.
        clock: The clock; None for the host's.
        connect: What opens a client to a meter; the library's unless told.
        make_folder: Whether the store's folder is made when it is missing.

    Raises:
        ConfigError: A table of a policy makes no sense.
        StoreError: The store cannot be opened.
        BridgeError: The process may open too few descriptors.
    """
    prepare_process()
    clock = clock or SystemClock()
    metrics = Metrics()
    store = SqliteStore.open(config.store, clock, metrics, make_folder=make_folder, may_rescue=True)
    try:
        return Bridge(config, secrets, clock, store, metrics, connect)
    except BaseException:
        store.close()
        raise


def _names(config: BridgeConfig) -> frozenset[str]:
    return frozenset(meter.name for meter in config.meters)


def _the_same(worker: Worker) -> Callable[[], Worker]:
    """Makes nothing anew: a worker without a state of its own goes on after a failure."""
    return lambda: worker


@contextlib.contextmanager
def _signals(stop: Callable[[], None], reload: Callable[[], None]) -> Iterator[None]:
    """Signals set a flag and do nothing else; only the main thread may ask for them."""
    wishes = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: reload}

    def asked(number: int, _frame: FrameType | None) -> None:
        wishes[signal.Signals(number)]()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, asked) for number in wishes}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
