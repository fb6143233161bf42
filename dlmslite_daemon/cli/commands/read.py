"""``read``: one object of a meter, now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from dlmslite_daemon.api.exact_json import error_object
from dlmslite_daemon.cli.commands.base import (
    Action,
    Exit,
    Shelf,
    common_options,
    door,
    register,
    report,
    say,
)
from dlmslite_daemon.cli.reach import follow, segment
from dlmslite_daemon.config.schema import SeriesSettings
from dlmslite_daemon.errors import BridgeError, ConfigError
from dlmslite_daemon.importers.base import parse_series

READ_SECONDS = 60.0


@click.command("read", cls=Action)
@click.argument("meter")
@click.argument("obis", metavar="OBIS[:ATTR]")
@click.option("--class", "class_id", type=int, help="The interface class; 3 (register) is usual.")
@common_options
@click.pass_context
def read(ctx: click.Context, meter: str, obis: str, class_id: int | None, as_json: bool) -> None:
    """Read one object of a meter now, between two polls; nothing is stored."""
    wanted = _wanted(obis)
    body = {"obis": wanted.obis, "attribute": wanted.attribute, "class_id": class_id}
    way = door(ctx)
    started = way.ask("POST", f"/api/meters/{segment(meter)}/read", body)
    result = follow(way, started, READ_SECONDS)
    error = None if result["ok"] or result["content"] else _refusal(meter, result)
    if as_json:
        more = {"error": error_object(error)} if error else {}
        say({"success": result["ok"], **more, "result": result})
    elif error is not None:
        report(error, as_json=False)
    else:
        shown = f"{result['text']} {result['unit']}".rstrip() if result["ok"] else result["content"]
        click.echo(shown)
    if error is not None:
        ctx.exit(Exit.FAILED)


def _refusal(meter: str, result: Mapping[str, Any]) -> BridgeError:
    """Why the meter gave nothing."""
    said = result["error"].removeprefix(f"{result['obis']}: ")
    hint = f"another --class or attribute; what {meter} has: dlmslite objects"
    return BridgeError(f"{result['obis']}: {said}", code=result["code"], hint=hint)


def _wanted(obis: str) -> SeriesSettings:
    try:
        return parse_series(f"read={obis}")
    except ConfigError:
        raise ConfigError(
            f"{obis!r} is no OBIS code",
            key="obis",
            code="E-USAGE",
            hint="six numbers, and an attribute if it is not 2: 1.1.32.7.0.255:3",
        ) from None


register("read", Shelf.EVERY_DAY, read)
