"""CSV, JSON and TOML say the same thing; what cannot be read says where."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.importers.base import ImportRefused
from dlmslite_daemon.importers.tables import ROWS_MAX, Format, format_of, read, template


def seal(text: str) -> str:
    return f"sealed:{len(text)}"


CSV = "name,url,every,series\nkitchen,tcp://192.0.2.7:4059,10,v=1.1.32.7.0.255\n"
JSON = json.dumps(
    [
        {
            "name": "kitchen",
            "url": "tcp://192.0.2.7:4059",
            "every": 10,
            "series": [{"key": "v", "obis": "1.1.32.7.0.255"}],
        }
    ]
)
TOML = """
[meters.kitchen]
url = "tcp://192.0.2.7:4059"
every = 10
series = ["v=1.1.32.7.0.255"]
"""
TOML_LIST = """
[[meters]]
name = "kitchen"
url = "tcp://192.0.2.7:4059"
every = 10
series = { v = "1.1.32.7.0.255" }
"""


def test_all_formats_say_the_same() -> None:
    sheets = [
        read(CSV, Format.CSV, seal),
        read(JSON, Format.JSON, seal),
        read(f'{{"meters": {JSON}}}', Format.JSON, seal),
        read(TOML, Format.TOML, seal),
        read(TOML_LIST, Format.TOML, seal),
    ]
    meters = [settings for sheet in sheets for _, settings in sheet.meters]
    assert meters == [meters[0]] * len(sheets)
    assert all(not sheet.faults and sheet.rows == 1 for sheet in sheets)


def test_a_spreadsheet_with_mark_semicolons_and_empty_lines_is_read() -> None:
    text = "\ufeffname;url\r\nkitchen;tcp://192.0.2.7:1\r\n;\r\n\r\ngarage;tcp://192.0.2.8:1\r\n"
    sheet = read(text, Format.CSV, seal)
    assert [(row, settings.name) for row, settings in sheet.meters] == [
        (2, "kitchen"),
        (5, "garage"),
    ]


def test_rows_of_csv_are_the_lines_of_the_file() -> None:
    sheet = read(CSV + "garage,nowhere,10,\n" + "shed,tcp://h:1,10,,extra\n", Format.CSV, seal)
    assert [(fault.row, fault.column) for fault in sheet.faults] == [(3, "url"), (4, "column 5")]


def test_faults_53_three_bad_rows_of_500_are_named() -> None:
    bad = {17, 250, 499}
    lines = [f"m{n},tcp://192.0.2.7:{'x' if n in bad else n}" for n in range(2, 502)]
    sheet = read("\n".join(["name,url", *lines]), Format.CSV, seal)
    assert sheet.rows == 500
    assert [(fault.row, fault.column) for fault in sheet.faults] == [
        (n, "url") for n in sorted(bad)
    ]


@pytest.mark.parametrize(
    ("text", "form", "why"),
    [
        ("", Format.CSV, "no meter"),
        ("name,name\na,b\n", Format.CSV, "twice"),
        ('name,url\n"a', Format.CSV, ""),
        ("{", Format.JSON, "line 1, column 2"),
        ("7", Format.JSON, "no list"),
        ("[7]", Format.JSON, "no list"),
        ("[" * 100_000, Format.JSON, "deeply"),
        ("{}", Format.JSON, "no meter"),
        ("meters = ", Format.TOML, "no TOML"),
        ("[meters]\nkitchen = 7", Format.TOML, "no list"),
        ("name,url\n" + "a,b\n" * (ROWS_MAX + 1), Format.CSV, "more than"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(text: str, form: Format, why: str) -> None:
    try:
        sheet = read(text, form, seal)
    except ImportRefused as error:
        assert why in error.faults[0].message
        assert "0 rows" not in error.message
        assert "--template" in error.hint
    else:
        assert sheet.faults


@pytest.mark.parametrize("form", list(Format))
def test_the_template_reads_back(form: Format) -> None:
    sheet = read(template(form), form, seal)
    assert not sheet.faults
    assert [settings.name for _, settings in sheet.meters] == ["kitchen", "garage"]


def test_the_format_is_told_by_the_name() -> None:
    assert format_of("fleet.CSV") is Format.CSV
    with pytest.raises(ConfigError, match="--format"):
        format_of("fleet.xls")


@given(st.text(), st.sampled_from(Format))
def test_any_text_is_a_sheet_or_refused(text: str, form: Format) -> None:
    try:
        sheet = read(text, form, seal)
    except ImportRefused:
        return
    assert len(sheet.meters) + len(sheet.faults) == sheet.rows


@pytest.mark.parametrize(
    ("column", "cell"),
    [("series", "[1]"), ("series", '["v=1"'), ("policies", "7"), ("quirks", "{"), ("quirks", "[]")],
)
def test_a_cell_of_json_that_is_none_or_no_use_is_a_fault_of_its_column(
    column: str, cell: str
) -> None:
    quoted = cell.replace('"', '""')
    sheet = read(f'name,url,{column}\na,tcp://h:1,"{quoted}"\n', Format.CSV, seal)
    ((row, where),) = [(fault.row, fault.column) for fault in sheet.faults]
    assert (row, where) == (2, column)


def test_a_profile_fills_in_a_row_without_series_and_leaves_a_whole_one_alone() -> None:
    head = "name,url,profile,every,series\n"
    text = head + "a,tcp://h:1,generic,30,\nb,tcp://h:2,generic,,v=1.1.32.7.0.255\n"
    (_, filled), (_, whole) = read(text, Format.CSV, seal).meters
    assert (len(filled.series) > 1, filled.every) == (True, 30.0)
    assert [one.key for one in whole.series] == ["v"]
    assert whole.profile == filled.profile == "generic"


def test_a_profile_that_is_not_there_is_a_fault_of_its_row() -> None:
    sheet = read("name,url,profile\na,tcp://h:1,nobody\n", Format.CSV, seal)
    assert [(fault.row, fault.column) for fault in sheet.faults] == [(2, "profile")]
