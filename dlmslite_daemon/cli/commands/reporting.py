"""How verbs ask for a report, show it in the format that was chosen, and save it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

import click

from dlmslite_daemon.api.exact_json import dumps
from dlmslite_daemon.cli.commands.base import common_options, door
from dlmslite_daemon.cli.output import screen_width, write_page
from dlmslite_daemon.cli.places import when
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.reports.base import DAY, WINDOW_MAX
from dlmslite_daemon.reports.render import as_csv, as_markdown, as_text, from_sections


class Shape(StrEnum):
    """How it is written; the value is the ending of a saved file."""

    TEXT = "txt"
    JSON = "json"
    MARKDOWN = "md"
    CSV = "csv"


def report_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every report."""
    options = (
        click.option("--since", help="From then on: 90s, 6h, 2d, 2026-03-01T12:00Z or ms UTC."),
        click.option("--until", help="Before then; now unless told."),
        click.option(
            "--minutes", "-m", type=click.IntRange(1, WINDOW_MAX // 60), help="So many minutes."
        ),
        click.option("--days", type=click.IntRange(1, WINDOW_MAX // DAY), help="So many days."),
        click.option("--meter", help="Only this meter, by name or id."),
        click.option("--zone", help="The time zone whose days and hours are meant."),
        click.option("--markdown", "as_md", is_flag=True, help="Markdown."),
        click.option("--save", "-s", is_flag=True, help="Into a file here, named by the time."),
    )
    for option in reversed(options):
        function = option(function)
    return common_options(function)


def show_report(ctx: click.Context, kind: str, saved_as: str = "", **options: Any) -> NoReturn:
    """Ask for a report, print it or save it, and leave with its exit code.

    Args:
        ctx: The running command.
        kind: Which report.
        saved_as: How the name of a saved file begins; else its kind.
        options: What ``report_options`` gave, and ``as_csv`` where the verb has it.
    """
    now_ms = SystemClock().utc_ms()
    since, until = options.get("since"), options.get("until")
    query = {
        "since": when(since, now_ms) if since else None,
        "until": when(until, now_ms, "until") if until else None,
        **{name: options.get(name) for name in ("minutes", "days", "meter", "zone")},
        "format": "sections",
    }
    answer = door(ctx, offline=True).ask("GET", f"/api/reports/{kind}", query=query)
    shape = _shape(options)
    report = from_sections(answer["report"], answer)
    if shape is Shape.JSON:
        text = dumps(answer["report"]) + "\n"
    elif shape is Shape.CSV:
        text = as_csv(report)
    else:
        text = as_markdown(report) if shape is Shape.MARKDOWN else as_text(report, screen_width())
    if options.get("save"):
        click.echo(f"saved {_save(saved_as or kind, shape, text)}", err=True)
    else:
        click.echo(text, nl=False)
    ctx.exit(report.exit_code)


def _shape(options: dict[str, Any]) -> Shape:
    """What was chosen; a file without a choice is JSON, as the old monitor's was."""
    names = {"as_json": Shape.JSON, "as_md": Shape.MARKDOWN, "as_csv": Shape.CSV}
    chosen = [shape for name, shape in names.items() if options.get(name)]
    if len(chosen) > 1:
        raise click.UsageError("one format at a time: --json, --markdown or --csv")
    return chosen[0] if chosen else Shape.JSON if options.get("save") else Shape.TEXT


def _save(name: str, shape: Shape, text: str) -> Path:
    now = dt.datetime.now().astimezone()
    path = Path(f"{name}_{now:%Y%m%d_%H%M%S}.{shape.value}")
    write_page(path, text)
    return path
