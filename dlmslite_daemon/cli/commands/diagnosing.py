"""What the verbs of diagnosis have in common: how they are asked, and their exit codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from dlmslite_daemon.cli.commands.base import Exit, door, exit_code, report, say
from dlmslite_daemon.cli.diagnosis_show import FAULT, FINE, NOT_RUN
from dlmslite_daemon.cli.progress import telling
from dlmslite_daemon.cli.reach import follow, segment
from dlmslite_daemon.errors import BridgeError


def diagnosed(
    ctx: click.Context, meter: str, verb: str, body: Mapping[str, Any], seconds: float
) -> dict[str, Any]:
    """Ask for a diagnosis, follow it, and return its result; leaves with 2 if it could not be run.

    Args:
        ctx: The running command.
        meter: The meter's name or number.
        verb: ``test``, ``diagnose`` or ``commission``.
        body: What is asked.
        seconds: How long it may take.
    """
    as_json = bool(ctx.params.get("as_json"))
    way = door(ctx)
    try:
        started = way.ask("POST", f"/api/meters/{segment(meter)}/{verb}", body)
        with telling() as tell:
            return follow(way, started, seconds, tell)
    except BridgeError as error:
        if exit_code(error) is not Exit.FAILED:
            raise
        report(error, as_json=as_json)
        ctx.exit(NOT_RUN)


def end(ctx: click.Context, result: Mapping[str, Any], *, as_json: bool) -> None:
    """Print JSON where it is wanted, and leave with what was found."""
    if as_json:
        say({"success": True, **result})
    ctx.exit(FINE if result["healthy"] else FAULT)
