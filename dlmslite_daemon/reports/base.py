"""What every report has in common: a window, tables, a frozen value, the registry of the folder.

A report is made in two steps. ``gather`` of its file asks the store and gives frozen values; a pure
function makes the report of them. What a report says stands twice in it: as plain data for machines
and as sections for people; a renderer for each format is in ``render.py``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import field, frozen

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.engine.health import Health
from dlmslite_daemon.errors import BridgeError, UnknownName
from dlmslite_daemon.registry import Registry
from dlmslite_daemon.store.base import Store

HOUR = 3600
DAY = 24 * HOUR
WINDOW_MAX = 3700 * DAY  # s; readings are kept ten years at the longest (bridge.md 13)

Cell = str | int | Decimal | None


class Verdict(StrEnum):
    """What a figure says of its target."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    NO_DATA = "no data"
    """Nothing was counted; that is never a pass."""


@frozen
class Window:
    """A span of time, ``[since, until)``.

    Attributes:
        since_ms: Its begin, ms UTC.
        until_ms: Its end, ms UTC.
    """

    since_ms: int
    until_ms: int

    def __attrs_post_init__(self) -> None:
        if not 0 < self.until_ms - self.since_ms <= WINDOW_MAX * 1000:
            raise _no_window("a window begins before it ends, and is at most ten years long")

    @classmethod
    def back(cls, now_ms: int, seconds: int) -> Window:
        """The last so many seconds."""
        return cls(now_ms - seconds * 1000, now_ms)

    @property
    def seconds(self) -> Decimal:
        """How long it is, s."""
        return Decimal(self.until_ms - self.since_ms) / 1000

    @property
    def before(self) -> Window:
        """The window of the same length that ends where this one begins."""
        return Window(2 * self.since_ms - self.until_ms, self.since_ms)

    @classmethod
    def asked(
        cls,
        now_ms: int,
        usual: int,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        length: int | None = None,
    ) -> Window:
        """The window of a request.

        Args:
            now_ms: Now; where it ends unless told.
            usual: How long it is unless told, s.
            since_ms: Its begin.
            until_ms: Its end.
            length: How long it is, s; instead of a begin.

        Raises:
            BridgeError: It is none, or has both a begin and a length (``E-REPORT-WINDOW``).
        """
        # Of what is to come nothing is known.
        until_ms = now_ms if until_ms is None else min(until_ms, now_ms)
        if since_ms is not None and length is not None:
            raise _no_window("a window has a begin or a length, not both")
        if since_ms is None:
            since_ms = until_ms - (usual if length is None else length) * 1000
        return cls(since_ms, until_ms)

    def view(self) -> dict[str, Any]:
        """It as plain values."""
        return {"since": self.since_ms, "until": self.until_ms, "seconds": self.seconds}


def _no_window(why: str) -> BridgeError:
    hint = "for example --minutes 60, --days 7, or --since 2026-03-01 --until 2026-03-02"
    return BridgeError(why, code="E-REPORT-WINDOW", hint=hint)


