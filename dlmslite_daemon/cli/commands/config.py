"""``config check``: all that is wrong with a configuration, and what its owner should know."""

from __future__ import annotations

import os

import click
from attrs import asdict

from dlmslite_daemon.api.sockets import sought
from dlmslite_daemon.cli.checking import look_over
from dlmslite_daemon.cli.commands.base import (
    Action,
    Actions,
    Exit,
    Shelf,
    common_options,
    register,
    say,
)
from dlmslite_daemon.cli.output import show_table
from dlmslite_daemon.cli.reach import Where, listens
from dlmslite_daemon.config.load import examine, found, text_of


@click.group("config", cls=Actions)
def config() -> None:
    """The daemon's configuration."""


@config.command("check", cls=Action)
@common_options
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Look the whole configuration over: keys, values, secrets, places, ports, lines.

    Exit code 0: sound, 1: an error was found, 2: there is nothing to look at.
    """
    where = ctx.find_object(Where) or Where()
    path = found(where.config)
    text = text_of(path)
    runs = listens(sought(examine(text, os.environ)[0]))
    checked = look_over(text, os.environ, runs=runs)
    meters, sinks = len(checked.config.meters), len(checked.config.sinks)
    if as_json:
        say(
            {
                "success": checked.sound,
                "path": str(path) if path else None,
                "meters": meters,
                "sinks": sinks,
                "findings": [
                    {"level": "error" if one.is_error else "warning", **asdict(one)}
                    for one in checked.findings
                ],
            }
        )
    else:
        rows = [
            ("error" if one.is_error else "warning", one.key, one.message, one.code, one.hint)
            for one in checked.findings
        ]
        if rows:
            show_table(["", "key", "what", "code", "next"], rows, "")
        errors = sum(one.is_error for one in checked.findings)
        verdict = f"{errors} errors" if errors else "sound"
        click.echo(f"{path or 'no file'}: {verdict}; {meters} meters, {sinks} sinks in the file")
    if not checked.sound:
        ctx.exit(Exit.FAILED)


register("config", Shelf.UPKEEP, config)
