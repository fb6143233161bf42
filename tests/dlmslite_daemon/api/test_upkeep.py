"""Brokers, outbox and disk, with a daemon and without one."""

from __future__ import annotations

from attrs import evolve
from rig.bridge import NOW_MS, Bridge, reading

from dlmslite_daemon.api.upkeep import broker_view, disk_view, outbox_view
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.records import DeadLetter


def test_the_outbox_is_as_far_behind_as_its_slowest_sink(parts: Bridge) -> None:
    for name, enabled in (("a", True), ("b", True), ("off", False)):
        parts.store.add_sink(SinkSettings(name, "mqtt", enabled=enabled))
    parts.keep(*(evolve(reading("voltage", NOW_MS - 9000 + n, n), host_ts_ms=NOW_MS - 9000)
                 for n in range(4)))  # fmt: skip
    moved = parts.store.advance("a", Lane.LIVE, "", 3)
    parts.store.flush()
    assert moved.event.wait(30)
    parts.store.add_dead_letter(DeadLetter("a", Lane.LIVE, 1, 1, "t", b"", "no", NOW_MS))
    assert outbox_view(parts.services) == {
        "pending": {"live": 4, "history": 0},
        "oldest_pending": NOW_MS - 9000,
        "oldest_pending_age": 9,
        "dead_letters": 1,
    }


def test_without_a_daemon_nobody_knows_of_a_broker(parts: Bridge) -> None:
    parts.store.add_sink(SinkSettings("a", "mqtt"))
    assert broker_view(parts.services)["connected"] == 1
    alone = evolve(parts.services, control=None)
    assert broker_view(alone) == {"total": 1, "connected": None, "last_puback": None}


def test_a_store_without_a_disk_has_none(parts: Bridge) -> None:
    assert disk_view({"path": "", "bytes": 0})["free_bytes"] is None
    view = disk_view(parts.store.info())
    assert view["path"] == str(parts.path)
    assert 0 < view["free_bytes"] < view["total_bytes"]
