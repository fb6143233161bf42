"""``dlmslite profile URL OBIS``: the rows of a load profile, as they arrive."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from dlmslite.cli.connection import connected, connection_options, json_option
from dlmslite.cli.show import json_value, text_value
from dlmslite.handles import Profile
from dlmslite.values.table import Row


@click.command("profile")
@connection_options
@click.argument("obis", default="1.0.99.1.0.255")
@click.option("--from", "start", help="First time, ISO 8601; without offset it is local time.")
@click.option("--to", "end", help="Last time, included.")
@click.option("--first", type=int, help="First entry, counted from 1.")
@click.option("--count", type=int, help="How many entries from the first on.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values.")
@json_option
def command(
    url: str,
    obis: str,
    start: str | None,
    end: str | None,
    first: int | None,
    count: int | None,
    as_csv: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Read the load profile OBIS of the meter at URL: whole, by time, or by entry."""
    by_time = start is not None or end is not None
    by_entry = first is not None or count is not None
    if by_time and by_entry:
        raise click.UsageError("choose by time (--from, --to) or by entry (--first, --count)")
    with connected(url, options) as meter:
        profile = meter.profile(obis)
        if by_entry:
            rows = profile.entries(first if first is not None else 1, count)
        elif by_time:
            rows = profile.rows(_time(start, "from"), _time(end, "to"))
        else:
            rows = profile.rows()
        names = [str(column.obis) for column in profile.columns]
        rows = _with_progress(rows)
        if as_json:
            for row in rows:
                click.echo(json.dumps(_as_object(names, row), ensure_ascii=False))
        elif as_csv:
            _write_csv(profile, names, rows)
        else:
            _print_table(names, rows)
    return 0


def _time(text: str | None, option: str) -> dt.datetime | None:
    if text is None:
        return None
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no ISO 8601 time", param_hint=option) from None
    return time if time.tzinfo is not None else time.astimezone()


def _with_progress(rows: Iterable[Row]) -> Iterator[Row]:
    """Count the rows on standard error while they arrive, where that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield from rows
        return
    columns = (SpinnerColumn(), TextColumn("{task.completed} rows"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("rows", total=None)
        for row in rows:
            yield row
            progress.advance(task)


def _as_object(names: list[str], row: Row) -> dict[str, Any]:
    time = row.time
    values = zip(names, row, strict=True)
    return {
        "time": time.isoformat() if time is not None else None,
        "values": {name: json_value(value) for name, value in values},
    }


def _write_csv(profile: Profile, names: list[str], rows: Iterable[Row]) -> None:
    writer = csv.writer(sys.stdout)
    units = [f" [{column.unit.symbol}]" if column.unit else "" for column in profile.columns]
    writer.writerow([name + unit for name, unit in zip(names, units, strict=True)])
    for row in rows:
        writer.writerow([text_value(value)[0] for value in row])


def _print_table(names: list[str], rows: Iterable[Row]) -> None:
    table = Table(*names)
    for row in rows:
        table.add_row(*(" ".join(text_value(value)).strip() for value in row))
    Console().print(table)
