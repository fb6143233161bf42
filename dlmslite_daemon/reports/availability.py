"""Availability: how much of the time that a meter was wanted it answered, and when it did not.

It is told in steps of the stored rows, five minutes each: a step in which a poll was due and no
value came is a step without the meter, and so are those after it until a value comes. Steps that
follow one another are one outage. Of a meter that no poll was due of there is no data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from attrs import frozen

from dlmslite_daemon.reports.base import (
    DAY,
    REPORTS,
    Kind,
    Report,
    Sources,
    Table,
    Window,
    Wish,
    figure,
    moment,
    percent,
    ratio,
    span,
)
from dlmslite_daemon.store.records import MeterRecord
from dlmslite_daemon.store.totals import MeterTotals

ENOUGH = Decimal("0.99")
TOGETHER_MS = 1000  # two spans this close are one outage


@frozen
class Outage:
    """A time in which a meter was wanted and no value came.

    Attributes:
        since_ms: Its begin, ms UTC.
        until_ms: Its end.
    """

    since_ms: int
    until_ms: int

    @property
    def seconds(self) -> Decimal:
        """How long it was, s."""
        return Decimal(self.until_ms - self.since_ms) / 1000


@frozen
class Presence:
    """One meter in one window.

    Attributes:
        id: Its number.
        name: Its name.
        running_seconds: How long it was wanted.
        present_seconds: How long of that it answered.
        outages: When it did not, in order.
        asked: Whether a poll of it was due at all.
    """

    id: int
    name: str
    running_seconds: float = 0.0
    present_seconds: float = 0.0
    outages: tuple[Outage, ...] = ()
    asked: bool = True

    @property
    def share(self) -> Decimal | None:
        """Answered of wanted, 0 to 1; None when it was not wanted, or nobody asked it."""
        return None if not self.asked else ratio(self.present_seconds, self.running_seconds)


def presence_of(
    record: MeterRecord, totals: MeterTotals, absences: Iterable[tuple[int, int, float]]
) -> Presence:
    """What is stored of a meter in a window.

    Args:
        record: The meter.
        totals: What was counted of it.
        absences: The spans without it, in order (see ``FiguresStore``).
    """
    away = 0.0
    outages: list[Outage] = []
    for since_ms, until_ms, seconds in absences:
        away += seconds
        if outages and since_ms - outages[-1].until_ms <= TOGETHER_MS:
            outages[-1] = Outage(outages[-1].since_ms, until_ms)
        else:
            outages.append(Outage(since_ms, until_ms))
    asked = bool(totals.polls_due or totals.readings)
    present = max(0.0, totals.running_seconds - away) if asked else 0.0
    wanted = totals.running_seconds
    return Presence(record.id, record.name, wanted, present, tuple(outages), asked)


def availability(many: Sequence[Presence], window: Window, made_ms: int) -> Report:
    """The report of these meters."""
    shares = [one.share for one in many if one.share is not None]
    worst = min(shares, default=None)
    verdict = "no data" if worst is None else "available" if worst >= ENOUGH else "not always"
    asked = [one for one in many if one.asked]
    wanted = sum(one.running_seconds for one in asked)
    total = ratio(sum(one.present_seconds for one in asked), wanted)
    return Report(
        kind="availability",
        title="Availability",
        window=window,
        made_ms=made_ms,
        verdict=verdict,
        exit_code={"available": 0, "not always": 1}.get(verdict, 2),
        data={"share": total, "meters": [_view(one) for one in many]},
        sections=(_meters(many), _outages(many)),
    )


def _view(one: Presence) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "share": one.share,
        "running_seconds": figure(one.running_seconds),
        "present_seconds": figure(one.present_seconds),
        "outages": [
            {"since": out.since_ms, "until": out.until_ms, "seconds": out.seconds}
            for out in one.outages
        ],
    }


def _meters(many: Sequence[Presence]) -> Table:
    columns = ("meter", ">available", ">wanted", ">outages", ">longest")
    rows = tuple(
        (
            one.name,
            percent(one.share),
            span(one.running_seconds),
            len(one.outages),
            span(max((out.seconds for out in one.outages), default=None)),
        )
        for one in many
    )
    return Table("meters", columns, rows, "there is no meter")


def _outages(many: Sequence[Presence]) -> Table:
    rows = tuple(
        (one.name, moment(out.since_ms), moment(out.until_ms), span(out.seconds))
        for one in many
        for out in one.outages
    )
    return Table("outages", ("meter", "from", "until", ">long"), rows, "none")


def _make(sources: Sources, wish: Wish) -> Report:
    store, window = sources.store, wish.window
    records = [store.meter(wish.meter)] if wish.meter else store.meters()
    totals = store.meter_totals(window.since_ms, window.until_ms)
    absences = store.absences(window.since_ms, window.until_ms)
    many = [
        presence_of(
            record,
            totals.get(record.name, MeterTotals()),
            absences.get(record.name, ()),
        )
        for record in records
    ]
    return availability(many, window, sources.clock.utc_ms())


REPORTS.add("availability", Kind(_make, "how much of the time each meter answered", DAY))
