"""What all screens have in common: who looks and how, what is shown, and their registry."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from dlmslite_daemon.api.caller import Caller, Role
from dlmslite_daemon.api.page.charting import Charts
from dlmslite_daemon.api.page.rows import Rows
from dlmslite_daemon.api.page.words import Words
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.errors import UnknownName
from dlmslite_daemon.registry import Registry

FRESH_SECONDS = 1.0  # rows of the fleet that old are shown again instead of being gathered anew

Asked = Mapping[str, str]
"""What an address asks for: the parts of its path and of its query."""


@frozen
class Look:
    """Who looks, and how.

    Attributes:
        words: In which language.
        zone: In which zone times are shown.
        theme: ``system``, ``light`` or ``dark``.
        path: The address, with its query.
        now_ms: When, ms UTC.
        caller: Who; None before the sign-in.
    """

    words: Words
    zone: dt.tzinfo
    theme: str
    path: str
    now_ms: int
    caller: Caller | None = None

    @property
    def operates(self) -> bool:
        """Whether he may pause, resume, test and acknowledge."""
        return self.caller is not None and self.caller.role >= Role.OPERATOR


@frozen
class Shown:
    """What a screen shows now.

    Attributes:
        title: Of the window.
        context: What its templates are filled with.
        regions: Templates that are sent again when they changed; ``fleet/table`` draws the one
            element with the id ``fleet-table``.
        log: The meter whose log is followed; None for none.
    """

    title: str
    context: Mapping[str, Any]
    regions: Sequence[str] = ()
    log: str | None = None


class Pages:
    """What the screens ask.

    Args:
        services: The same as the routes ask.

    Attributes:
        services: Likewise.
        charts: Draws the charts of meters.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.charts = Charts(services.store)
        self._gathered = Rows(services)
        self._lock = threading.Lock()
        self._rows: list[dict[str, Any]] = []
        self._rows_at: float | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Every meter as a row of the list; gathered once for all viewers of one second."""
        with self._lock:
            now = self.services.clock.monotonic()
            if self._rows_at is None or now - self._rows_at >= FRESH_SECONDS:
                self._rows = self._gathered.gather()
                self._rows_at = self.services.clock.monotonic()
            return self._rows

    def forget(self) -> None:
        """Something was changed: the next look gathers anew."""
        with self._lock:
            self._rows_at = None


@frozen
class Screen:
    """One screen.

    Attributes:
        path: Its address.
        nav: The entry of the navigation that it belongs to.
        load: What it shows for who looks and what he asks.
        template: Draws the whole.
    """

    path: str
    nav: str
    load: Callable[[Pages, Look, Asked], Shown] = field(repr=False)
    template: str


SCREENS: Registry[str, Screen] = Registry("dlmslite_daemon.api.page.screens")


def chosen(asked: Asked, key: str, among: Sequence[str]) -> str:
    """One of several; the first if what was asked is none of them."""
    value = asked.get(key, "")
    return value if value in among else among[0]


def operation(pages: Pages, asked: Asked) -> dict[str, Any] | None:
    """The slow action that an address tells of, while it is remembered."""
    number = asked.get("operation")
    if number is None:
        return None
    try:
        return pages.services.operations.get(number).view()
    except UnknownName:
        return None
