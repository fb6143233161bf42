"""Tables and figures: nothing is cut in a pipe, brackets are text, spans are readable."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click
import pytest

from dlmslite_daemon.cli.output import (
    age,
    cell,
    moment,
    percent,
    screen_width,
    show_pairs,
    show_table,
    write_page,
)


def test_a_piped_table_is_plain_text_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(["name", ">value"], [["[red]kitchen", Decimal("1.10")], ["x" * 150, None]], "none")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "value"]
    assert lines[1].split() == ["[red]kitchen", "1.10"]
    assert lines[2].split() == ["x" * 150, "-"]
    assert "\x1b" not in "".join(lines)


def test_no_line_ends_in_blanks(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(["name", "fault"], [["kitchen", "none"], ["hall", "it fell silent"]], "none")
    show_pairs([("name", "kitchen"), ("because", "the last poll was complete")])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert [line.rstrip() for line in lines] == lines


def test_a_table_fits_the_columns_that_there_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert screen_width() is None
    monkeypatch.setenv("COLUMNS", "40")
    assert screen_width() == 40
    show_table(["name", "fault"], [["kitchen", "word " * 30]], "none")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 40
    assert " ".join(lines).split().count("word") == 30


def test_a_table_may_fill_the_screen_to_the_last_column(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "23")
    show_table(["name", "success 1h", ">alarms"], [["hall-2", "-", 17]], "none")
    assert capsys.readouterr().out.splitlines() == [
        "        success",
        "name    1h       alarms",
        "hall-2  -            17",
    ]


def test_the_column_with_words_to_spare_gives_way(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "32")
    show_table(["line", "success 1h", ">alarms"], [["127.0.0.1:47801", "-", 17]], "none")
    assert capsys.readouterr().out.splitlines() == [
        "                 success",
        "line             1h       alarms",
        "127.0.0.1:47801  -            17",
    ]


def test_where_no_table_fits_one_row_follows_the_other(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    heads = ["name", ">acknowledged", "last error"]
    rows = [["kitchen", 7, "E-SINK-UNREACHABLE"], ["hall", 12, None]]
    show_table(heads, rows, "none")
    assert capsys.readouterr().out.splitlines() == [
        "name          kitchen",
        "acknowledged  7",
        "last error    E-SINK-UNREACHAB",
        "              LE",
        "",
        "name          hall",
        "acknowledged  12",
        "last error    -",
    ]


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(["name"], [], "there is no meter")
    assert capsys.readouterr().out == "there is no meter\n"


def test_pairs_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    show_pairs([("name", "kitchen"), ("fault", None)])
    assert capsys.readouterr().out.split() == ["name", "kitchen"]


def test_a_state_has_its_colour() -> None:
    assert cell("online").style == "green"
    assert cell("kitchen").style == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, None), (0, "0s"), (119, "119s"), (120, "2min"), (7200, "2h"), (200_000, "2d")],
)
def test_a_span_is_given_in_one_unit(seconds: float | None, text: str | None) -> None:
    assert age(seconds) == text


def test_a_moment_and_a_ratio() -> None:
    assert moment(1_700_000_000_999) == "2023-11-14 22:13:20Z"
    assert moment(None) is None
    assert percent(Decimal("0.98")) == "98.0%"
    assert percent(None) is None


def test_a_page_that_cannot_be_written_is_a_fault_of_the_place(tmp_path: Path) -> None:
    write_page(tmp_path / "page.md", "# done")
    assert (tmp_path / "page.md").read_text() == "# done"
    with pytest.raises(click.FileError, match="no such file"):
        write_page(tmp_path / "nowhere" / "page.md", "# done")
