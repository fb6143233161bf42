"""Charts as figures: from readings to paths, ticks and labels; the template draws them as SVG.

Pure. A line is broken where readings are missing, and thinned to the lowest and the highest value
of each column, so that a spike of one reading stays visible however long the span is.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence

from attrs import frozen

WIDTH, HEIGHT = 360, 190  # of the drawing; it is scaled to the width of its card
RIGHT, TOP, BOTTOM = 12, 24, 26  # room around the curve
LABEL_LEAST, DIGIT_WIDTH = 34.0, 6.6  # room on the left: for the longest label

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TIME_STEPS = (
    *(_MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 7 * _DAY),
    *(14 * _DAY, 30 * _DAY, 91 * _DAY),
)
_TIME_TICKS = 5  # at most; a label is about 40 wide
_VALUE_TICKS = 4

Point = tuple[int, float]
"""A time in ms UTC and a value."""


@frozen
class Tick:
    """A mark on an axis.

    Attributes:
        at: Where, in units of the drawing.
        label: What stands there.
    """

    at: float
    label: str


@frozen
class Chart:
    """All that the template draws.

    Attributes:
        left: Where the axis of values stands.
        lines: A path for each stretch without a gap.
        dots: Stretches of a single reading.
        x: The ticks of time.
        y: The ticks of value; empty without readings.
        last: Where the newest reading stands; None without any.
        count: How many readings there are.
    """

    left: float = LABEL_LEAST
    lines: tuple[str, ...] = ()
    dots: tuple[tuple[float, float], ...] = ()
    x: tuple[Tick, ...] = ()
    y: tuple[Tick, ...] = ()
    last: tuple[float, float] | None = None
    count: int = 0


@frozen
class _Axes:
    """From time and value to places in the drawing."""

    since_ms: int
    until_ms: int
    low: float
    high: float
    left: float

    def along(self, ms: float) -> float:
        share = (ms - self.since_ms) / (self.until_ms - self.since_ms)
        return round(self.left + share * (WIDTH - self.left - RIGHT), 1)

    def up(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def place(self, point: Point) -> tuple[float, float]:
        return self.along(point[0]), self.up(point[1])


def draw(
    points: Sequence[Point], since_ms: int, until_ms: int, gap_ms: float, zone: dt.tzinfo
) -> Chart:
    """A chart of one series.

    Args:
        points: The readings, oldest first; values are finite.
        since_ms: Where the axis of time begins, ms UTC.
        until_ms: Where it ends.
        gap_ms: A longer pause between two readings breaks the line.
        zone: The zone of the labels.
    """
    shown = [point for point in points if since_ms <= point[0] <= until_ms]
    if not shown:
        axes = _Axes(since_ms, until_ms, 0.0, 1.0, LABEL_LEAST)
        return Chart(x=tuple(_time_ticks(axes, zone)))
    values = [value for _, value in shown]
    low, high, step = _value_axis(min(values), max(values))
    labels = [(value, _label(value, step)) for value in _steps(low, high, step)]
    left = max(LABEL_LEAST, 10 + DIGIT_WIDTH * max(len(label) for _, label in labels))
    axes = _Axes(since_ms, until_ms, low, high, left)
    lines: list[str] = []
    dots: list[tuple[float, float]] = []
    for stretch in _stretches(shown, gap_ms):
        places = [axes.place(point) for point in _thinned(stretch, since_ms, until_ms)]
        if len(places) == 1:
            dots.append(places[0])
        else:
            lines.append("M" + "L".join(f"{x:g} {y:g}" for x, y in places))
    return Chart(
        left=left,
        lines=tuple(lines),
        dots=tuple(dots),
        x=tuple(_time_ticks(axes, zone)),
        y=tuple(Tick(axes.up(value), label) for value, label in labels),
        last=axes.place(shown[-1]),
        count=len(shown),
    )


def _stretches(points: Sequence[Point], gap_ms: float) -> Iterator[list[Point]]:
    """The readings, cut where more time passed than a gap."""
    stretch: list[Point] = []
    for point in points:
        if stretch and point[0] - stretch[-1][0] > gap_ms:
            yield stretch
            stretch = []
        stretch.append(point)
    yield stretch


def _thinned(points: Sequence[Point], since_ms: int, until_ms: int) -> list[Point]:
    """The lowest and the highest of each column, in the order of their times."""
    if len(points) <= 2 * WIDTH:
        return list(points)
    kept: dict[int, tuple[Point, Point]] = {}
    for point in points:
        column = (point[0] - since_ms) * WIDTH // (until_ms - since_ms)
        low, high = kept.get(column, (point, point))
        kept[column] = (min(low, point, key=_value), max(high, point, key=_value))
    return [point for pair in kept.values() for point in sorted(set(pair))]


def _value(point: Point) -> float:
    return point[1]


def _value_axis(low: float, high: float) -> tuple[float, float, float]:
    """Round bounds and a step of 1, 2 or 5 times a power of ten; a flat line lies in the middle."""
    # Below that share of its own size a difference is noise of the arithmetic.
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        pad = abs(low) * 0.01 or 1.0
        low, high = low - pad, high + pad
    rough = (high - low) / _VALUE_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((factor * power for factor in (1, 2, 5) if factor * power >= rough), 10 * power)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def _steps(low: float, high: float, step: float) -> list[float]:
    return [low + number * step for number in range(round((high - low) / step) + 1)]


def _label(value: float, step: float) -> str:
    """The value with as many digits as the step has."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    text = f"{value:.{digits}f}" if digits <= 9 and abs(value) < 1e12 else f"{value:.6g}"
    return text.removeprefix("-") if float(text) == 0 else text


def _time_ticks(axes: _Axes, zone: dt.tzinfo) -> Iterator[Tick]:
    """Whole minutes, hours or days of the viewer's zone."""
    since, until = axes.since_ms / 1000, axes.until_ms / 1000
    step = next((s for s in _TIME_STEPS if (until - since) / s <= _TIME_TICKS), _TIME_STEPS[-1])
    offset = (dt.datetime.fromtimestamp(since, zone).utcoffset() or dt.timedelta()).total_seconds()
    tick = math.ceil((since + offset) / step) * step - offset
    while tick <= until:
        moment = dt.datetime.fromtimestamp(tick, zone)
        label = f"{moment:%m-%d}" if step >= _DAY else f"{moment:%H:%M}"
        yield Tick(axes.along(tick * 1000), label)
        tick += step
