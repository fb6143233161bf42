"""Charts as figures: every reading inside the drawing, gaps seen, spikes kept, ticks round."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.api.page.charts import BOTTOM, HEIGHT, RIGHT, TOP, WIDTH, Chart, draw

HOUR = 3_600_000
SINCE = 1_782_900_000_000
NUMBER = re.compile(r"-?[\d.]+(?:e[+-]?\d+)?")


def places(chart: Chart) -> list[tuple[float, float]]:
    found = list(chart.dots)
    for line in chart.lines:
        numbers = [float(number) for number in NUMBER.findall(line)]
        found += zip(numbers[::2], numbers[1::2], strict=True)
    return found


@given(
    st.lists(
        st.tuples(
            st.integers(SINCE - HOUR, SINCE + 2 * HOUR), st.floats(-1e12, 1e12, allow_nan=False)
        ),
        max_size=60,
    )
)
def test_whatever_was_read_is_drawn_inside(points: list[tuple[int, float]]) -> None:
    chart = draw(sorted(points), SINCE, SINCE + HOUR, HOUR, dt.UTC)
    inside = [point for point in points if SINCE <= point[0] <= SINCE + HOUR]
    assert chart.count == len(inside)
    assert (chart.last is None) == (not inside) == (not places(chart))
    for x, y in places(chart):
        assert chart.left <= x <= WIDTH - RIGHT
        assert TOP <= y <= HEIGHT - BOTTOM
    assert len(chart.x) <= 6
    assert len(chart.y) <= 7


def test_a_pause_breaks_the_line_and_a_lone_reading_is_a_dot() -> None:
    points = [(SINCE + at * 1000, 1.0) for at in (0, 10, 20, 500, 900, 910)]
    chart = draw(points, SINCE, SINCE + HOUR, 30_000, dt.UTC)
    assert (len(chart.lines), len(chart.dots)) == (2, 1)


def test_a_spike_of_one_reading_survives_thinning() -> None:
    points = [(SINCE + at * 100, 99.0 if at == 17_001 else 1.0) for at in range(36_000)]
    chart = draw(points, SINCE, SINCE + HOUR, HOUR, dt.UTC)
    assert len(places(chart)) <= 2 * WIDTH
    assert min(y for _, y in places(chart)) < HEIGHT / 3
    assert chart.count == 36_000


def test_values_have_round_ticks_with_the_digits_of_their_step() -> None:
    points = [(SINCE, 229.87), (SINCE + 1000, 230.61)]
    assert [tick.label for tick in draw(points, SINCE, SINCE + HOUR, HOUR, dt.UTC).y] == [
        "229.8", "230.0", "230.2", "230.4", "230.6", "230.8",
    ]  # fmt: skip
    flat = draw([(SINCE, 0.0)], SINCE, SINCE + HOUR, HOUR, dt.UTC)
    assert "0.0" in [tick.label for tick in flat.y]


def test_times_are_whole_in_the_viewers_zone() -> None:
    # Calcutta is half an hour off: whole hours there are no whole hours of UTC.
    chart = draw([], SINCE, SINCE + 24 * HOUR, HOUR, ZoneInfo("Asia/Kolkata"))
    assert all(tick.label.endswith(":00") for tick in chart.x)
    week = draw([], SINCE, SINCE + 7 * 24 * HOUR, HOUR, dt.UTC)
    assert all(re.fullmatch(r"\d\d-\d\d", tick.label) for tick in week.x)
    assert draw([], SINCE, SINCE + HOUR, HOUR, dt.UTC).y == ()


def test_a_wide_label_gets_its_room() -> None:
    wide = draw(
        [(SINCE, 123_456_789.125), (SINCE + 1, 123_456_789.25)], SINCE, SINCE + HOUR, 1, dt.UTC
    )
    narrow = draw([(SINCE, 1.0), (SINCE + 1, 2.0)], SINCE, SINCE + HOUR, 1, dt.UTC)
    assert wide.left > narrow.left
