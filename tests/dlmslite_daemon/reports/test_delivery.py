"""Delivery: who has what, what waits and since when."""

from __future__ import annotations

from decimal import Decimal

from rig.counted import HOUR, T1, a_meter, a_sink, facts, spans

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.reports.base import REPORTS, Sources, Wish
from dlmslite_daemon.reports.delivery import delivery
from dlmslite_daemon.reports.render import as_text
from dlmslite_daemon.store.memory import MemoryStore


def test_all_is_delivered() -> None:
    made = delivery(facts(), T1)
    assert (made.verdict, made.exit_code) == ("delivered", 0)
    assert made.data["total"]["share"] == 1
    assert made.data["sinks"][0]["connected_share"] == 1
    assert made.data["meters"][0]["end_to_end_seconds"]["p99"] == Decimal("0.5")


def test_what_waits_is_shown_with_its_age() -> None:
    behind = a_sink(pending={"live": 90, "history": 0}, oldest_ms=T1 - 120_000, dead_letters=2)
    made = delivery(facts(a_meter(undelivered=90), sinks=(behind,)), T1)
    assert (made.verdict, made.exit_code) == ("behind", 1)
    assert made.data["sinks"][0]["oldest_pending_age"] == 120
    text = as_text(made)
    assert "2min" in text
    assert "95 %" in text
    assert "sink tb refused 2 messages for good" in text


def test_dropped_readings_are_never_hidden() -> None:
    made = delivery(facts(dropped=4), T1)
    assert made.exit_code == 1
    assert "4 readings were dropped" in as_text(made)


def test_without_a_sink_or_a_reading_there_is_no_data() -> None:
    assert delivery(facts(sinks=()), T1).exit_code == 2
    assert delivery(facts(a_meter(produced=0)), T1).exit_code == 2
    slow = a_meter(end_to_end=spans(0, 0, 0, 0, 0, 1))
    assert "above all" in as_text(delivery(facts(slow, sinks=(a_sink(enabled=False),)), T1))


def test_the_store_is_asked() -> None:
    clock = FakeClock()
    kind = REPORTS.get("delivery")
    assert kind is not None
    assert kind.make(Sources(MemoryStore(clock), clock, lambda: None), Wish(HOUR)).exit_code == 2
