"""What is counted is taken once, whoever counted it, and storms of events are bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine.ledger import EVENTS_OF_A_METER, EVENTS_WAITING, Ledger
from dlmslite_daemon.engine.tally import Tally


def nowhere(_meter: str) -> list[str]:
    """No sink is to have anything."""
    return []


def readings(ledger: Ledger, known: set[str]) -> dict[str, float]:
    taken = ledger.take(known, nowhere)
    return {meter: one.counts.get(("readings", ""), 0) for meter, one in taken.items()}


def test_only_what_is_new_is_taken() -> None:
    ledger = Ledger(FakeClock())
    tally = ledger.open("kitchen")
    tally.readings += 5
    assert readings(ledger, {"kitchen"}) == {"kitchen": 5}
    tally.readings += 2
    assert readings(ledger, {"kitchen"}) == {"kitchen": 2}
    assert readings(ledger, {"kitchen"}) == {"kitchen": 0}


@given(st.lists(st.tuples(st.sampled_from(["count", "open", "take"]), st.integers(1, 9))))
def test_nothing_is_lost_or_counted_twice_when_duties_change(steps: list[tuple[str, int]]) -> None:
    ledger = Ledger(FakeClock())
    tallies = [ledger.open("kitchen")]
    counted = taken = 0.0
    for step, number in steps:
        if step == "count":
            # Of an old duty, and of the one that follows it.
            for tally in tallies[-2:]:
                tally.readings += number
                counted += number
        elif step == "open":
            tallies = [*tallies[-1:], ledger.open("kitchen")]
            taken += readings(ledger, {"kitchen"}).get("kitchen", 0)
            tallies = tallies[-1:]
        else:
            taken += readings(ledger, {"kitchen"}).get("kitchen", 0)
    taken += readings(ledger, {"kitchen"}).get("kitchen", 0)
    assert taken == counted


def test_the_last_hour_and_day_outlive_a_changed_duty() -> None:
    ledger = Ledger(FakeClock())
    old = ledger.open("kitchen")
    old.count_association(1.0, 0.1)
    old.count_reassociation(2.0)
    old.count_due(3.0, 2)
    old.count_complete(3.0)
    new = ledger.open("kitchen")
    new.count_due(4.0, 1)
    new.count_complete(4.0)
    assert new.success(5.0) == 2 / 3
    assert (new.associations(5.0), new.lost(5.0)) == (1, (1, 1))
    assert old.success(5.0) == 1 / 2
    assert ledger.open("hall").success(5.0) is None


def test_a_meter_that_left_is_forgotten_once_it_is_taken() -> None:
    ledger = Ledger(FakeClock())
    ledger.open("kitchen").readings += 1
    assert readings(ledger, set()) == {"kitchen": 1}
    assert readings(ledger, set()) == {"kitchen": 0}
    assert readings(ledger, set()) == {}


def test_extremes_refusals_and_arrivals_are_taken_once() -> None:
    ledger = Ledger(FakeClock())
    tally: Tally = ledger.open("kitchen")
    tally.count_poll(0.2, 1, 1)
    tally.count_poll(0.9, 1, 1)
    ledger.refused(["kitchen", "kitchen"])
    ledger.arrived("tb", [("kitchen", 0.01), ("kitchen", 1e9), ("kitchen", None)])
    first = ledger.take({"kitchen"}, nowhere)["kitchen"]
    assert (first.shortest, first.longest, first.refused) == (0.2, 0.9, 2)
    assert (first.end_to_end[0], first.end_to_end[-1], sum(first.end_to_end)) == (1, 1, 2)
    second = ledger.take({"kitchen"}, nowhere)["kitchen"]
    assert (second.shortest, second.longest, second.refused, second.end_to_end) == (
        None, None, 0, ()
    )  # fmt: skip


def test_of_a_storm_the_first_events_are_kept_and_the_others_counted() -> None:
    clock = FakeClock()
    ledger = Ledger(clock)
    for number in range(EVENTS_OF_A_METER + 30):
        ledger.event("kitchen", "warning", "hdlc", f"discarded: {number}", b"\x7e")
    kept = ledger.events()
    assert [event.message for event in kept] == [
        f"discarded: {n}" for n in range(EVENTS_OF_A_METER)
    ]
    assert kept[0].raw_frame == b"\x7e"
    assert kept[0].ts_ms == clock.utc_ms()
    ledger.take({"kitchen"}, nowhere)
    (more,) = ledger.events()
    assert more.message == "30 more events, not kept"
    ledger.event("kitchen", "warning", "hdlc", "again")
    assert [event.message for event in ledger.events()] == ["again"]


def test_events_of_a_thousand_meters_are_bounded_too() -> None:
    ledger = Ledger(FakeClock())
    for number in range(EVENTS_WAITING + 100):
        ledger.event(f"m{number}", "warning", "hdlc", "noise")
    assert len(ledger.events()) == EVENTS_WAITING


def test_what_every_sink_acknowledged_counts_once() -> None:
    ledger = Ledger(FakeClock())

    def taken(*sinks: str) -> int:
        return ledger.take({"kitchen"}, lambda _: sinks)["kitchen"].acknowledged

    ledger.arrived("a", [("kitchen", 0.1)] * 10)
    assert taken("a", "b") == 0
    ledger.arrived("b", [("kitchen", 0.1)] * 4)
    assert taken("a", "b") == 4
    ledger.arrived("b", [("kitchen", None)] * 6)
    assert taken("a", "b") == 6
    # A sink that comes later is not behind by what was before it.
    ledger.arrived("a", [("kitchen", 0.1)] * 2)
    assert taken("a", "c") == 0
    ledger.arrived("c", [("kitchen", 0.1)] * 2)
    assert taken("a", "c") == 2
    assert taken("a") == taken() == 0
