"""The page says what was measured, and recommends what follows from it."""

from __future__ import annotations

from rig.engine import SERIES, settings_of

from dlmslite_daemon.causes import Cause
from dlmslite_daemon.engine.commission import page_of, recommended
from dlmslite_daemon.engine.expedition import Brought
from dlmslite_daemon.finding import Finding, Rung, Step, conclude
from dlmslite_daemon.meters.inquiry import LadderValue
from dlmslite_daemon.meters.long_run import Gap, Pace
from dlmslite_daemon.meters.profile_rows import ProfileSeen

SETTINGS = settings_of("kitchen", password="env:KITCHEN_PW")
CONNECT = Rung(name="connect", step=Step.PASSED, told="connected|fast", seconds=0.012)
IDLE = Rung(name="idle", step=Step.NOTED, told="35 s", cause=Cause.CONVERTER_IDLE_LIMIT)
BROUGHT = Brought(
    rungs=(CONNECT, IDLE),
    values=(LadderValue("voltage", SERIES[0].obis, "229.90", "V"),),
    agreed="max PDU 6400",
    pace=Pace(200, 1, tuple([0.25] * 199), (100, 100), ("bad-fcs",)),
    gaps=(Gap(20.0, True, "the session was still good"), Gap(35.0, False, "it said CLOSE")),
    profile=ProfileSeen("1.0.99.1.0.255", 900, 960, ("0.0.1.0.0.255/2",), 20, "noon", "five"),
)


def finding_of(brought: Brought) -> Finding:
    return conclude("kitchen", "commission", 1_764_000_000_000, brought.rungs, 312.0)


def lines_of(brought: Brought, **more: object) -> list[str]:
    settings = settings_of("kitchen", **more)
    return recommended(settings, finding_of(brought), brought, shared_line=False)


def test_the_page_has_all_that_was_found() -> None:
    page = page_of(SETTINGS, finding_of(BROUGHT), BROUGHT, shared_line=False)

    for part in (
        "# Commissioning of kitchen", "2025-11-24 16:00:00 UTC, 312 s", "**converter-idle-limit**",
        "| voltage (1.1.32.7.0.255) | 229.90 V |", "200, 1 lost; p50 250 ms", "bad-fcs 1",
        "| idle for 35 s | it said CLOSE |", "a row each 900 s, 960 rows", "20, from noon to five",
        "connected\\|fast", "- refused: connected|fast",
    ):  # fmt: skip
        assert part in page
    assert "KITCHEN_PW" not in page


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    page = page_of(SETTINGS, finding_of(BROUGHT), BROUGHT, shared_line=True)
    tables = [block for block in page.split("\n\n") if block.startswith("|")]

    assert len(tables) == 2
    for table in tables:
        assert len({line.replace("\\|", "").count("|") for line in table.splitlines()}) == 1


def test_it_recommends_what_was_measured() -> None:
    lines = "\n".join(lines_of(BROUGHT, release_after=25.0))

    assert "release_after = 20; it is 25" in lines
    assert "The interval of 10 s is fine" in lines
    assert "10.0 days" in lines
    assert "Next: `dlmslite-bridge meter set kitchen --release-after SECONDS`." in lines


def test_a_release_that_comes_early_enough_stays() -> None:
    assert any(
        "is fine: the session outlives" in line for line in lines_of(BROUGHT, release_after=20.0)
    )


def test_a_slow_meter_gets_more_time_and_a_longer_interval() -> None:
    slow = Brought(rungs=(CONNECT,), pace=Pace(2, 0, (4.5, 4.5)))
    lines = "\n".join(lines_of(slow, timeout=5.0, every=10.0))

    assert "A response timeout of 10 s; 5 s is short." in lines
    assert "An interval of 13 s at least" in lines


def test_where_nothing_was_measured_nothing_is_recommended() -> None:
    assert lines_of(Brought(rungs=(CONNECT,))) == ["Nothing: it may be left as it is."]


def test_a_meter_without_association_or_profile_has_a_page_too() -> None:
    refused = Rung(name="connect", step=Step.FAILED, cause=Cause.REFUSED)
    brought = Brought(rungs=(refused,), profile=ProfileSeen(told="1.0.99.1.0.255: denied"))
    page = page_of(SETTINGS, finding_of(brought), brought, shared_line=True)

    assert "none came about" in page
    assert "| load profile | 1.0.99.1.0.255: denied |" in page
    assert "Other meters wait for this line" in page
