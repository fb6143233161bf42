"""Joins the reports: whoever wants one asks here, by its name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.reports.base import (
    HOUR,
    REPORTS,
    Kind,
    Report,
    Sources,
    UnknownReport,
    Window,
    Wish,
)
from dlmslite_daemon.reports.gather import gather
from dlmslite_daemon.reports.qos import figures

UNWRITTEN_MS = 360_000  # counters are written each five minutes, and a busy disk takes its time


def nothing_waits() -> None:
    """There is nothing to write down first."""


class ReportDesk:
    """Makes reports.

    Args:
        sources: Where they ask.
        flush: Has what was counted so far written to the store, so that a report misses nothing.
    """

    def __init__(self, sources: Sources, flush: Callable[[], None] = nothing_waits) -> None:
        self._sources = sources
        self._flush = flush

    def kinds(self) -> dict[str, Kind]:
        """Every report there is, by name."""
        return dict(sorted(REPORTS.items()))

    def kind(self, name: str) -> Kind:
        """One of them.

        Raises:
            UnknownReport: There is none of that name.
        """
        kind = REPORTS.get(name)
        if kind is None:
            raise UnknownReport(name)
        return kind

    def window(
        self,
        name: str,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        length: int | None = None,
    ) -> Window:
        """The window of a report that ends now, unless told, with all that was counted until now.

        Args:
            name: Which report; its window has its usual length unless told.
            since_ms: Its begin, ms UTC.
            until_ms: Its end, ms UTC.
            length: Its length, s; instead of a begin.

        Raises:
            UnknownReport: There is none of that name.
            BridgeError: The window makes no sense.
        """
        usual = self.kind(name).usual
        # What cannot be written now is written later; a full disk is no reason to say nothing.
        with contextlib.suppress(StoreError):
            self._flush()
        now_ms = self._sources.clock.utc_ms()
        return Window.asked(now_ms, usual, since_ms=since_ms, until_ms=until_ms, length=length)

    def make(self, name: str, wish: Wish) -> Report:
        """A report, of what is stored.

        Raises:
            UnknownReport: There is none of that name.
            UnknownMeter: It is to be of a meter that is not there.
            BridgeError: The zone makes no sense.
        """
        return self.kind(name).make(self._sources, wish)

    def targets(self) -> list[dict[str, Any]]:
        """The seven targets over the hour until counters were last written: for health.

        Nothing is written for it: who looks at health each second would fill the tables.
        """
        now_ms = self._sources.clock.utc_ms()
        written_ms = self._sources.store.service_totals(now_ms - HOUR * 1000, now_ms).last_ms
        # What is older was written before a stop, and the time since then counts.
        end_ms = written_ms if now_ms - written_ms <= UNWRITTEN_MS else now_ms
        return [one.view() for one in figures(gather(self._sources, Window.back(end_ms, HOUR)))]
