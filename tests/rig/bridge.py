"""A daemon without threads: the real API over a real store, with a control that only remembers.

``served`` puts it on a Unix socket, so that the command line can be tried against it; ``ask`` talks
to the application in this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import httpx
from attrs import Factory, define
from rig.doctor import Doctor, Scout
from starlette.types import ASGIApp

from dlmslite_daemon.api.app import make_app
from dlmslite_daemon.api.auth import make_token, through
from dlmslite_daemon.api.caller import Role
from dlmslite_daemon.api.logbook import Logbook
from dlmslite_daemon.api.operations import Operations
from dlmslite_daemon.api.serve import Server
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import (
    MeterSettings,
    SeriesSettings,
    SinkSettings,
    StoreSettings,
)
from dlmslite_daemon.engine.alarms import AlarmDesk
from dlmslite_daemon.engine.board import Board
from dlmslite_daemon.engine.control import Control
from dlmslite_daemon.engine.diagnosis import Diagnosis
from dlmslite_daemon.engine.health import (
    Fault,
    Health,
    Latency,
    MeterHealth,
    Observed,
    SeriesHealth,
    SeriesState,
    SinkHealth,
    ThreadHealth,
)
from dlmslite_daemon.engine.passages import Passages
from dlmslite_daemon.engine.refit import Refit
from dlmslite_daemon.engine.scan import Scan
from dlmslite_daemon.engine.trial import Trial, TrialValue
from dlmslite_daemon.engine.tuning import Tuning
from dlmslite_daemon.engine.verdict import judge
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.logs import LogRing
from dlmslite_daemon.meters.frames import FrameRing
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.reading import Reading, ValueKind
from dlmslite_daemon.sinks.probe import SinkTrial
from dlmslite_daemon.store.records import Desired, MeterRecord, SinkRecord
from dlmslite_daemon.store.sqlite.care import Care
from dlmslite_daemon.store.sqlite.store import SqliteStore

NOW_MS = 1_700_000_000_000
KITCHEN = MeterSettings(
    "kitchen",
    "tcp+hdlc://192.0.2.7:3333",
    client=1,
    server=0,
    every=10.0,
    series=(SeriesSettings("voltage", "1.1.32.7.0.255"), SeriesSettings("energy", "1.1.1.8.0.255")),
)


def reading(series: str, ts_ms: int, raw: int, scaler: int = -2, unit: str = "V") -> Reading:
    """A stored value of the kitchen's meter."""
    return Reading("kitchen", series, ts_ms, ValueKind.INTEGER, raw=raw, scaler=scaler, unit=unit)


GOOD_TRIAL = Trial(ok=True, seconds=0.5)
GOOD_VALUE = TrialValue("read", "1.1.32.7.0.255", "229.90", "V")
GOOD_SINK = SinkTrial(ok=True, seconds=0.5, protocol="5", acknowledged=True)


@define
class Recorder:
    """A control that changes the store and remembers what else was asked."""

    store: SqliteStore
    calls: list[tuple[Any, ...]] = Factory(list)
    trial: Trial | BridgeError = GOOD_TRIAL
    sink_trial: SinkTrial = GOOD_SINK
    value: TrialValue | BridgeError = GOOD_VALUE
    observed: Observed = Observed.ONLINE
    health: Callable[[], Health] | None = None

    def pause(self, name: str, until_ms: int | None = None) -> MeterHealth:
        self.calls.append(("pause", name, until_ms))
        return self._wanted(name, Desired.PAUSED)

    def resume(self, name: str, *, force: bool = False) -> MeterHealth:
        self.calls.append(("resume", name, force))
        return self._wanted(name, Desired.RUNNING)

    def restart(self, name: str) -> MeterHealth:
        self.calls.append(("restart", name))
        return self._wanted(name, Desired.RUNNING)

    def read(self, name: str, series: SeriesSettings, seconds: float) -> TrialValue:
        self.calls.append(("read", name, series, seconds))
        if isinstance(self.value, BridgeError):
            raise self.value
        return self.value

    def _wanted(self, name: str, desired: Desired) -> MeterHealth:
        record = self.store.set_desired(self.store.meter(name).name, desired)
        return MeterHealth(record.id, record.name, record.settings.endpoint, desired, self.observed)

    def try_meter(self, settings: MeterSettings, seconds: float) -> Trial:
        self.calls.append(("try", settings, seconds))
        if isinstance(self.trial, BridgeError):
            raise self.trial
        return self.trial

    def add_meter(self, settings: MeterSettings, number: int | None = None) -> MeterRecord:
        return self.store.add_meter(settings, number)

    def set_meter(self, settings: MeterSettings) -> MeterRecord:
        return self.store.set_meter(settings)

    def swapped(self, name: str) -> None:
        self.calls.append(("swapped", name))

    def retune(self, *settings: object) -> None:
        self.calls.append(("retune", *settings))

    def remove_meter(self, meter: str) -> None:
        self.store.remove_meter(meter)

    def add_series(self, meter: str, series: SeriesSettings) -> MeterRecord:
        return self.store.add_series(meter, series)

    def remove_series(self, meter: str, key: str) -> MeterRecord:
        return self.store.remove_series(meter, key)

    def add_sink(self, settings: SinkSettings, *, from_beginning: bool = False) -> SinkRecord:
        return self.store.add_sink(settings, from_beginning=from_beginning)

    def set_sink(self, settings: SinkSettings) -> SinkRecord:
        return self.store.set_sink(settings)

    def remove_sink(self, name: str) -> None:
        self.store.remove_sink(name)

    def test_sink(self, settings: SinkSettings, seconds: float) -> SinkTrial:
        self.calls.append(("test", settings.name, seconds))
        return self.sink_trial


