"""``compare``: what the old bridge still sends, beside what is read here."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
from dlmslite_daemon.cli.comparing import TOPIC, Comparison, Pair, points
from dlmslite_daemon.cli.output import age, console, show_table
from dlmslite_daemon.cli.places import sink_of_url
from dlmslite_daemon.cli.reach import Door, segment
from dlmslite_daemon.cli.secret import given, secret_options
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.errors import ConfigError, SinkError
from dlmslite_daemon.sinks.base import BrokerAddress, Connected, Lost, Received
from dlmslite_daemon.sinks.mqtt_client import Connection, MqttClient

OLD_PORT = 1884  # of the old broker
PAGE = 1000  # readings asked at a time
STEP = 0.5  # seconds of one look at the broker
AGAIN = 2.0  # seconds before the broker is tried again
SHOW_EVERY = 5.0  # seconds between two lines of progress
GOOD = frozenset({"same"})


@click.command("compare", cls=Action)
@click.option("--old", required=True, metavar="URL", help="The old broker: mqtt://localhost:1884.")
@click.option("--minutes", type=click.FloatRange(0.01), help="How long; until Ctrl-C without.")
@click.option("--meter", help="One meter: messages that name no device are of it.")
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 100),
    default=5.0,
    show_default=True,
    help="How far two values may differ, in percent.",
)
@secret_options("password", "of the old broker's user")
@common_options
@click.pass_context
def compare(
    ctx: click.Context,
    /,
    old: str,
    minutes: float | None,
    meter: str | None,
    tolerance: float,
    password_prompt: bool,
    password_file: Path | None,
    password_env: str | None,
    as_json: bool,
) -> None:
    """Old and new values, units and gaps side by side; 0 if all of them agree."""
    address = _address(old, given("password", password_prompt, password_file, password_env))
    way = door(ctx)
    names = _names(way, meter)
    comparison = Comparison(_aliases(way, names), names[0] if len(names) == 1 else "")
    clock = SystemClock()
    since_ms = clock.utc_ms()
    seconds = None if minutes is None else minutes * 60
    try:
        _listen(address, comparison, clock, seconds)
    except KeyboardInterrupt:
        click.echo("", err=True)  # the usual way to end it
    for name in names:
        comparison.stored(name, _readings(way, name, since_ms))
    comparison.settle()
    pairs = [pair for pair in comparison.pairs(tolerance) if not meter or pair.meter in names]
    _conclude(pairs, comparison, as_json)
    if not pairs or any(pair.verdict not in GOOD for pair in pairs):
        ctx.exit(Exit.FAILED)


def _address(url: str, password: str | None) -> BrokerAddress:
    kind, options = sink_of_url(url)
    if kind != "mqtt":
        raise ConfigError("it is no broker", key="old", hint="mqtt://localhost:1884")
    port = options["port"] if urlsplit(url).port is not None else OLD_PORT
    return BrokerAddress(
        host=options["host"],
        port=port,
        username=options.get("username", ""),
        password=password or "",
        tls=options.get("tls", False),
    )


def _names(way: Door, meter: str | None) -> list[str]:
    if meter is not None:
        status = way.ask("GET", f"/api/meters/{segment(meter)}/status")["status"]
        return [str(status["name"])]
    return [str(one["name"]) for one in way.ask("GET", "/api/meters")["meters"]]


def _aliases(way: Door, names: list[str]) -> dict[str, str]:
    """Meter names by what the old bridge calls them."""
    found = {name: name for name in names}
    for sink in way.ask("GET", "/api/sinks")["sinks"]:
        devices: Mapping[str, str] = sink["options"].get("device_names") or {}
        found |= {device: name for name, device in devices.items() if name in names}
    return found


def _listen(
    address: BrokerAddress, comparison: Comparison, clock: SystemClock, seconds: float | None
) -> None:
    """Hear the old broker for so long; it may come and go.

    Raises:
        SinkError: It refused us, or was not there at the beginning.
    """
    client = MqttClient(Connection(address, f"dlmslite-compare-{os.getpid()}"), clock)
    until = None if seconds is None else clock.monotonic() + seconds
    shown = again = clock.monotonic()
    opened, heard = False, False
    try:
        while until is None or clock.monotonic() < until:
            now = clock.monotonic()
            if not opened and now >= again:
                client.open()
                opened = True
            for event in client.pump(STEP):
                if isinstance(event, Connected):
                    heard = True
                    client.subscribe(TOPIC)
                elif isinstance(event, Lost):
                    opened, again = False, now + AGAIN
                    if not heard and event.code != "E-SINK-LOST":
                        raise SinkError(event.cause, code=event.code, hint="check --old")
                elif isinstance(event, Received):
                    comparison.hear(points(event.payload, clock.utc_ms()))
            if now - shown >= SHOW_EVERY and sys.stderr.isatty():
                shown = now
                click.echo(f"\r{comparison.heard} old values heard", err=True, nl=False)
    finally:
        client.close()


def _readings(way: Door, meter: str, since_ms: int) -> list[dict[str, Any]]:
    pages: list[list[dict[str, Any]]] = []
    until: int | None = None
    while True:
        query = {"since": since_ms, "until": until, "limit": PAGE}
        answer = way.ask("GET", f"/api/meters/{segment(meter)}/readings", query=query)
        pages.append(answer["readings"])
        until = answer["next_until"]
        if until is None:
            return [row for page in reversed(pages) for row in page]


def _conclude(pairs: list[Pair], comparison: Comparison, as_json: bool) -> None:
    if as_json:
        say(
            {
                "success": True,
                "heard": comparison.heard,
                "unplaced": comparison.unplaced,
                "pairs": [pair.view() for pair in pairs],
            }
        )
        return
    show_table(
        ["meter", "series", ">old", "unit", ">n", ">gap", ">new", "unit", ">n", ">gap",
         ">difference", "verdict"],
        [
            (
                pair.meter, pair.key,
                pair.old.value, pair.old.unit, pair.old.count, age(pair.old.gap_ms / 1000),
                pair.new.value, pair.new.unit, pair.new.count, age(pair.new.gap_ms / 1000),
                pair.difference, pair.verdict,
            )
            for pair in pairs
        ],
        "nothing was heard of the old bridge, and nothing is stored",
    )  # fmt: skip
    if comparison.unplaced:
        console().print(
            f"{comparison.unplaced} old values name no device: say which with --meter", markup=False
        )


register("compare", Shelf.SET_UP, compare)
