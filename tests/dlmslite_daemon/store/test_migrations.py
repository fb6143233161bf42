"""Schema files are numbered without a gap, forward only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.store.migrations import Migration, due, ordered, packaged

STEPS = tuple(Migration(n, f"{n:04}_x.sql", "") for n in (1, 2, 3))


@given(names=st.permutations([f"{n:04}_step.sql" for n in range(1, 12)]))
def test_files_are_ordered_by_number_however_they_are_found(names: list[str]) -> None:
    steps = ordered(dict.fromkeys(names, "SELECT 1;"))
    assert [step.number for step in steps] == list(range(1, 12))


@pytest.mark.parametrize(
    "names",
    [
        ["0002_a.sql"],
        ["0001_a.sql", "0003_b.sql"],
        ["0001_a.sql", "0001_b.sql"],
        ["1_a.sql"],
        ["0001-a.sql"],
        ["0001_A.sql"],
        ["readme.md"],
    ],
)
def test_a_gap_a_double_and_a_strange_name_are_refused(names: list[str]) -> None:
    with pytest.raises(StoreError) as caught:
        ordered(dict.fromkeys(names, ""))
    assert caught.value.code == "E-STORE-SCHEMA"


def test_what_is_due_follows_the_schema_number() -> None:
    assert due(0, STEPS) == STEPS
    assert due(2, STEPS) == STEPS[2:]
    assert due(3, STEPS) == ()
    assert due(0, ()) == ()


def test_a_store_of_a_later_version_is_refused_with_the_way_back() -> None:
    with pytest.raises(StoreError) as caught:
        due(4, STEPS)
    assert caught.value.code == "E-STORE-NEWER"
    assert "backup" in caught.value.hint


def test_the_packaged_steps_are_sound() -> None:
    steps = packaged()
    assert steps[0].name == "0001_first_light.sql"
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))


def test_every_table_is_strict() -> None:
    for step in packaged():
        tables = step.sql.count("CREATE TABLE")
        assert step.sql.count(") STRICT") == tables
