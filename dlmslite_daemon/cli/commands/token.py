"""``token list``, ``add``, ``rm`` and ``link``: who may ask over TCP, and who may see the page."""

from __future__ import annotations

import click

from dlmslite_daemon.cli.commands.base import (
    Action,
    Actions,
    Shelf,
    common_options,
    door,
    register,
    say,
)
from dlmslite_daemon.cli.output import moment, show_table
from dlmslite_daemon.cli.places import later
from dlmslite_daemon.cli.reach import segment
from dlmslite_daemon.clock import SystemClock

_ROLES = click.Choice(["viewer", "operator", "admin"])


@click.group("token", cls=Actions)
def token() -> None:
    """Tokens of the API, and links that open the page."""


@token.command("list", cls=Action)
@common_options
@click.pass_context
def list_tokens(ctx: click.Context, as_json: bool) -> None:
    """Every token's name, role and end; never the token."""
    answer = door(ctx, offline=True).ask("GET", "/api/tokens")
    if as_json:
        say(answer)
        return
    show_table(
        ["name", "role", "created", "ends"],
        [
            (
                one["name"],
                one["role"],
                moment(one["created"]),
                "over" if one["expired"] else moment(one["expires"]) or "never",
            )
            for one in answer["tokens"]
        ],
        "there is no token",
    )


@token.command("add", cls=Action)
@click.argument("name")
@click.option("--role", type=_ROLES, default="viewer", show_default=True, help="What it may.")
@click.option("--expires", help="When it ends: 30d from now, or 2027-01-01.")
@common_options
@click.pass_context
def add(ctx: click.Context, name: str, role: str, expires: str | None, as_json: bool) -> None:
    """Make a token; it is shown here and never again."""
    ends = later(expires, SystemClock().utc_ms(), "expires") if expires else None
    body = {"name": name, "role": role, "expires": ends}
    answer = door(ctx).ask("POST", "/api/tokens", body)
    if as_json:
        say(answer)
        return
    click.echo(answer["token"])
    click.echo(f"{name} is {role}; this token is not shown again", err=True)


@token.command("rm", cls=Action)
@click.argument("name")
@common_options
@click.pass_context
def remove(ctx: click.Context, name: str, as_json: bool) -> None:
    """Take a token back; whoever signed in with it is signed out."""
    answer = door(ctx).ask("DELETE", f"/api/tokens/{segment(name)}")
    if as_json:
        say(answer)
    else:
        click.echo(answer["message"])


@token.command("link", cls=Action)
@click.option("--role", type=_ROLES, default="admin", show_default=True, help="What it may.")
@common_options
@click.pass_context
def link(ctx: click.Context, role: str, as_json: bool) -> None:
    """Print a link that opens the page once, within ten minutes."""
    answer = door(ctx).ask("POST", "/api/session/link", {"role": role})
    if as_json:
        say(answer)
    else:
        click.echo(answer["link"] or "the daemon has no TCP port; see [api] host")


register("token", Shelf.UPKEEP, token)