@define
class Bridge:
    """The parts of it."""

    store: SqliteStore
    clock: FakeClock
    control: Recorder
    services: Services
    app: ASGIApp
    path: Path
    desk: AlarmDesk
    doctor: Doctor
    scout: Scout
    fault: Fault | None = None

    def keep(self, *readings: Reading) -> None:
        """Store readings and wait for the commit."""
        ticket = self.store.append(readings)
        self.store.flush()
        assert ticket.event.wait(30)
        ticket.result()

    def token(self, name: str = "anna", role: Role = Role.ADMIN) -> str:
        """A token of its own."""
        return make_token(self.store, self.clock, name, role)

    def health(self) -> Health:
        """What an engine would see: every meter online unless there is a fault."""
        meters = tuple(
            MeterHealth(
                id=record.id,
                name=record.name,
                line=record.settings.endpoint,
                desired=record.desired,
                observed=Observed.OFFLINE if self.fault else Observed.ONLINE,
                reason="no answer" if self.fault else "",
                association="SN 1234, PDU 1024",
                agreement={"max_pdu": 1024, "link": {"window": 1}, "conformance": ["get"]},
                session_since_ms=NOW_MS - 60_000,
                reassociations=3,
                reassociations_1h=1,
                reassociations_24h=2,
                polls_due=10,
                polls_complete=9,
                success_1h=0.9,
                latency=Latency(0.2, 0.3, 0.4),
                last_fault=self.fault,
                series=tuple(
                    SeriesHealth(
                        one.key,
                        one.obis,
                        state=SeriesState.GOOD,
                        asked=10,
                        good=9,
                        durations=(0.1, 0.2, 0.6),
                    )
                    for one in record.settings.series
                ),
            )
            for record in self.store.meters()
        )
        sinks = tuple(
            SinkHealth(
                record.name,
                record.settings.kind,
                connected=True,
                acknowledged=7,
                readings_sent={"kitchen": 6},
                readings_acknowledged={"kitchen": 5},
            )
            for record in self.store.sinks()
        )
        threads = (ThreadHealth("store writer"),)
        overall, reasons = judge(meters, sinks, threads, 0)
        return Health(
            utc_ms=self.clock.utc_ms(),
            uptime_seconds=60.0,
            meters=meters,
            sinks=sinks,
            threads=threads,
            store=self.store.info(),
            alarms=0,
            reasons=reasons,
            overall=overall,
        )


@contextlib.contextmanager
def bridge(folder: Path) -> Iterator[Bridge]:
    """A daemon without threads, over a store in a folder."""
    clock = FakeClock(utc_ms=NOW_MS)
    settings = StoreSettings(path=str(folder / "bridge.db"))
    metrics = Metrics()
    store = SqliteStore.open(settings, clock, metrics, make_folder=True)
    control = Recorder(store)
    desk = AlarmDesk(store, clock, Metrics())
    board = Board()
    doctor, scout = Doctor(store), Scout()
    services = Services(
        store=store,
        clock=clock,
        operations=Operations(clock),
        seal=lambda secret: f"sealed:{len(secret)}",
        control=cast("Control", control),
        metrics=metrics,
        log=Logbook(store, LogRing(1000, NOW_MS), FrameRing(clock)),
        alarms=desk,
        refit=Refit(store, board, clock, control, Tuning({}, store, clock)),
        diagnosis=cast("Diagnosis", doctor),
        scan=cast("Scan", scout),
        passages=Passages(clock),
        care=Care(folder / "bridge.db", 2, clock),
    )
    parts = Bridge(store, clock, control, services, make_app(services), folder, desk, doctor, scout)
    control.health = parts.health
    try:
        yield parts
    finally:
        store.close()


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Bridge]:
    """The same, on a Unix socket beside the store and on a free port."""
    with bridge(folder) as parts:
        server = Server(parts.app, path=folder / "bridge.sock", port=0)
        server.start()
        try:
            yield parts
        finally:
            server.stop()


def ask(
    app: ASGIApp,
    method: str,
    path: str,
    body: object = None,
    *,
    token: str | None = None,
    local: bool = True,
) -> tuple[int, Any]:
    """One request to the application: status and plain answer."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(through(app, local=local), raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as client:
            return await client.request(method, path, json=body, headers=headers)

    answer = asyncio.run(send())
    return answer.status_code, json.loads(answer.content, parse_float=Decimal)


def ended(app: ASGIApp, started: Any) -> dict[str, Any]:
    """The operation that an answer started, at its end."""
    path = f"/api/operations/{started['operation']['id']}"
    until = time.monotonic() + 30
    while time.monotonic() < until:
        operation: dict[str, Any] = ask(app, "GET", path)[1]["operation"]
        if operation["state"] != "running":
            return operation
        time.sleep(0.005)
    raise AssertionError("the operation does not end")
