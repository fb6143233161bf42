"""Whoever wants a report asks by its name."""

from __future__ import annotations

import pytest

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.reports.base import Sources, UnknownReport, Window, Wish
from dlmslite_daemon.reports.desk import ReportDesk
from dlmslite_daemon.store.memory import MemoryStore


def test_what_was_counted_is_written_down_before_a_report_asks() -> None:
    clock, asked = FakeClock(), []
    desk = ReportDesk(Sources(MemoryStore(clock), clock, lambda: None), lambda: asked.append(1))
    wish = Wish(Window.back(clock.utc_ms(), 3600))
    assert desk.make("energy", wish).kind == "energy"
    assert asked == [1]
    with pytest.raises(UnknownReport):
        desk.make("nothing", wish)
    assert asked == [1]


def test_every_report_says_what_it_shows() -> None:
    clock = FakeClock()
    kinds = ReportDesk(Sources(MemoryStore(clock), clock, lambda: None)).kinds()
    assert "energy" in kinds
    assert all(kind.summary and kind.usual for kind in kinds.values())
