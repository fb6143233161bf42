"""Availability: steps without a value join into outages."""

from __future__ import annotations

from decimal import Decimal

from rig.counted import HOUR
from rig.store_suite import a_meter

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.reports.availability import presence_of
from dlmslite_daemon.reports.base import REPORTS, Report, Sources, Wish
from dlmslite_daemon.reports.render import as_text
from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.records import MeterMetrics
from dlmslite_daemon.store.totals import MeterTotals

STEP = 300_000


def row(step: int, readings: int, **fields: float) -> MeterMetrics:
    """The row that ends so many steps after the hour's begin."""
    wanted = {"seconds": 300.0, "running_seconds": 300.0, "polls_due": 30, **fields}
    return MeterMetrics("kitchen", HOUR.since_ms + step * STEP, readings=readings, **wanted)  # type: ignore[arg-type]  # numbers all


def report(*rows: MeterMetrics, meter: str | None = None) -> Report:
    clock = FakeClock()
    store = MemoryStore(clock)
    store.add_meter(a_meter())
    store.add_meter_metrics(rows)
    kind = REPORTS.get("availability")
    assert kind is not None
    return kind.make(Sources(store, clock, lambda: None), Wish(HOUR, meter))


def test_steps_without_a_value_are_one_outage() -> None:
    made = report(*(row(n, 0 if n in {3, 4, 9} else 150) for n in range(1, 13)))
    begin = HOUR.since_ms
    (kitchen,) = made.data["meters"]
    assert kitchen["share"] == Decimal("0.75")
    assert [(out["since"] - begin, out["until"] - begin) for out in kitchen["outages"]] == [
        (2 * STEP, 4 * STEP),
        (8 * STEP, 9 * STEP),
    ]
    assert (made.verdict, made.exit_code) == ("not always", 1)
    assert "10min" in as_text(made)


def test_paused_steps_and_steps_in_which_nothing_was_due_take_nothing_away() -> None:
    slow = row(2, 0, polls_due=0)
    paused = row(3, 0, running_seconds=0.0)
    made = report(row(1, 5), slow, paused)
    assert (made.data["share"], made.exit_code) == (1, 0)
    assert made.data["meters"][0]["running_seconds"] == 600


def test_rows_of_other_windows_do_not_count() -> None:
    assert report(row(0, 0), row(13, 0)).exit_code == 2


def test_one_meter_by_its_number() -> None:
    made = report(row(1, 5), row(2, 0), meter="1")
    assert (made.data["share"], made.exit_code) == (Decimal("0.5"), 1)
    assert (
        presence_of(MemoryStore(FakeClock()).add_meter(a_meter()), MeterTotals(), ()).share is None
    )


def test_a_meter_that_was_never_read_was_never_there() -> None:
    """Its first seconds, and what lies between two tries, are no proof of it."""
    begin = row(1, 0, polls_due=0, seconds=4.0, running_seconds=4.0)
    between = row(3, 0, polls_due=0)
    made = report(begin, row(2, 0), between, row(4, 0))
    (kitchen,) = made.data["meters"]
    assert (kitchen["share"], kitchen["present_seconds"], made.exit_code) == (0, 0, 1)
    assert kitchen["running_seconds"] == 904
    assert len(kitchen["outages"]) == 1


def test_a_meter_of_which_nothing_was_due_yet_has_no_data() -> None:
    made = report(row(1, 0, polls_due=0), row(2, 0, polls_due=0))
    assert (made.data["share"], made.verdict, made.exit_code) == (None, "no data", 2)
    assert made.data["meters"][0]["present_seconds"] == 0
