"""The ledger counts different readings by meter, knows repeated ones, and what has not arrived."""

from __future__ import annotations

from dlmslite_daemon.cli.demo.ledger import Heard, Ledger

POLL = b'{"ts": 1000, "values": {"voltage": 229.9, "energy": 7}}'


def test_readings_are_counted_once_and_their_repetition_apart() -> None:
    ledger = Ledger("meters")
    ledger("meters/kitchen/state", POLL)
    ledger("meters/kitchen/state", POLL)
    ledger("meters/kitchen/history", b'[{"ts": 500, "values": {"voltage": 1}}]')
    assert ledger.heard("kitchen") == Heard(readings=3, repeated=2, last_ms=1000)
    assert ledger.heard("garage") == Heard()
    assert ledger.messages == 3


def test_what_holds_no_readings_is_counted_and_no_more() -> None:
    ledger = Ledger("meters")
    for topic in ("meters/bridge/state", "meters/kitchen/availability", "other/kitchen/state"):
        ledger(topic, b"online")
    assert ledger.messages == 3
    assert ledger.heard("kitchen") == Heard()


def test_what_is_stored_and_has_not_arrived_is_told() -> None:
    ledger = Ledger("meters")
    ledger("meters/kitchen/state", POLL)
    there, lost = ("kitchen", "voltage", 1000), ("kitchen", "voltage", 2000)
    assert ledger.missing([there, lost, ("garage", "voltage", 1000)]) == [
        lost,
        ("garage", "voltage", 1000),
    ]
