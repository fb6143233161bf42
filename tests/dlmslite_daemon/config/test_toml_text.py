"""What is written as TOML reads back as it was."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.config.toml_text import toml_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = st.recursive(
    SCALARS | st.lists(SCALARS), lambda inner: st.dictionaries(TEXT, inner), max_leaves=8
)


@given(st.dictionaries(TEXT, VALUES))
def test_any_table_reads_back(table: dict[str, object]) -> None:
    assert tomllib.loads(toml_text(table)) == table


def test_a_table_stands_under_its_path() -> None:
    table = {"a": 1, "meters": {"kitchen": {"url": "tcp://h:1", "series": {"v": "1.1.32.7.0.255"}}}}
    assert toml_text(table) == (
        'a = 1\n\n[meters.kitchen]\nurl = "tcp://h:1"\n\n'
        '[meters.kitchen.series]\nv = "1.1.32.7.0.255"\n'
    )


def test_tables_in_a_list_stand_in_their_line() -> None:
    table = {"series": [{"key": "v", "obis": "1.1.32.7.0.255"}]}
    assert tomllib.loads(toml_text(table)) == table
