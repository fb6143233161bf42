"""A renderer for each format; all of them show the same tables.

::

    Report ─┬─ json       data, exact decimals
            ├─ text       sections in columns
            ├─ markdown   sections as pipes
            ├─ csv        the sheet, where the report has one
            └─ sections   data and sections as plain values, for a page or a command line
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.reports.base import Cell, Prose, Report, Section, Table, Window, moment

DASH = "-"


class Format(StrEnum):
    """How a report is written."""

    JSON = "json"
    TEXT = "text"
    MARKDOWN = "markdown"
    CSV = "csv"


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain values: what is common to all, then its own."""
    return {
        "kind": report.kind,
        "title": report.title,
        "generated_at": moment(report.made_ms),
        "window": report.window.view(),
        "verdict": report.verdict,
        "exit_code": report.exit_code,
        **report.data,
    }


def as_text(report: Report) -> str:
    """The report in columns of text."""
    parts = [f"{report.title}\n{span_of(report.window)}\nverdict: {report.verdict}"]
    parts += [_text(section) for section in report.sections]
    return "\n\n".join(parts) + "\n"


def as_markdown(report: Report) -> str:
    """The report as Markdown."""
    parts = [f"# {_mark(report.title)}\n\n{span_of(report.window)}\n\n**{_mark(report.verdict)}**"]
    parts += [_markdown(section) for section in report.sections]
    return "\n\n".join(parts) + "\n"


def as_csv(report: Report) -> str:
    """The report's sheet with a head.

    Raises:
        BridgeError: It has none.
    """
    if report.sheet is None:
        raise BridgeError(
            f"the report {report.kind} is no sheet",
            code="E-REPORT-FORMAT",
            hint="--csv is for readings and for the report energy; others have --json",
        )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([head.lstrip(">") for head in report.sheet.columns])
    writer.writerows([plain(cell) or "" for cell in row] for row in report.sheet.rows)
    return out.getvalue()


def as_sections(report: Report) -> dict[str, Any]:
    """Sections and sheet as plain values; ``from_sections`` makes them a report again."""
    return {
        "sections": [_section(section) for section in report.sections],
        "sheet": _section(report.sheet) if report.sheet else None,
    }


def from_sections(data: Mapping[str, Any], view: Mapping[str, Any]) -> Report:
    """A report from what ``as_data`` and ``as_sections`` gave."""
    window = data["window"]
    sheet = _again(view["sheet"]) if view["sheet"] else None
    return Report(
        kind=data["kind"],
        title=data["title"],
        window=Window(window["since"], window["until"]),
        made_ms=window["until"],
        verdict=data["verdict"],
        exit_code=data["exit_code"],
        data=data,
        sections=tuple(_again(section) for section in view["sections"]),
        sheet=sheet if isinstance(sheet, Table) else None,
    )


def span_of(window: Window) -> str:
    """A window in words."""
    return f"from {moment(window.since_ms)} until {moment(window.until_ms)}"


def plain(cell: Cell) -> str | None:
    """A cell as one line of text; a decimal keeps its digits."""
    if cell is None:
        return None
    return format(cell, "f") if isinstance(cell, Decimal) else " ".join(str(cell).split())


# ---------------------------------------------------------------- text


def _text(section: Section) -> str:
    if isinstance(section, Prose):
        return "\n".join([*filter(None, [section.title]), *_lines(section)])
    if not section.rows:
        return f"{section.title}: {section.empty}"
    heads = [head.lstrip(">") for head in section.columns]
    rows = [[plain(cell) or DASH for cell in row] for row in section.rows]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    right = [head.startswith(">") for head in section.columns]
    body = [_columns(row, widths, right) for row in (heads, *rows)]
    return "\n".join([section.title, *body])


def _columns(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = zip(row, widths, right, strict=True)
    text = "  ".join(c.rjust(w) if to_right else c.ljust(w) for c, w, to_right in cells)
    return f"  {text}".rstrip()


def _lines(prose: Prose) -> list[str]:
    if prose.numbered:
        return [f"  {number}. {line}" for number, line in enumerate(prose.lines, 1)]
    return [f"  {line}" if prose.title else line for line in prose.lines]


# ---------------------------------------------------------------- Markdown


def _markdown(section: Section) -> str:
    head = f"## {_mark(section.title)}\n\n" if section.title else ""
    if isinstance(section, Prose):
        mark = [f"{n}." if section.numbered else "-" for n in range(1, len(section.lines) + 1)]
        lines = zip(mark, section.lines, strict=True)
        return head + "\n".join(f"{bullet} {_mark(line)}" for bullet, line in lines)
    if not section.rows:
        return f"{head}{_mark(section.empty)}"
    rule = ["---:" if column.startswith(">") else "---" for column in section.columns]
    heads = [_mark(column.lstrip(">")) for column in section.columns]
    rows = [[_mark(plain(cell) or DASH) for cell in row] for row in section.rows]
    return head + "\n".join(f"| {' | '.join(row)} |" for row in (heads, rule, *rows))


def _mark(text: str) -> str:
    """Text whose characters mean themselves in Markdown."""
    for character in "\\`*_[]<>|":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


# ---------------------------------------------------------------- plain values and back


def _section(section: Section) -> dict[str, Any]:
    if isinstance(section, Prose):
        return {"title": section.title, "lines": section.lines, "numbered": section.numbered}
    return {
        "title": section.title,
        "columns": section.columns,
        "rows": [[plain(cell) for cell in row] for row in section.rows],
        "empty": section.empty,
    }


def _again(view: Mapping[str, Any]) -> Section:
    if "lines" in view:
        return Prose(view["title"], tuple(view["lines"]), view["numbered"])
    rows = tuple(tuple(row) for row in view["rows"])
    return Table(view["title"], tuple(view["columns"]), rows, view["empty"])
