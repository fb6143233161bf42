"""``scan``: find meters in ranges of addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from dlmslite_daemon.cli.commands.base import (
    Action,
    Exit,
    Shelf,
    common_options,
    door,
    register,
    say,
)
from dlmslite_daemon.cli.output import show_table
from dlmslite_daemon.cli.progress import telling
from dlmslite_daemon.cli.reach import follow

SECONDS = 7200.0


@click.command("scan", cls=Action)
@click.argument("networks", metavar="CIDR...", nargs=-1, required=True)
@click.option(
    "--port", "ports", type=click.IntRange(1, 65535), multiple=True, default=(3333,),
    show_default=True, help="A port to try at each address; may be given several times.",
)  # fmt: skip
@click.option("--serial", default="", help="End where the meter with this serial number is.")
@click.option(
    "--wrapper/--hdlc", default=None, help="What is spoken; the port decides unless told."
)
@common_options
@click.pass_context
def scan(
    ctx: click.Context,
    networks: tuple[str, ...],
    ports: tuple[int, ...],
    serial: str,
    wrapper: bool | None,
    as_json: bool,
) -> None:
    """Find meters: at most 4 connections a second, no endpoint of a line, never a password.

    Exit code 1 where none was found, or not the one with the serial number.
    """
    body = {"networks": networks, "ports": ports, "serial": serial, "wrapper": wrapper}
    way = door(ctx)
    started = way.ask("POST", "/api/scan", body)
    with telling() as tell:
        result = follow(way, started, SECONDS, tell)
    if as_json:
        say({"success": True, **result})
    else:
        _show(result)
    is_found = result["match"] if serial else any(_is_meter(one) for one in result["found"])
    if not is_found:
        ctx.exit(Exit.FAILED)


def _is_meter(seen: Mapping[str, Any]) -> bool:
    return bool(seen["state"] in {"meter", "entrance"})


def _show(result: Mapping[str, Any]) -> None:
    show_table(
        ["address", "who", "server", "serial", "what it says"],
        [
            (
                f"{one['host']}:{one['port']}",
                one["state"],
                one["server"] or None,
                one["serial"] or None,
                one["told"],
            )
            for one in result["found"]
        ],
        f"nobody answers at {result['places']} places",
    )
    match = result["match"]
    if match:
        click.echo(f"{match['serial']} is at {match['url']}, server {match['server']}")
        if match["meter"]:
            click.echo(f"  it is {match['meter']}, and set up so")
            click.echo(f"  → dlmslite-bridge test {match['meter']}")
            return
        place = f"--host {match['host']} --port {match['port']}"
        click.echo(f"  → dlmslite-bridge meter set METER {place}")


register("scan", Shelf.EVERY_DAY, scan)