@frozen
class Table:
    """Rows under heads.

    Attributes:
        title: What it shows.
        columns: The heads; one that begins with ``>`` is for numbers and stands to the right.
        rows: The cells; None is shown as a dash.
        empty: What is said when there are no rows.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str = "nothing"


@frozen
class Prose:
    """Lines of text under a title.

    Attributes:
        title: What they are about; may be empty.
        lines: One sentence each.
        numbered: Whether they are steps, one after the other.
    """

    title: str
    lines: tuple[str, ...]
    numbered: bool = False


Section = Table | Prose


@frozen
class Report:
    """A report.

    Attributes:
        kind: Which one.
        title: Its head.
        window: What it is about.
        made_ms: When it was made, ms UTC.
        verdict: What it comes to, in a word or two.
        exit_code: What a script is told.
        data: All of it as plain values, for machines.
        sections: All of it as tables and text, for people.
        sheet: What goes into a spreadsheet; None where a report is none.
    """

    kind: str
    title: str
    window: Window
    made_ms: int
    verdict: str
    exit_code: int
    data: Mapping[str, Any] = field(repr=False)
    sections: tuple[Section, ...] = field(repr=False)
    sheet: Table | None = field(default=None, repr=False)


@frozen
class Sources:
    """Where reports ask.

    Attributes:
        store: The store.
        clock: The daemon's clock.
        health: Gives the state of everything; None of it when no daemon runs.
    """

    store: Store = field(repr=False)
    clock: Clock = field(repr=False)
    health: Callable[[], Health | None] = field(repr=False)


@frozen
class Wish:
    """What is asked for.

    Attributes:
        window: The span.
        meter: Only this meter, by name or number; None for all.
        zone: The zone whose days and hours are meant; empty for the host's.
    """

    window: Window
    meter: str | None = None
    zone: str = ""


@frozen
class Kind:
    """One entry of the folder.

    Attributes:
        make: Asks the sources and makes the report.
        summary: What it shows, in a few words.
        usual: How long its window is when nothing else is said, s.
        sheet: Whether it has rows for a spreadsheet.
        saved_as: How the name of a saved file begins; empty where the report's name does.
    """

    make: Callable[[Sources, Wish], Report]
    summary: str
    usual: int = DAY
    sheet: bool = False
    saved_as: str = ""


REPORTS: Registry[str, Kind] = Registry("dlmslite_daemon.reports")


class UnknownReport(UnknownName):
    """There is no report of this name."""

    code = "E-REPORT-UNKNOWN"

    def __init__(self, kind: str) -> None:
        known = ", ".join(sorted(name for name, _ in REPORTS.items()))
        super().__init__(f"there is no report {kind!r}; there are {known}")


def zone_of(name: str) -> dt.tzinfo | None:
    """A zone by its name; None, the host's own, for none.

    Raises:
        BridgeError: There is none of that name.
    """
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BridgeError(
            f"there is no time zone {name!r}",
            code="E-REPORT-ZONE",
            hint="for example --zone America/Bogota, or UTC",
        ) from None


def moment(ms: int | None, zone: dt.tzinfo | None = dt.UTC) -> str | None:
    """A time to the second, with its offset; None for None."""
    if ms is None:
        return None
    when = dt.datetime.fromtimestamp(ms // 1000, dt.UTC).astimezone(zone)
    return when.strftime("%Y-%m-%d %H:%M:%S") + ("Z" if zone is dt.UTC else when.strftime("%z"))


def ratio(part: float | Decimal, whole: float | Decimal) -> Decimal | None:
    """Part of whole to six digits; None of nothing."""
    return figure(Decimal(part) / Decimal(whole), 6) if whole else None


def figure(value: float | Decimal | None, digits: int = 3) -> Decimal | None:
    """A number with so many digits after the point at most; None for None."""
    if value is None:
        return None
    short = Decimal(f"{value:.{digits}f}").normalize()
    # A whole number keeps its noughts: 100, not 1E+2.
    return short.quantize(Decimal(1)) if short == short.to_integral() else short


def percent(value: Decimal | None) -> str | None:
    """A ratio of 0 to 1 as a percentage; it is never rounded up to a whole hundred."""
    if value is None:
        return None
    hundred = value * 100
    short = figure(hundred, 2)
    if short == 100 > hundred:
        short = Decimal("99.99")
    return f"{short} %"


def span(seconds: float | Decimal | None) -> str | None:
    """A length of time: ``45s``, ``12min``, ``3h``, ``2d``."""
    if seconds is None:
        return None
    for unit, size in (("d", DAY), ("h", HOUR), ("min", 60)):
        if seconds >= 2 * size:
            return f"{int(seconds // size)}{unit}"
    return f"{figure(seconds, 1)}s"


def each(counts: Mapping[str, Any]) -> str | None:
    """Names with their counts, the largest first; None for none."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{name} {count}" for name, count in ordered if count) or None


def said(lines: Sequence[str], title: str = "") -> tuple[Prose, ...]:
    """Lines as a section; none where there are none."""
    return (Prose(title, tuple(lines)),) if lines else ()
