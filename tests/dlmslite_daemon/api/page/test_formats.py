"""Figures, spans and times as they are written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dlmslite_daemon.api.page import formats

MADRID = ZoneInfo("Europe/Madrid")
NOON = int(dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, formats.NOTHING),
        (-3, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86_400, "1 d"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_span_has_its_two_largest_units(seconds: float | None, text: str) -> None:
    assert formats.span(seconds) == text


def test_short_spans_keep_their_fraction() -> None:
    assert formats.seconds(0.0214) == "21 ms"
    assert formats.seconds(Decimal("1.5")) == "1.50 s"
    assert formats.seconds(None) == formats.NOTHING


@pytest.mark.parametrize(
    ("ratio", "text"), [(Decimal("0.983"), "98.3 %"), (1.0, "100 %"), (0.0, "0 %")]
)
def test_a_ratio_in_percent(ratio: Decimal | float, text: str) -> None:
    assert formats.percent(ratio) == text
    assert formats.percent(None) == formats.NOTHING


def test_counts_stand_in_groups_of_three_and_sizes_in_their_unit() -> None:
    assert formats.count(1_234_567) == "1\u202f234\u202f567"
    assert formats.count(None) == formats.NOTHING
    assert [formats.size(n) for n in (None, 0, 999, 1400, 2_500_000, 5e15)] == [
        formats.NOTHING, "0 B", "999 B", "1.4 kB", "2.5 MB", "5000.0 TB",
    ]  # fmt: skip


def test_a_time_of_today_has_no_date_and_utc_stands_in_full() -> None:
    assert formats.local(NOON, NOON, MADRID) == "14:00:00"
    assert formats.local(NOON, NOON + 86_400_000, MADRID) == "2026-07-01 14:00:00"
    assert formats.utc(NOON) == "2026-07-01 12:00:00 UTC"


@pytest.mark.parametrize("name", [None, "", "Nowhere/Town", "../../etc/passwd", "x" * 65, "/etc"])
def test_an_unknown_zone_is_utc(name: str | None) -> None:
    assert formats.zone_of(name) is dt.UTC
    assert formats.zone_of("Europe/Madrid") == MADRID
