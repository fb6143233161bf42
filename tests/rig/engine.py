"""The engine on a bench: store in memory, fake clock, scripted meters, no thread unless wanted."""

from __future__ import annotations

from typing import Any

from attrs import define, field
from rig.fake_client import FakeMeter

import dlmslite
from dlmslite.values.quantity import Quantity
from dlmslite.values.units import Unit
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import Auth, MeterSettings, SeriesSettings
from dlmslite_daemon.engine.alarms import AlarmDesk
from dlmslite_daemon.engine.board import Board
from dlmslite_daemon.engine.duty import Kit
from dlmslite_daemon.engine.health import MeterHealth
from dlmslite_daemon.engine.poller import Poller
from dlmslite_daemon.engine.schedule import Schedule
from dlmslite_daemon.engine.session import Entrance
from dlmslite_daemon.engine.shared import Gates, Shared
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.meters.reader import Reader
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.policies.backoff import RecoverySettings
from dlmslite_daemon.policies.base import Subject
from dlmslite_daemon.policies.breaker import BreakerSettings
from dlmslite_daemon.policies.busy import BusySettings
from dlmslite_daemon.policies.chain import Chain
from dlmslite_daemon.policies.credentials import CredentialSettings
from dlmslite_daemon.policies.deadline import DeadlineSettings
from dlmslite_daemon.policies.identity import IdentitySettings
from dlmslite_daemon.policies.plausibility import PlausibilitySettings
from dlmslite_daemon.policies.protocol_errors import ProtocolErrorSettings
from dlmslite_daemon.policies.rate_limit import ConnectRate, ConnectRateSettings
from dlmslite_daemon.policies.read_watchdog import ReadWatchdogSettings
from dlmslite_daemon.policies.silence import SilenceSettings
from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.records import MeterRecord

VOLTAGE, CURRENT = "1.1.32.7.0.255", "1.1.31.7.0.255"
SERIES = (SeriesSettings("voltage", VOLTAGE), SeriesSettings("current", CURRENT))
POLICIES = (
    RecoverySettings(), BreakerSettings(), BusySettings(), SilenceSettings(),
    ReadWatchdogSettings(), ProtocolErrorSettings(), DeadlineSettings(),
    IdentitySettings(), PlausibilitySettings(),
)  # fmt: skip


def settings_of(name: str, **more: Any) -> MeterSettings:
    """A meter with two registers, every 10 s, that sends a password if ``password`` is given."""
    auth = Auth.LLS if more.get("password") else Auth.NONE
    parts: dict[str, Any] = {"every": 10.0, "series": SERIES, "auth": auth, **more}
    return MeterSettings(name, parts.pop("url", "tcp+hdlc://10.0.0.5:3333"), **parts)


@define(eq=False)
class FakeLocks:
    """The locks of endpoints on this machine.

    Attributes:
        held: What we hold.
        shell: Who else has every line; empty when nobody does.
    """

    held: list[str] = field(factory=list)
    shell: str = ""

    def of(self, url: str) -> FakeLock:
        return FakeLock(url, self)


@define(eq=False)
class FakeLock:
    """One of them."""

    endpoint: str
    locks: FakeLocks

    def acquire(self) -> None:
        if self.locks.shell:
            raise dlmslite.TransportError(f"{self.endpoint} is in use by {self.locks.shell}")
        self.locks.held.append(self.endpoint)

    def release(self) -> None:
        self.locks.held.remove(self.endpoint)


@define(eq=False)
class Bench:
    """All that workers share, and what makes them."""

    clock: FakeClock = field(factory=FakeClock)
    meters: dict[str, FakeMeter] = field(factory=dict)
    locks: FakeLocks = field(factory=FakeLocks)
    store: MemoryStore = field(init=False)
    shared: Shared = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.store = MemoryStore(self.clock)
        metrics = Metrics()
        alarms = AlarmDesk(self.store, self.clock, metrics)
        gates = Gates(self.store, CredentialSettings(), ConnectRate(ConnectRateSettings()))
        self.shared = Shared(self.clock, self.store, Board(), alarms, metrics, gates)

    def add(self, name: str, **more: Any) -> MeterRecord:
        """A meter in the store, and a scripted one that answers for it."""
        self.meters[name] = FakeMeter(
            self.clock,
            values={
                VOLTAGE: Quantity(22990, -2, Unit.VOLT),
                CURRENT: Quantity(1329, -3, Unit.AMPERE),
            },
        )
        return self.store.add_meter(settings_of(name, **more))

    def entrance(self, settings: MeterSettings, line: Line) -> Entrance:
        """How a scripted meter is reached."""
        meter = self.meters[settings.name]
        secret = "22222222" if settings.password else ""

        def reader() -> Reader:
            return Reader(settings, secret, line, self.clock, meter.connect)

        return Entrance(reader, f"guard-{settings.name}" if secret else None)

    def kit(self, record: MeterRecord, line: Line) -> Kit:
        """What ``assemble.py`` would make, with policies as they come."""
        now = self.clock.monotonic()
        settings = record.settings
        subject = Subject(settings.name, settings.every, settings.timeout)
        chain = Chain(tuple(policy.policy(subject, now) for policy in POLICIES))
        return Kit(self.entrance(settings, line), chain, Schedule(settings.every, now))

    def poller(self, *records: MeterRecord) -> Poller:
        """The worker of the line of these meters."""
        line = Line(records[0].settings.endpoint, self.clock, self.locks.of)
        poller = Poller(line, self.shared, lambda record: self.kit(record, line))
        poller.assign(records)
        return poller

    def run(self, poller: Poller, seconds: float) -> None:
        """Let so many seconds pass, turn by turn, as the supervisor would."""
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            wait = poller.turn(self.clock.monotonic())
            left = until - self.clock.monotonic()
            self.clock.advance(max(0.001, min(wait, left)))

    def seen(self, name: str) -> MeterHealth:
        """How a meter is seen."""
        state = self.shared.board.meter(name)
        assert state is not None
        return state
