"""``series list|add|set|rm``: what is read from a meter."""

from __future__ import annotations

from typing import Any

import click
from attrs import asdict

from dlmslite_daemon.cli.commands.base import Actions, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.output import show_table, yes_no
from dlmslite_daemon.cli.reach import segment
from dlmslite_daemon.importers.base import parse_series


@click.group("series", cls=Actions)
def series() -> None:
    """What is read from a meter: list, add, set, rm."""


@series.command("list")
@click.argument("meter")
@common_options
@click.pass_context
def list_series(ctx: click.Context, meter: str, as_json: bool) -> None:
    """The series of a meter."""
    answer = door(ctx, offline=True).ask("GET", f"/api/meters/{segment(meter)}/series")
    if as_json:
        say(answer)
        return
    show_table(
        ["key", "obis", ">attribute", ">class", "unit", "enabled"],
        [
            (s["key"], s["obis"], s["attribute"], s["class_id"], s["unit"], yes_no(s["enabled"]))
            for s in answer["series"]
        ],
        "it has no series",
    )


@series.command("add")
@click.argument("meter")
@click.argument("series", nargs=-1, required=True, metavar="KEY=OBIS[:ATTR]...")
@common_options
@click.pass_context
def add(ctx: click.Context, meter: str, series: tuple[str, ...], as_json: bool) -> None:
    """Read more from a meter, from its next poll on."""
    wanted = [parse_series(text) for text in series]
    way = door(ctx)
    added = [
        way.ask("POST", f"/api/meters/{segment(meter)}/series", asdict(one))["series"]
        for one in wanted
    ]
    if as_json:
        say({"success": True, "count": len(added), "series": added})
    else:
        click.echo(f"{meter} is read for {', '.join(one['key'] for one in added)} too")


@series.command("set")
@click.argument("meter")
@click.argument("key")
@click.option("--obis", metavar="OBIS[:ATTR]", help="What is read.")
@click.option("--class", "class_id", type=int, help="The interface class; 0 for the usual one.")
@click.option("--unit", help="The unit to show when the meter gives none.")
@click.option("--on/--off", "enabled", default=None, help="Whether it is read.")
@common_options
@click.pass_context
def change(
    ctx: click.Context, /, meter: str, key: str, obis: str | None, as_json: bool, **what: Any
) -> None:
    """Read a series otherwise, from the meter's next poll on."""
    body = {name: value for name, value in what.items() if value is not None}
    if obis is not None:
        wanted = parse_series(f"{key}={obis}")
        body |= {"obis": wanted.obis, "attribute": wanted.attribute}
    if not body:
        raise click.UsageError("say what changes: --obis, --class, --unit, --on or --off", ctx)
    path = f"/api/meters/{segment(meter)}/series/{segment(key)}"
    answer = door(ctx).ask("PATCH", path, body)
    if as_json:
        say(answer)
    else:
        click.echo(f"{key} of {meter} is changed")


@series.command("rm")
@click.argument("meter")
@click.argument("key")
@common_options
@click.pass_context
def remove(ctx: click.Context, meter: str, key: str, as_json: bool) -> None:
    """Read a series no more; what is stored of it is still delivered."""
    path = f"/api/meters/{segment(meter)}/series/{segment(key)}"
    answer = door(ctx).ask("DELETE", path)
    if as_json:
        say(answer)
    else:
        click.echo(answer["message"])


register("series", Shelf.SET_UP, series)
