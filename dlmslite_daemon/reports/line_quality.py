"""Line quality: errors by kind, round trips, octets, connections; each meter on its line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dlmslite_daemon.reports.base import (
    DAY,
    REPORTS,
    Kind,
    Report,
    Sources,
    Table,
    Wish,
    each,
    figure,
    percent,
    ratio,
)
from dlmslite_daemon.reports.facts import Facts, MeterFacts, by_kind
from dlmslite_daemon.reports.gather import gather
from dlmslite_daemon.reports.histogram import SHARES

CLEAN = Decimal("0.999")  # share of sound frames of a line that needs nobody


def soundness(meter: MeterFacts) -> Decimal | None:
    """The share of frames that came whole; None when nothing came."""
    broken = sum(meter.hdlc_errors.values())
    return ratio(meter.frames_received, meter.frames_received + broken)


def round_trip(meter: MeterFacts) -> Decimal | None:
    """The mean of a meter's exchanges, s; None without any."""
    return figure(meter.round_trip_seconds / meter.round_trips, 4) if meter.round_trips else None


def line_quality(facts: Facts, made_ms: int) -> Report:
    """The report of a window."""
    shares = [share for one in facts.meters if (share := soundness(one)) is not None]
    verdict = "no data" if not shares else "clean" if min(shares) >= CLEAN else "disturbed"
    return Report(
        kind="line",
        title="Line quality",
        window=facts.window,
        made_ms=made_ms,
        verdict=verdict,
        exit_code={"clean": 0, "disturbed": 1}.get(verdict, 2),
        data={
            "meters": [_view(one) for one in facts.meters],
            "total": _view(facts.total),
        },
        sections=(_quality(facts), _errors(facts), _traffic(facts)),
    )


def _view(meter: MeterFacts) -> dict[str, Any]:
    p50, p95, p99 = (meter.latency.percentile(share, meter.latency_max) for share in SHARES)
    return {
        "id": meter.id or None,
        "name": meter.name or None,
        "line": meter.line or None,
        "sound_frames": soundness(meter),
        "errors": by_kind(meter.discarded),
        "errors_by_reason": dict(meter.discarded),
        "failures": dict(meter.failures),
        "connects": meter.connects,
        "reassociations": meter.reassociations,
        "round_trips": meter.round_trips,
        "round_trip_mean": round_trip(meter),
        "poll_seconds": {"p50": p50, "p95": p95, "p99": p99},
        "octets_sent": meter.octets_sent,
        "octets_received": meter.octets_received,
        "octets_discarded": meter.octets_discarded,
        "frames_sent": meter.frames_sent,
        "frames_received": meter.frames_received,
    }


def _quality(facts: Facts) -> Table:
    columns = ("meter", "line", ">sound frames", ">round trip s", ">p50 s", ">p95 s", ">p99 s",
               ">connects", ">lost")  # fmt: skip
    rows = []
    for one in facts.meters:
        p50, p95, p99 = (one.latency.percentile(share, one.latency_max) for share in SHARES)
        times = (round_trip(one), *map(_up, (p50, p95, p99)))
        sound = percent(soundness(one))
        rows.append((one.name, one.line, sound, *times, one.connects, one.reassociations))
    return Table("quality", columns, tuple(rows), "there is no meter")


def _up(value: Decimal | None) -> Decimal | str | None:
    if value is None or value.is_finite():
        return figure(value)
    return "above all"


def _errors(facts: Facts) -> Table:
    heads = {"fcs": "FCS", "hcs": "HCS", "length": "length", "sequence": "sequence",
             "other": "other"}  # fmt: skip
    columns = ("meter", *(f">{head}" for head in heads.values()), "failed attempts")
    rows = tuple(
        (one.name, *(by_kind(one.discarded)[kind] for kind in heads), each(one.failures))
        for one in facts.meters
    )
    return Table("errors by kind", columns, rows, "there is no meter")


def _traffic(facts: Facts) -> Table:
    columns = ("meter", ">octets sent", ">received", ">discarded", ">frames sent", ">received")
    many = [*facts.meters, facts.total] if len(facts.meters) > 1 else facts.meters
    rows = tuple(
        (one.name or "all", one.octets_sent, one.octets_received, one.octets_discarded,
         one.frames_sent, one.frames_received)
        for one in many
    )  # fmt: skip
    return Table("traffic", columns, rows, "there is no meter")


def _make(sources: Sources, wish: Wish) -> Report:
    return line_quality(gather(sources, wish.window, wish.meter), sources.clock.utc_ms())


REPORTS.add("line", Kind(_make, "errors by kind, round trips and octets of each line", DAY))
