"""Who should stand there is remembered, and nobody else is read under that name."""

from __future__ import annotations

import pytest
from rig.engine import VOLTAGE, Bench

from dlmslite.values.quantity import Quantity
from dlmslite.values.units import Unit
from dlmslite_daemon.engine.acquaintance import SERIAL, SERIAL_FROM, SWAPPED
from dlmslite_daemon.engine.health import Observed
from dlmslite_daemon.meters.identity import SOURCES
from dlmslite_daemon.reading import Quality


@pytest.fixture
def bench() -> Bench:
    return Bench()


def conditions(bench: Bench, poller: object) -> set[str]:
    (duty,) = poller._duties.values()  # type: ignore[attr-defined]  # looked into
    return {condition.code for condition in duty.conditions(bench.clock.monotonic())}


def test_the_first_association_notes_the_serial_number(bench: Bench) -> None:
    record = bench.add("kitchen")
    bench.meters["kitchen"].serial = "A1"
    bench.run(bench.poller(record), 15.0)
    notebook = bench.store.notebook("kitchen")
    assert (notebook[SERIAL], notebook[SERIAL_FROM]) == ("A1", SOURCES[0])
    assert bench.seen("kitchen").observed is Observed.ONLINE


def test_another_meter_is_an_alarm_and_is_not_read_until_the_swap_is_confirmed(
    bench: Bench,
) -> None:
    record = bench.add("kitchen")
    meter = bench.meters["kitchen"]
    meter.serial = "A1"
    bench.run(bench.poller(record), 15.0)
    before = len(bench.store.readings("kitchen"))
    # After a restart of the daemon another meter answers there.
    meter.serial = "B2"
    poller = bench.poller(record)
    bench.run(poller, 1900.0)
    assert len(bench.store.readings("kitchen")) == before
    seen = bench.seen("kitchen")
    assert seen.observed is Observed.OFFLINE
    assert "B2 instead of A1" in seen.reason
    assert seen.last_fault is not None
    assert seen.last_fault.code == "E-METER-IDENTITY"
    assert "identity_changed" in conditions(bench, poller)
    # It is looked at every ten minutes, and left politely each time.
    assert meter.calls.count("connect") == 1 + 4
    assert meter.open_now == 1  # the session of the first process

    bench.store.note("kitchen", {SERIAL: "B2", SWAPPED: str(bench.clock.utc_ms())})
    poller.swapped("kitchen")
    bench.run(poller, 15.0)
    assert bench.seen("kitchen").observed is Observed.ONLINE
    assert len(bench.store.readings("kitchen")) > before
    assert "identity_changed" not in conditions(bench, poller)


def test_the_right_meter_may_come_back(bench: Bench) -> None:
    record = bench.add("kitchen")
    bench.store.note("kitchen", {SERIAL: "A1"})
    meter = bench.meters["kitchen"]
    meter.serial = "B2"
    poller = bench.poller(record)
    bench.run(poller, 30.0)
    assert not bench.store.readings("kitchen")
    meter.serial = "A1"
    bench.run(poller, 700.0)
    assert bench.seen("kitchen").observed is Observed.ONLINE


def test_readings_are_judged_before_they_are_stored(bench: Bench) -> None:
    record = bench.add("kitchen")
    bench.meters["kitchen"].values[VOLTAGE] = Quantity(123456, -2, Unit.VOLT)
    poller = bench.poller(record)
    bench.run(poller, 5.0)
    quality = {one.series: one.quality for one in bench.store.readings("kitchen")}
    assert quality == {"voltage": Quality.SUSPECT, "current": Quality.GOOD}
    assert "value_out_of_band" in conditions(bench, poller)
    assert bench.seen("kitchen").observed is Observed.ONLINE
