"""``health``: the verdict over everything; its exit code is for scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
from dlmslite_daemon.cli.commands.reporting import show_report
from dlmslite_daemon.cli.output import age, console, show_pairs, show_table, yes_no


@click.command("health", cls=Action)
@click.option("--checklist", is_flag=True, help="The validation checklist; code 1 if one misses.")
@common_options
@click.pass_context
def health(ctx: click.Context, checklist: bool, as_json: bool) -> None:
    """The verdict: meters, sinks, threads, store. Exit code 0 well, 1 degraded, 2 failed."""
    if checklist:
        show_report(ctx, "checklist", as_json=as_json)
    way = door(ctx, offline=True)
    view = way.ask("GET", "/api/system/health")
    if as_json:
        say(view)
    else:
        show_pairs(
            [
                ("overall", view["overall"]),
                ("version", view["version"]),
                ("uptime", age(view["uptime"])),
                ("meters", ", ".join(f"{n} {s}" for s, n in view["meters"]["by_status"].items())),
                ("readings 24h", view["readings_24h"]),
                ("alarms", ", ".join(f"{n} {s}" for s, n in view["active_alarms"].items()) or None),
                ("broker", f"{_known(view['broker']['connected'])} of {view['broker']['total']}"),
                ("outbox", _outbox(view["outbox"])),
                ("disk", _disk(view["disk"])),
                ("targets, 1h", _targets(view["targets"])),
                ("store", _store(view["store"])),
            ]
        )
        for reason in view["reasons"]:
            console().print(f"  {reason}", markup=False)
        console().print()
        show_table(
            ["sink", "kind", "connected", ">acknowledged", ">in flight", ">live", ">history"],
            [
                (
                    sink["name"],
                    sink["kind"],
                    yes_no(sink.get("connected")),
                    sink.get("acknowledged"),
                    sink.get("in_flight"),
                    sink["pending"]["live"],
                    sink["pending"]["history"],
                )
                for sink in view["sinks"]
            ],
            "there is no sink: dlmslite-bridge sink add",
        )
    # The store alone can show what is there, but a daemon that does not run is not well.
    ctx.exit(Exit.NOT_REACHABLE if way.note else view["exit_code"])


def _known(value: object) -> object:
    return "not known" if value is None else value


def _outbox(view: Mapping[str, Any]) -> str:
    pending = ", ".join(f"{count} {lane}" for lane, count in view["pending"].items())
    oldest = age(view["oldest_pending_age"])
    letters = f", {view['dead_letters']} refused for good" if view["dead_letters"] else ""
    since = f", oldest {oldest}" if oldest else ""
    return f"{pending}{since}{letters}"


def _store(view: Mapping[str, Any]) -> str:
    """Where it is and how large; the words for trouble only when there is some."""
    said = [f"{view['kind']} {view.get('path', '')}".rstrip()]
    if "bytes" in view:
        said.append(f"{int(view['bytes']) / 1e6:.1f} MB, schema {view.get('schema')}")
    if waiting := view.get("waiting"):
        said.append(f"{waiting} readings wait to be written")
    return ", ".join(said)


def _disk(view: Mapping[str, Any]) -> str | None:
    free = view["free_bytes"]
    return None if free is None else f"{free / 1e9:.1f} GB free at {view['path']}"


def _targets(view: Sequence[Mapping[str, Any]]) -> str:
    counts = Counter(target["verdict"] for target in view)
    failed = [target["key"] for target in view if target["verdict"] == "fail"]
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("pass", "fail", "no data"))
    return f"{said} ({', '.join(failed)} failed)" if failed else said


register("health", Shelf.EVERY_DAY, health)
