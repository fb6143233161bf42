"""Quality of service: seven targets, each with its figure, its sample, and the window before.

::

    success              complete polls / polls due while running                    >= 98 %
    publish              acknowledged / produced                   >= 95 %, ours 99.9 % in the end
    latency              first request to last response of a poll, p99                < 2 s
    reassociations       unplanned re-associations in an hour                         < 2
    hdlc_errors          bad FCS, HCS, length, sequence in an hour                    < 5
    uptime               time that the service was ready / the window                 >= 99 %
    mqtt_disconnections  unplanned ones in an hour                                    0

Definitions are those of bridge.md 8. Rates are for each hour that a meter was to be polled, so that
a fleet and one meter have the same target. Publish asks of the readings that were taken in the
window which of them all enabled sinks have acknowledged by now. Nothing counted is "no data", and a
meter that was never heard has no errors to be praised for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from dlmslite_daemon.reports.base import (
    DAY,
    HOUR,
    REPORTS,
    Cell,
    Kind,
    Report,
    Sources,
    Table,
    Verdict,
    Wish,
    each,
    figure,
    moment,
    percent,
    ratio,
    said,
)
from dlmslite_daemon.reports.facts import Facts, MeterFacts
from dlmslite_daemon.reports.gather import gather
from dlmslite_daemon.reports.histogram import SHARES

DIGITS = 3  # of a rate


@frozen
class Target:
    """What was promised.

    Attributes:
        key: Its stable name.
        title: Its name for people.
        sign: How the figure must compare: ``>=``, ``<`` or ``=``.
        limit: With what.
        unit: ``ratio``, ``s`` or ``/h``.
        of_meter: Whether each meter has a figure of its own; else the bridge has one.
        ours: What this bridge wants of itself beyond the promise; None where that is all.
    """

    key: str
    title: str
    sign: str
    limit: Decimal
    unit: str
    of_meter: bool = True
    ours: Decimal | None = None

    def judge(self, actual: Decimal | None) -> Verdict:
        """Whether a figure keeps it; no figure never does."""
        if actual is None:
            return Verdict.NO_DATA
        kept = {
            ">=": actual >= self.limit,
            "<": actual < self.limit,
            "=": actual == self.limit,
        }[self.sign]
        return Verdict.PASS if kept else Verdict.FAIL

    def text(self) -> str:
        """The target in words."""
        sign = "" if self.sign == "=" else f"{self.sign} "
        ours = f" (ours {shown(self.ours, self.unit)})" if self.ours is not None else ""
        return f"{sign}{shown(self.limit, self.unit)}{ours}"


TARGETS = (
    Target("success", "polls complete", ">=", Decimal("0.98"), "ratio"),
    Target(
        "publish", "readings acknowledged", ">=", Decimal("0.95"), "ratio", ours=Decimal("0.999")
    ),
    Target("latency", "latency p99", "<", Decimal(2), "s"),
    Target("reassociations", "unplanned re-associations", "<", Decimal(2), "/h"),
    Target("hdlc_errors", "HDLC errors", "<", Decimal(5), "/h"),
    Target("uptime", "service ready", ">=", Decimal("0.99"), "ratio", of_meter=False),
    Target("mqtt_disconnections", "MQTT disconnections", "=", Decimal(0), "/h", of_meter=False),
)


@frozen
class Figure:
    """What a target came to.

    Attributes:
        target: The target.
        actual: The figure; None without data.
        sample: Of how much it is.
        of: What the sample counts.
        detail: What it was made of.
    """

    target: Target
    actual: Decimal | None
    sample: Decimal
    of: str
    detail: Mapping[str, Any] = field(factory=dict)

    @property
    def verdict(self) -> Verdict:
        """Whether the target was kept."""
        return self.target.judge(self.actual)

    def view(self, before: Figure | None = None) -> dict[str, Any]:
        """It as plain values, the same of the window before beside it."""
        target = self.target
        view: dict[str, Any] = {
            "key": target.key,
            "title": target.title,
            "scope": "meter" if target.of_meter else "bridge",
            "target": {
                "sign": target.sign,
                "value": target.limit,
                "unit": target.unit,
                "ours": target.ours,
            },
            "actual": self.actual,
            "verdict": self.verdict.value,
            "sample": self.sample,
            "sample_of": self.of,
            "detail": dict(self.detail),
        }
        if before is not None:
            view["previous"] = {
                "actual": before.actual,
                "verdict": before.verdict.value,
                "sample": before.sample,
            }
        return view


def meter_figures(meter: MeterFacts, *, sinks: bool) -> list[Figure]:
    """The five figures of one meter, or of all meters as one.

    Args:
        meter: What was counted of it.
        sinks: Whether any sink is enabled; without one nothing can be published.
    """
    success, publish, latency, lost, errors = TARGETS[:5]
    hours = figure(meter.running_seconds / HOUR, 6) or Decimal(0)
    kinds = meter.hdlc_errors
    produced = meter.produced if sinks else 0
    p50, p95, p99 = (meter.latency.percentile(share, meter.latency_max) for share in SHARES)
    sessions = bool(meter.connects or meter.complete or meter.partial or meter.reassociations)
    return [
        Figure(
            success,
            ratio(min(meter.complete, meter.due), meter.due),
            Decimal(meter.due),
            "polls due",
            {"complete": meter.complete, "partial": meter.partial, "due": meter.due},
        ),
        Figure(
            publish,
            ratio(meter.acknowledged, produced),
            Decimal(produced),
            "readings",
            {"acknowledged": meter.acknowledged, "produced": meter.produced,
             "undelivered": meter.undelivered},
        ),
        Figure(
            latency,
            p99,
            Decimal(meter.latency.count),
            "polls",
            {"p50": p50, "p95": p95, "p99": p99},
        ),
        Figure(
            lost,
            _rate(meter.reassociations, hours if sessions else Decimal(0)),
            hours if sessions else Decimal(0),
            "hours",
            {"count": meter.reassociations},
        ),
        Figure(
            errors,
            _rate(sum(kinds.values()), hours if meter.heard else Decimal(0)),
            hours if meter.heard else Decimal(0),
            "hours",
            {"count": sum(kinds.values()), "by_kind": kinds},
        ),
    ]  # fmt: skip


def bridge_figures(facts: Facts) -> list[Figure]:
    """The two figures of the bridge."""
    uptime, disconnections = TARGETS[5:]
    ready = min(Decimal(str(round(facts.ready_seconds, 3))), facts.seconds)
    heard = [sink for sink in facts.sinks if sink.enabled and sink.heard]
    hours = figure(ready / HOUR, 6) if heard else None
    count = sum(sink.disconnections for sink in heard)
    return [
        Figure(
            uptime,
            ratio(ready, facts.seconds),
            facts.seconds,
            "seconds",
            {"ready_seconds": ready, "seconds": facts.seconds},
        ),
        Figure(
            disconnections,
            _rate(count, hours or Decimal(0)),
            hours or Decimal(0),
            "hours",
            {"count": count, "by_sink": {sink.name: sink.disconnections for sink in heard}},
        ),
    ]


def figures(facts: Facts) -> list[Figure]:
    """All seven of all meters."""
    return [*meter_figures(facts.total, sinks=_sinks(facts)), *bridge_figures(facts)]


def exit_code(overall: Sequence[Figure], meters: Sequence[Sequence[Figure]]) -> int:
    """0 when all pass, 1 when some fail, 2 when nothing fails and something has no data."""
    verdicts = {one.verdict for many in (overall, *meters) for one in many}
    if Verdict.FAIL in verdicts:
        return 1
    return 2 if Verdict.NO_DATA in verdicts or not verdicts else 0


def qos(now: Facts, before: Facts, made_ms: int) -> Report:
    """The report of a window, with the window before it."""
    overall, earlier = figures(now), {one.target.key: one for one in figures(before)}
    own = [(meter, meter_figures(meter, sinks=_sinks(now))) for meter in now.meters]
    once = {meter.id: meter for meter in before.meters}
    # A meter that nobody wanted to poll has no figures, and that is as it should be.
    ran = [many for meter, many in own if meter.running_seconds > 0]
    code = exit_code(overall, ran)
    return Report(
        kind="qos",
        title="Quality of service",
        window=now.window,
        made_ms=made_ms,
        verdict={0: "pass", 1: "fail"}.get(code, "no data"),
        exit_code=code,
        data={
            "previous": before.window.view(),
            "first_ran": now.born_ms,
            "dropped": now.dropped,
            "targets": [one.view(earlier[one.target.key]) for one in overall],
            "meters": [
                _meter_view(meter, many, once.get(meter.id), now, before) for meter, many in own
            ],
        },
        sections=(
            _targets(overall, earlier),
            _meters(own),
            *said(_notes(now, overall), "notes"),
        ),
    )


def _meter_view(
    meter: MeterFacts,
    many: Sequence[Figure],
    once: MeterFacts | None,
    now: Facts,
    before: Facts,
) -> dict[str, Any]:
    earlier = meter_figures(once or MeterFacts(meter.id, meter.name), sinks=_sinks(before))
    shared = zip(bridge_figures(now), bridge_figures(before), strict=True)
    pairs = [*zip(many, earlier, strict=True), *shared]
    return {
        "id": meter.id,
        "name": meter.name,
        "desired": meter.desired.value,
        "running_seconds": figure(meter.running_seconds),
        "targets": [one.view(other) for one, other in pairs],
    }


def _targets(overall: Sequence[Figure], earlier: Mapping[str, Figure]) -> Table:
    columns = ("figure", "target", ">actual", "verdict", ">sample", "of", ">before", "then")
    rows = []
    for one in overall:
        before = earlier[one.target.key]
        rows.append(
            (
                one.target.title,
                one.target.text(),
                shown(one.actual, one.target.unit),
                one.verdict.value,
                figure(one.sample, DIGITS),
                one.of,
                shown(before.actual, before.target.unit),
                before.verdict.value,
            )
        )
    return Table("targets", columns, tuple(rows))


def _meters(own: Sequence[tuple[MeterFacts, Sequence[Figure]]]) -> Table:
    own_targets = [target for target in TARGETS if target.of_meter]
    columns = ("meter", *(f">{target.title}" for target in own_targets), ">polls due")
    rows = tuple((meter.name, *map(_cell, many), meter.due) for meter, many in own)
    return Table("by meter", columns, rows, "there is no meter")


def _cell(one: Figure) -> Cell:
    if one.verdict is Verdict.NO_DATA:
        return one.verdict.value
    mark = " FAIL" if one.verdict is Verdict.FAIL else ""
    return f"{shown(one.actual, one.target.unit)}{mark}"


def _notes(facts: Facts, overall: Sequence[Figure]) -> list[str]:
    by_key = {one.target.key: one for one in overall}
    latency, errors = by_key["latency"].detail, by_key["hdlc_errors"].detail
    notes = []
    if facts.born_ms is not None and facts.born_ms > facts.window.since_ms:
        notes.append(f"the bridge first ran at {moment(facts.born_ms)}; uptime counts from then")
    if latency["p50"] is not None:
        quantiles = ", ".join(f"{key} {shown(value, 's')}" for key, value in latency.items())
        notes.append(f"latency, at most: {quantiles}")
    if errors["count"]:
        notes.append(f"HDLC errors by kind: {each(errors['by_kind'])}")
    if not _sinks(facts):
        notes.append("no sink is enabled: nothing can be published")
    waiting = by_key["publish"].detail["undelivered"]
    if waiting:
        notes.append(f"{waiting} readings of this window are not acknowledged by every sink yet")
    if facts.dropped:
        notes.append(f"{facts.dropped} readings were dropped: they outlived the limits")
    return notes


def shown(value: Decimal | None, unit: str) -> str | None:
    """A figure with its unit."""
    if value is None:
        return None
    if not value.is_finite():
        return "above all bounds"
    if unit == "ratio":
        return percent(value)
    text = format(figure(value, DIGITS) or Decimal(0), "f")
    return f"{text} s" if unit == "s" else f"{text}/h"


def _rate(count: int, hours: Decimal) -> Decimal | None:
    return figure(count / hours, 6) if hours else None


def _sinks(facts: Facts) -> bool:
    return any(sink.enabled for sink in facts.sinks)


def _make(sources: Sources, wish: Wish) -> Report:
    now = gather(sources, wish.window, wish.meter)
    before = gather(sources, wish.window.before, wish.meter)
    return qos(now, before, sources.clock.utc_ms())


REPORTS.add("qos", Kind(_make, "the seven targets of quality of service", DAY))
