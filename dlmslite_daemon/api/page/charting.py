"""Which charts a meter has: its series of numbers, drawn from stored readings and kept a while.

A chart moves on in steps, not with every look, so that many viewers cost no more than one.
"""

from __future__ import annotations

import datetime as dt
import math
import threading
from collections import OrderedDict

from attrs import frozen

from dlmslite_daemon.api.page.charts import Chart, Point, draw
from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.reading import Reading, ValueKind
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.rollup import Rollup, Step

_DAY = 24 * 3600
SPANS = {
    "1h": 3600,
    "6h": 6 * 3600,
    "24h": _DAY,
    "7d": 7 * _DAY,
    "30d": 30 * _DAY,
    "1y": 366 * _DAY,
}
"""Spans of the charts, in seconds."""

# The longer ones are drawn from what readings were rolled up to, and how long such a step is.
_ROLLED = {"7d": (Step.QUARTER, 900), "30d": (Step.QUARTER, 900), "1y": (Step.DAY, _DAY)}

GAP_INTERVALS = 3  # so many missed polls break the line
STEP_LEAST, STEP_MOST = 10, 60  # seconds between two drawings of one chart
POINTS_MAX = 10_000  # readings of one series that a chart is drawn from
CHARTS_MAX = 12  # series with a chart; a meter with more shows the first
KEPT_MAX = 200  # drawings kept


@frozen
class Drawn:
    """A series and its chart.

    Attributes:
        key: The series.
        unit: Its unit.
        last: Its newest value as exact text.
        chart: The drawing.
        cut: Whether there were more readings than a chart is drawn from.
    """

    key: str
    unit: str
    last: str
    chart: Chart
    cut: bool


class Charts:
    """Draws charts, each once for all who look.

    Args:
        store: Has the readings.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str, int, str], tuple[Chart, bool]] = OrderedDict()

    def of(self, meter: MeterSettings, span: str, now_ms: int, zone: dt.tzinfo) -> list[Drawn]:
        """A chart of each series whose newest value is a number.

        Raises:
            UnknownMeter: There is no such meter.
        """
        latest = self._store.latest(meter.name)
        drawn: list[Drawn] = []
        for series in meter.series:
            last = latest.get(series.key)
            if last is None or number(last) is None or len(drawn) == CHARTS_MAX:
                continue
            chart, cut = self._chart(meter, series.key, span, now_ms, zone)
            text = f"{last.value_text()} {last.unit}".strip()
            drawn.append(Drawn(series.key, last.unit, text, chart, cut))
        return drawn

    def _chart(
        self, meter: MeterSettings, series: str, span: str, now_ms: int, zone: dt.tzinfo
    ) -> tuple[Chart, bool]:
        seconds = SPANS[span]
        step = 1000 * min(STEP_MOST, max(STEP_LEAST, seconds // 360))
        until = -(-now_ms // step) * step
        key = (meter.name, series, span, until, str(zone))
        with self._lock:
            known = self._kept.get(key)
        if known is not None:
            return known
        since = until - seconds * 1000
        rolled = _ROLLED.get(span)
        pace = meter.every if rolled is None else max(meter.every, rolled[1])
        if rolled is None:
            found = self._store.readings(meter.name, since, until + 1, POINTS_MAX, series)
            points = [(one.ts_ms, value) for one in found if (value := number(one)) is not None]
            cut = len(found) == POINTS_MAX
        else:
            rows = self._store.rollups(meter.name, series, rolled[0], since, until + 1)
            points = sorted(point for row in rows for point in points_of(row))
            cut = False
        # A slow meter's readings are far apart and yet no gap.
        gap = max(GAP_INTERVALS * pace * 1000, seconds * 1000 / 240)
        made = draw(points, since, until, gap, zone), cut
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return made


def points_of(row: Rollup) -> list[Point]:
    """A step of time as points: its first and last reading, its lowest and highest between."""
    texts = (row.first, row.lowest, row.highest, row.last)
    middle = (row.first_ms + row.last_ms) // 2
    times = (row.first_ms, middle, middle, row.last_ms)
    if row.lowest is None or row.highest is None:
        return []  # some of its readings are no numbers
    points = [(ms, float(text)) for ms, text in zip(times, texts, strict=True) if text is not None]
    return [point for point in points if math.isfinite(point[1])]


def number(reading: Reading) -> float | None:
    """A reading as a point of a chart; the store keeps the exact value."""
    if reading.kind is ValueKind.INTEGER or reading.kind is ValueKind.FLOAT:
        value = float(reading.value_text())
        return value if math.isfinite(value) else None
    return None
