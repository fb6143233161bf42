"""``plan``: what a technician should do, by priority, with evidence, steps and verification."""

from __future__ import annotations

from typing import Any

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, register
from dlmslite_daemon.cli.commands.reporting import report_options, show_report


@click.command("plan", cls=Action)
@report_options
@click.pass_context
def plan(ctx: click.Context, /, **options: Any) -> None:
    """What to do, from diagnoses and counters. Exit code 0 nothing to do, 1 something."""
    show_report(ctx, "plan", "action_plan", **options)


register("plan", Shelf.UPKEEP, plan)
