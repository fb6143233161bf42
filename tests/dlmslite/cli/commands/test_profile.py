"""``dlmslite profile``: rows as a table, as CSV, as JSON lines; whole, by time, by entry."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import pytest
from rig.shell import shell, simulated

from dlmslite.cli.commands.profile import _time


def test_entries_are_a_table() -> None:
    with simulated() as meter:
        said = shell("profile", meter.url, "--first", "1", "--count", "2")
    assert said.code == 0
    assert "1.1.1.8.0.255" in said.out
    assert "Wh" in said.out


def test_a_range_is_json_lines_with_aware_times() -> None:
    with simulated("wrapper") as meter:
        everything = shell("profile", meter.url, "--json").out.splitlines()
        rows = [json.loads(line) for line in everything]
        times = [dt.datetime.fromisoformat(row["time"]) for row in rows]
        said = shell(
            "profile",
            meter.url,
            "--from",
            times[3].isoformat(),
            "--to",
            times[5].isoformat(),
            "--json",
        )
    assert said.out.splitlines() == everything[3:6]
    assert rows[0]["values"]["1.1.1.8.0.255"]["unit"] == "Wh"


def test_csv_has_units_in_its_head() -> None:
    with simulated() as meter:
        said = shell("profile", meter.url, "1.0.99.1.0.255", "--csv", "--count", "3")
    head, *rows = csv.reader(io.StringIO(said.out))
    assert head[3] == "1.1.32.7.0.255 [V]"
    assert len(rows) == 3


def test_time_and_entry_exclude_each_other() -> None:
    said = shell("profile", "tcp://192.0.2.1", "--first", "1", "--from", "2026-01-01")
    assert said.code == 2
    assert "choose by time" in said.err


def test_a_time_without_offset_is_local_time() -> None:
    assert _time(None, "from") is None
    naive = _time("2026-03-01T12:00", "from")
    assert naive is not None
    assert naive.tzinfo is not None


def test_what_is_no_time_is_a_usage_error() -> None:
    with simulated() as meter:
        said = shell("profile", meter.url, "--from", "yesterday")
    assert said.code == 2
    assert "yesterday" in said.err


@pytest.mark.parametrize("option", ["--csv", "--json"])
def test_a_profile_that_is_not_there_is_an_error(option: str) -> None:
    with simulated() as meter:
        said = shell("profile", meter.url, "1.0.99.2.0.255", option)
    assert said.code == 1
    assert "object-undefined" in said.err
