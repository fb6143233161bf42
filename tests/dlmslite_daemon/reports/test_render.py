"""One report in every format: the same cells, whatever they hold."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.api.exact_json import dumps, loads
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.reports.base import Prose, Report, Table, Window
from dlmslite_daemon.reports.render import (
    as_csv,
    as_data,
    as_markdown,
    as_sections,
    as_text,
    from_sections,
)

TABLE = Table("values", ("name", ">value"), (("a|b", Decimal("1.50")), ("c", None)))
REPORT = Report(
    kind="qos",
    title="Quality",
    window=Window(1_700_000_000_000, 1_700_000_060_000),
    made_ms=1_700_000_060_000,
    verdict="pass",
    exit_code=0,
    data={"figures": [Decimal("1.50")]},
    sections=(
        TABLE,
        Prose("do this", ("first", "then"), numbered=True),
        Prose("", ("by the way",)),
    ),
    sheet=TABLE,
)


def test_text_has_its_columns_in_line() -> None:
    assert as_text(REPORT).splitlines() == [
        "Quality",
        "from 2023-11-14 22:13:20Z until 2023-11-14 22:14:20Z",
        "verdict: pass",
        "",
        "values",
        "  name  value",
        "  a|b    1.50",
        "  c         -",
        "",
        "do this",
        "  1. first",
        "  2. then",
        "",
        "by the way",
    ]


def test_text_is_wrapped_where_a_screen_is_narrow() -> None:
    table = Table("values", ("figure", ">n"), (("a figure of many words", 12345), ("b", 1)))
    report = evolve(REPORT, sections=(table, Prose("do this", ("one two three four",), True)))
    assert as_text(report, 20).splitlines()[4:] == [
        "values",
        "  figure           n",
        "  a figure of  12345",
        "  many words",
        "  b                1",
        "",
        "do this",
        "  1. one two three",
        "     four",
    ]
    assert as_text(report, 200) == as_text(report)


def test_markdown_has_tables_and_keeps_a_pipe_in_its_cell() -> None:
    text = as_markdown(REPORT)
    assert "# Quality\n" in text
    assert "| name | value |\n| --- | ---: |\n| a\\|b | 1.50 |\n| c | - |" in text
    assert "## do this\n\n1. first\n2. then" in text


def test_json_has_what_all_reports_have_and_exact_figures() -> None:
    view = loads(dumps(as_data(REPORT)))
    assert view["window"] == {"since": 1_700_000_000_000, "until": 1_700_000_060_000, "seconds": 60}
    assert (view["kind"], view["verdict"], view["exit_code"]) == ("qos", "pass", 0)
    assert '"figures": [1.50]' in dumps(as_data(REPORT))


def test_csv_is_the_sheet_and_nothing_else() -> None:
    assert as_csv(REPORT) == "name,value\na|b,1.50\nc,\n"
    with pytest.raises(BridgeError, match="no sheet") as refused:
        as_csv(evolve(REPORT, sheet=None))
    assert refused.value.code == "E-REPORT-FORMAT"


def test_an_empty_table_says_so() -> None:
    empty = evolve(REPORT, sections=(Table("alarms", ("a",), (), "there is none"),))
    assert "alarms: there is none" in as_text(empty)
    assert "there is none" in as_markdown(empty)


cells = st.none() | st.text(max_size=20) | st.integers() | st.decimals(allow_nan=False, places=3)


@given(st.lists(st.tuples(cells, cells), max_size=4))
def test_whatever_a_cell_holds_every_format_takes_it(rows: list[tuple[object, object]]) -> None:
    table = Table("any", ("a", ">b"), tuple(rows))  # type: ignore[arg-type]  # any cell
    report = evolve(REPORT, sections=(table,), sheet=table)
    lines = as_markdown(report).splitlines()
    if rows:
        assert len([line for line in lines if line.startswith("| ")]) == len(rows) + 2
    assert as_text(report)
    back = list(csv.reader(io.StringIO(as_csv(report), newline="")))
    assert len(back) == len(rows) + 1
    view = json.loads(dumps({"data": as_data(report), **as_sections(report)}))
    again = from_sections(view["data"], view)
    assert as_text(again) == as_text(report)
    assert as_csv(again) == as_csv(report)
