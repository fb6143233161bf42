"""Windows, figures and the registry of reports."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.reports.base import (
    REPORTS,
    UnknownReport,
    Window,
    each,
    figure,
    moment,
    percent,
    ratio,
    span,
    zone_of,
)

T0 = 1_700_000_000_000


def test_a_window_knows_its_length_and_the_one_before() -> None:
    window = Window.back(T0, 3600)
    assert window.seconds == 3600
    assert window.before == Window(T0 - 7_200_000, T0 - 3_600_000)
    assert window.view() == {"since": T0 - 3_600_000, "until": T0, "seconds": 3600}


@pytest.mark.parametrize(("since", "until"), [(T0, T0), (T0, T0 - 1), (0, 10**18)])
def test_a_window_that_is_none_is_refused(since: int, until: int) -> None:
    with pytest.raises(BridgeError) as refused:
        Window(since, until)
    assert refused.value.code == "E-REPORT-WINDOW"


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_that_is_not_whole_is_never_shown_as_whole(part: int, more: int) -> None:
    shown = percent(Decimal(part) / Decimal(part + more))
    assert shown is not None
    assert not shown.startswith("100")


def test_figures_keep_few_digits_and_all_their_noughts() -> None:
    assert [str(figure(value)) for value in (100, 0.5, 1 / 3, 0, 1e6)] == [
        "100",
        "0.5",
        "0.333",
        "0",
        "1000000",
    ]
    assert figure(None) is None
    assert ratio(1, 0) is None
    assert ratio(98, 100) == Decimal("0.98")
    assert percent(Decimal(1)) == "100 %"
    assert percent(None) is None


def test_spans_and_counts_are_said_in_words() -> None:
    assert [span(s) for s in (0.5, 45, 720, 10_800, 200_000, None)] == [
        "0.5s",
        "45s",
        "12min",
        "3h",
        "2d",
        None,
    ]
    assert each({"hcs": 1, "fcs": 3, "length": 0}) == "fcs 3, hcs 1"
    assert each({}) is None


def test_zones_are_named_or_the_hosts_own() -> None:
    assert zone_of("") is None
    bogota = zone_of("America/Bogota")
    assert moment(T0, bogota) == "2023-11-14 17:13:20-0500"
    assert moment(T0) == "2023-11-14 22:13:20Z"
    assert moment(T0, dt.timezone(dt.timedelta(hours=1))) == "2023-11-14 23:13:20+0100"
    with pytest.raises(BridgeError, match="no time zone 'Bogota"):
        zone_of("Bogota/../x")


def test_every_report_of_the_folder_is_known_and_an_unknown_one_names_them() -> None:
    assert {name for name, _ in REPORTS.items()} >= {"energy"}
    assert "energy" in str(UnknownReport("enery"))
