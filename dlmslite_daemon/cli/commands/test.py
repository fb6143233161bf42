"""``test``: the diagnosis ladder of one meter to its first value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, register
from dlmslite_daemon.cli.commands.diagnosing import diagnosed, end
from dlmslite_daemon.cli.diagnosis_show import show_result
from dlmslite_daemon.cli.secret import given, secret_options

SECONDS = 30.0


@click.command("test", cls=Action)
@click.argument("meter")
@click.option(
    "--client", type=click.IntRange(1, 127), help="Try another client address, without saving it."
)
@secret_options("password", "of that client")
@common_options
@click.pass_context
def test(
    ctx: click.Context,
    meter: str,
    client: int | None,
    password_prompt: bool,
    password_file: Path | None,
    password_env: str | None,
    as_json: bool,
) -> None:
    """Climb the diagnosis ladder to the first value, within 15 s, between two polls.

    With --client, or with a password, another pair is tried once; nothing of it is saved. Exit
    code 0: healthy, 1: a fault was found, 2: it could not be run.
    """
    password = given("password", password_prompt, password_file, password_env)
    body: dict[str, Any] = {"wait": False, "client": client, "password": password}
    result = diagnosed(ctx, meter, "test", body, SECONDS)
    if not as_json:
        show_result(result)
    end(ctx, result, as_json=as_json)


register("test", Shelf.EVERY_DAY, test)
