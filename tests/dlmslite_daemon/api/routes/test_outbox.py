"""The outbox: what waits for each sink, with and without a daemon."""

from __future__ import annotations

from attrs import evolve
from rig.bridge import KITCHEN, NOW_MS, Bridge, ask, reading

from dlmslite_daemon.alarm import Alarm, Change, Condition
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.records import DeadLetter


def advance(parts: Bridge, sink: str, meter: str, number: int) -> None:
    ticket = parts.store.advance(sink, Lane.LIVE, meter, number)
    parts.store.flush()
    assert ticket.event.wait(30)


def test_what_waits_for_a_sink_and_since_when(parts: Bridge) -> None:
    parts.store.add_sink(SinkSettings("tb", "mqtt", options={"host": "h"}))
    first = reading("voltage", NOW_MS - 90_000, 1)
    parts.keep(first, reading("voltage", NOW_MS, 2), reading("energy", NOW_MS, 3))
    advance(parts, "tb", "", 1)
    letter = DeadLetter("tb", Lane.LIVE, 1, 1, "t", b"p", "too large", NOW_MS)
    parts.store.add_dead_letter(letter)
    alarm = Alarm("kitchen", Condition("silence", "quiet"), 1, 1)
    parts.store.save_alarms([(alarm, Change.RAISED)] * 2)
    status, content = ask(parts.app, "GET", "/api/outbox")
    assert (status, content["count"], content["last_number"]) == (200, 1, 3)
    (sink,) = content["sinks"]
    assert sink["pending"] == {"live": 2, "history": 0}
    assert sink["lag"] == {"live": 2, "history": 3}
    assert (sink["alarms_pending"], sink["dead_letters"]) == (2, 1)
    assert (sink["connected"], sink["acknowledged"], sink["readings_acknowledged"]) == (True, 7, 5)
    assert (sink["in_flight"], sink["refused"], sink["fault"]) == (0, 0, None)


def test_the_age_of_the_oldest_is_told(parts: Bridge) -> None:
    parts.store.add_sink(SinkSettings("tb", "mqtt", options={"host": "h"}))
    parts.keep(reading("voltage", NOW_MS, 2))
    oldest = ask(parts.app, "GET", "/api/outbox")[1]["sinks"][0]
    assert oldest["oldest_pending_age"] == (NOW_MS - oldest["oldest_pending"]) // 1000


def test_without_a_sink_there_is_nothing(parts: Bridge) -> None:
    assert ask(parts.app, "GET", "/api/outbox")[1]["sinks"] == []


def test_where_each_meter_has_a_connection_the_one_furthest_behind_counts(parts: Bridge) -> None:
    parts.store.add_meter(evolve(KITCHEN, name="attic"))
    options = {"host": "h", "mode": "legacy"}
    parts.store.add_sink(SinkSettings("old", "thingsboard", options=options))
    parts.keep(reading("voltage", NOW_MS, 2), reading("energy", NOW_MS, 3))
    advance(parts, "old", "kitchen", 1)
    advance(parts, "old", "attic", 2)
    alarm = Alarm("kitchen", Condition("silence", "quiet"), 1, 1)
    parts.store.save_alarms([(alarm, Change.RAISED)] * 2)
    parts.store.set_mark("alarms/old/kitchen", 1)
    (sink,) = ask(parts.app, "GET", "/api/outbox")[1]["sinks"]
    assert (sink["cursor"]["live"], sink["lag"]["live"], sink["pending"]["live"]) == (1, 1, 1)
    assert sink["alarms_pending"] == 1
