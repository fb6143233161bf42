"""``dlmslite objects URL``: the meter's own list of its objects."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from dlmslite.cli.connection import connected, connection_options, json_option


@click.command("objects")
@connection_options
@click.option("--class", "class_id", type=int, default=None, help="Only objects of this class.")
@json_option
def command(url: str, class_id: int | None, as_json: bool, **options: Any) -> int:
    """List the objects of the meter at URL with class, version, name and access rights."""
    with connected(url, options) as meter:
        objects = meter.objects(class_id=class_id)
    if as_json:
        rows = [
            {
                "obis": str(item.obis),
                "class_id": item.class_id,
                "version": item.version,
                "name": item.name,
                "access": str(item.access),
            }
            for item in objects
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return 0
    table = Table("OBIS", "class", "version", "name", "access")
    for item in objects:
        table.add_row(
            str(item.obis), str(item.class_id), str(item.version), item.name, str(item.access)
        )
    Console().print(table)
    return 0
