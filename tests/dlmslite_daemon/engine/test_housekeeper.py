"""Each in its time: roll-ups, age, backups; readings are rolled up before they go."""

from __future__ import annotations

import itertools
from pathlib import Path

from rig.engine import Bench

from dlmslite_daemon.config.retention import RetentionSettings
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.engine.housekeeper import BACK_UP_LOOK, BITE, PRUNE_EVERY, Housekeeper
from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.reading import Lane, Reading, ValueKind
from dlmslite_daemon.store.records import AuditEntry
from dlmslite_daemon.store.rollup import Step
from dlmslite_daemon.store.sqlite.care import Backup
from dlmslite_daemon.store.sqlite.rescue import Rescue

DAY = 86_400.0


class Stage:
    def __init__(self, **keep: float) -> None:
        self.bench = Bench()
        self.store, self.clock = self.bench.store, self.bench.clock
        self.bench.add("kitchen")
        self.backups: list[float] = []
        self.fault: StoreError | None = None
        self.times = itertools.count(self.clock.utc_ms())
        self.housekeeper = Housekeeper(
            self.bench.shared,
            RetentionSettings(**keep),  # type: ignore[arg-type]  # the test names settings
            self,
        )

    def due(self) -> bool:
        return not self.backups

    def back_up(self) -> Backup:
        if self.fault is not None:
            raise self.fault
        self.backups.append(self.clock.monotonic())
        return Backup("b.db", Path("b.db"), 1, self.clock.utc_ms())

    def produce(self, count: int) -> None:
        now_ms = self.clock.utc_ms()
        batch = [
            Reading("kitchen", "voltage", next(self.times), ValueKind.INTEGER, 1, host_ts_ms=now_ms)
            for _ in range(count)
        ]
        self.store.append(batch)

    def turns(self) -> int:
        """Turns until nothing is due."""
        for number in itertools.count(1):
            if self.housekeeper.turn(self.clock.monotonic()) > 0:
                return number
        raise AssertionError

    def left(self) -> int:
        return len(self.store.readings("kitchen", limit=100_000))


def test_readings_are_rolled_up_and_go_after_their_time() -> None:
    stage = Stage(raw=2, replay=3)
    stage.produce(5)
    stage.turns()
    stage.clock.advance(2.5 * DAY)
    stage.produce(1)
    stage.turns()
    assert stage.left() == 6  # kept for replay, which is longer
    stage.clock.advance(DAY)
    stage.turns()
    assert stage.left() == 1
    rows = stage.store.rollups("kitchen", "voltage", Step.DAY, -(1 << 60), 1 << 60)
    assert sum(row.count for row in rows) == 6


def test_what_a_sink_has_not_acknowledged_stays_however_old() -> None:
    stage = Stage()
    stage.store.add_sink(SinkSettings("tb", "mqtt"))
    stage.produce(4)
    stage.clock.advance(400 * DAY)
    stage.turns()
    assert stage.left() == 4
    stage.store.advance("tb", Lane.LIVE, "", 4)
    stage.clock.advance(PRUNE_EVERY)
    stage.turns()
    assert stage.left() == 1


def test_a_sink_that_does_not_carry_a_meter_holds_nothing_of_it() -> None:
    stage = Stage()
    options = {"host": "h", "mode": "legacy", "meters": ["attic"]}
    stage.store.add_sink(SinkSettings("old", "thingsboard", options=options))
    stage.produce(4)
    stage.clock.advance(20 * DAY)
    stage.turns()
    assert stage.left() == 1


def test_it_works_in_bites() -> None:
    stage = Stage()
    stage.turns()
    stage.produce(2 * BITE + 1)
    stage.clock.advance(20 * DAY)
    assert stage.turns() >= 4
    assert stage.left() == 1


def test_old_rows_of_the_journal_go_too() -> None:
    stage = Stage(audit=10)
    stage.store.add_audit(AuditEntry(stage.clock.utc_ms(), "ann", "meter.add"))
    stage.turns()
    assert len(stage.store.audit()) == 1
    stage.clock.advance(11 * DAY)
    stage.turns()
    assert stage.store.audit() == []


def test_it_looks_whether_a_backup_is_due() -> None:
    stage = Stage()
    began = stage.clock.monotonic()
    for _ in range(4):
        wait = stage.housekeeper.turn(stage.clock.monotonic())
        stage.clock.advance(max(wait, 0.001))
    stage.clock.advance(BACK_UP_LOOK)
    stage.turns()
    assert stage.backups
    assert stage.backups[0] >= began + BACK_UP_LOOK


def test_a_backup_that_fails_is_alarmed_until_one_succeeds() -> None:
    stage = Stage()
    stage.fault = StoreError("no room", code="E-STORE-BACKUP")
    alarms = stage.bench.shared.alarms

    def look() -> list[str]:
        stage.clock.advance(BACK_UP_LOOK)
        stage.turns()
        stage.housekeeper.watch(stage.clock.monotonic())
        alarms.turn(stage.clock.monotonic())
        return [alarm.condition.code for alarm in stage.store.alarms(subject="bridge:store")]

    assert look() == ["backup_failed"]
    stage.fault = None
    assert look() == []


def test_what_holds_since_the_start_is_alarmed() -> None:
    stage = Stage()
    rescued = Rescue("it was corrupt", Path("aside.db"), None)
    housekeeper = Housekeeper(stage.bench.shared, RetentionSettings(), stage, rescued)
    housekeeper.watch(0.0)
    stage.bench.shared.alarms.turn(0.0)
    (alarm,) = stage.store.alarms(subject="bridge:store")
    assert (alarm.condition,) == rescued.conditions
