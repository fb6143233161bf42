"""``dlmslite read URL OBIS…``: values of a meter, now."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from dlmslite.cli.connection import connected, connection_options, json_option
from dlmslite.cli.show import json_value, text_value
from dlmslite.cosem.well_known import name_of
from dlmslite.values.obis import Obis


@click.command("read")
@connection_options
@click.argument("obis", nargs=-1, required=True)
@json_option
def command(url: str, obis: tuple[str, ...], as_json: bool, **options: Any) -> int:
    """Read the objects OBIS of the meter at URL. Class and scaler are found for you."""
    with connected(url, options) as meter:
        results = meter.read_many(obis)
    if as_json:
        answer = {
            name: json_value(result.value) if result.ok else {"error": str(result.error)}
            for name, result in results.items()
        }
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        table = Table("OBIS", "name", "value", "unit")
        for name, result in results.items():
            if result.ok:
                table.add_row(name, name_of(Obis.parse(name)), *text_value(result.value))
            else:
                table.add_row(name, name_of(Obis.parse(name)), f"[red]{result.error}[/red]", "")
        Console().print(table)
    return 0 if all(result.ok for result in results.values()) else 1
