"""Tables and figures for people: a terminal gets colours and its own width, a pipe plain text."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, cast

import click
from attrs import frozen
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from dlmslite_daemon.reports.render import narrowed

PIPE_COLUMNS = 240  # a pipe has no width; nothing is cut there
GAP = "  "  # between two columns
WORD_MAX = 20  # letters; a longer word, such as an address, is cut before a table falls apart

STYLES = {
    "online": "green",
    "ok": "green",
    "good": "green",
    "running": "green",
    "degraded": "yellow",
    "backoff": "yellow",
    "connecting": "yellow",
    "busy": "yellow",
    "suspect": "yellow",
    "paused": "cyan",
    "offline": "red",
    "breaker-open": "red",
    "auth-error": "red",
    "failed": "red",
}
"""A state's colour; a state without one has none."""


class _Trimmed(io.TextIOBase):
    """Standard output without the blanks that a table leaves at the end of a line."""

    def write(self, text: str) -> int:
        """Write it, trimmed."""
        return sys.stdout.write(re.sub(r" +$", "", text, flags=re.MULTILINE))


def screen_width() -> int | None:
    """How many columns there are: those of the terminal or of ``COLUMNS``; a pipe has no end."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return shutil.get_terminal_size().columns
    return None


def console() -> Console:
    """Where tables go; made for each use, since a test or a pipe may have changed the stream."""
    if sys.stdout.isatty():
        return Console()
    plain = cast("IO[str]", _Trimmed())
    width = screen_width() or PIPE_COLUMNS
    return Console(file=plain, width=width, no_color=True, highlight=False)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], empty: str) -> None:
    """Print rows under heads.

    Args:
        columns: The heads; one that begins with ``>`` is for numbers and stands to the right.
        rows: The cells: text, numbers or None.
        empty: What to say when there are none.
    """
    console().print(table_or(columns, rows, empty))


def table_or(columns: Sequence[str], rows: Iterable[Sequence[Any]], empty: str) -> Sheet | str:
    """Rows under heads, or what to say when there are none."""
    sheet = make_table(columns, rows)
    return sheet if sheet.rows else empty


def make_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Sheet:
    """A table without frames, fit for any width."""
    return Sheet(tuple(columns), [[cell(value) for value in row] for row in rows])


@frozen
class Sheet:
    """Rows under heads; where not even one word of each column fits, one row after the other.

    Attributes:
        columns: The heads; one that begins with ``>`` is for numbers and stands to the right.
        rows: The cells.
    """

    columns: tuple[str, ...]
    rows: list[list[Text]]

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it for the width that there is."""
        heads = [column.lstrip(">") for column in self.columns]
        cells = [heads, *([text.plain for text in row] for row in self.rows)]
        columns = list(zip(*cells, strict=True))
        least = [max(map(longest_word, column)) for column in columns]
        room = options.max_width - len(GAP) * (len(heads) - 1)
        if sum(least) > room:
            yield from self._records(heads)
            return
        widths = narrowed([max(map(len, column)) for column in columns], least, room)
        # rich counts the padding of the last column too, so gaps are columns of their own.
        table = Table(box=None, pad_edge=False, padding=0, header_style="bold")
        for place, (column, head, width) in enumerate(
            zip(self.columns, heads, widths, strict=True)
        ):
            if place:
                table.add_column(width=len(GAP))
            right = column.startswith(">")
            table.add_column(
                head, justify="right" if right else "left", overflow="fold", width=width
            )
        for row in self.rows:
            table.add_row(*[part for text in row for part in ("", text)][1:])
        yield table

    def _records(self, heads: Sequence[str]) -> RenderResult:
        for number, row in enumerate(self.rows):
            if number:
                yield Text("")
            yield make_pairs(zip(heads, row, strict=True))


def longest_word(text: str) -> int:
    """How long the longest word is; one that is longer than a column deserves may be cut."""
    return min(WORD_MAX, max(map(len, text.split()), default=0))


def show_pairs(pairs: Iterable[tuple[str, Any]]) -> None:
    """Print names and what they are, one a line; those that are None are left out."""
    console().print(make_pairs(pairs))


def make_pairs(pairs: Iterable[tuple[str, Any]]) -> Table:
    """Names and what they are, one a line; those that are None are left out."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in pairs:
        if value is not None:
            table.add_row(name, value if isinstance(value, Text) else cell(value))
    return table


def write_page(path: Path, text: str) -> None:
    """Write a text file that was asked for.

    Raises:
        click.FileError: It cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(path), (error.strerror or "").lower()) from None


def cell(value: Any) -> Text:
    """One value as a cell; brackets in it are text, never markup."""
    if value is None:
        return Text("-", style="dim")
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return Text(text, style=STYLES.get(text, ""))


def age(seconds: float | None) -> str | None:
    """A span in the largest unit that leaves more than one of it: ``95s``, ``12min``, ``3h``."""
    if seconds is None:
        return None
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"


def moment(ms: int | None) -> str | None:
    """A time in UTC, to the second."""
    if ms is None:
        return None
    return dt.datetime.fromtimestamp(ms // 1000, dt.UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def yes_no(value: bool | None) -> str | None:
    """What holds, in a word; None where nobody knows."""
    return None if value is None else "yes" if value else "no"


def percent(ratio: Decimal | float | None) -> str | None:
    """A ratio of 0 to 1 as a percentage."""
    return None if ratio is None else f"{float(ratio) * 100:.1f}%"
