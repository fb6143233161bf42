"""``dlmslite clock URL``: the meter's time and how far it is off."""

from __future__ import annotations

import json
from typing import Any

import click

from dlmslite.cli.connection import connected, connection_options, json_option


@click.command("clock")
@connection_options
@json_option
def command(url: str, as_json: bool, **options: Any) -> int:
    """Read the clock of the meter at URL and compare it with this machine's."""
    with connected(url, options) as meter:
        clock = meter.clock()
        drift = clock.drift().total_seconds()
        time = clock.time()
    if as_json:
        click.echo(json.dumps({"time": time.isoformat(), "drift_seconds": round(drift, 3)}))
    else:
        word = "ahead of" if drift > 0 else "behind"
        click.echo(f"{time.isoformat(sep=' ')}  ({abs(drift):.1f} s {word} this machine)")
    return 0
