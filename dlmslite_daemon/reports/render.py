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
import itertools
import textwrap
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.reports.base import Cell, Prose, Report, Section, Table, Window, moment

DASH = "-"
INDENT, GAP = "  ", "  "


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


def as_text(report: Report, width: int | None = None) -> str:
    """The report in columns of text.

    Args:
        report: The report.
        width: How many columns there are; cells and lines that need more are wrapped.
    """
    parts = [f"{report.title}\n{span_of(report.window)}\nverdict: {report.verdict}"]
    parts += [_text(section, width) for section in report.sections]
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


def _text(section: Section, width: int | None) -> str:
    if isinstance(section, Prose):
        return "\n".join([*filter(None, [section.title]), *_lines(section, width)])
    if not section.rows:
        return f"{section.title}: {section.empty}"
    heads = [head.lstrip(">") for head in section.columns]
    rows = [heads, *([plain(cell) or DASH for cell in row] for row in section.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if width is not None:
        least = [
            max(len(word) for cell in column for word in cell.split())
            for column in zip(*rows, strict=True)
        ]
        widths = narrowed(widths, least, width - len(INDENT) - len(GAP) * (len(widths) - 1))
    right = [head.startswith(">") for head in section.columns]
    body = [line for row in rows for line in _columns(row, widths, right)]
    return "\n".join([section.title, *body])


def narrowed(widths: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Widths that fit, taken from the widest first; no word is cut, so they may not fit."""
    fit = list(widths)
    while sum(fit) > room:
        spare = [index for index, size in enumerate(fit) if size > least[index]]
        if not spare:
            break
        fit[max(spare, key=lambda index: fit[index])] -= 1
    return fit


def _columns(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    """The lines of one row: more than one where a cell had to be wrapped."""
    cells = [_wrapped(cell, size) for cell, size in zip(row, widths, strict=True)]
    lines = []
    for parts in itertools.zip_longest(*cells, fillvalue=""):
        placed = zip(parts, widths, right, strict=True)
        text = GAP.join(c.rjust(w) if to_right else c.ljust(w) for c, w, to_right in placed)
        lines.append(f"{INDENT}{text}".rstrip())
    return lines


def _wrapped(text: str, width: int, under: str = "") -> list[str]:
    """Lines of whole words: a command or an address is not cut in the middle."""
    return textwrap.wrap(
        text,
        width,
        subsequent_indent=under,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _lines(prose: Prose, width: int | None) -> list[str]:
    marks = [f"{n}. " if prose.numbered else "" for n in range(1, len(prose.lines) + 1)]
    indent = INDENT if prose.numbered or prose.title else ""
    lines = [f"{indent}{mark}{line}" for mark, line in zip(marks, prose.lines, strict=True)]
    if width is None:
        return lines
    hang = [" " * (len(indent) + len(mark)) for mark in marks]
    return [
        "\n".join(_wrapped(line, width, under)) or line
        for line, under in zip(lines, hang, strict=True)
    ]


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
