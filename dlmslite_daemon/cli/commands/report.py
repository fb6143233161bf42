"""``report``: quality of service, health, energy, availability, the line, delivery."""

from __future__ import annotations

from typing import Any

import click

from dlmslite_daemon.cli.commands.base import Action, Actions, Shelf, register
from dlmslite_daemon.cli.commands.reporting import report_options, show_report
from dlmslite_daemon.reports.base import REPORTS, Kind


class Reports(Actions):
    """The group of all reports, filled from the folder of reports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every report's name, in order."""
        del ctx
        return sorted(name for name, _ in REPORTS.items())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of a report, or None."""
        del ctx
        kind = REPORTS.get(cmd_name)
        return None if kind is None else report_command(cmd_name, kind)


def report_command(name: str, kind: Kind) -> click.Command:
    """The verb that shows one report."""

    @click.command(
        name, cls=Action, help=f"{kind.summary.capitalize()}; {_usual(kind)} unless told."
    )
    @report_options
    @click.pass_context
    def show(ctx: click.Context, /, **options: Any) -> None:
        show_report(ctx, name, kind.saved_as, **options)

    if kind.sheet:
        show.params.append(
            click.Option(["--csv", "as_csv"], is_flag=True, help="CSV, with a head.")
        )
    return show


def _usual(kind: Kind) -> str:
    hours = kind.usual // 3600
    return f"{hours // 24} days" if hours > 24 else f"{hours} h"


@click.group("report", cls=Reports)
def report() -> None:
    """What was promised and what was kept, of any window."""


register("report", Shelf.UPKEEP, report)
