"""What a diagnosis found, for people: the rungs, the cause with its evidence, the next command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from dlmslite_daemon.cli.output import console, show_table

FINE, FAULT, NOT_RUN = 0, 1, 2  # the exit codes of a diagnosis (old-bridge.md 7.4)


def show_result(result: Mapping[str, Any]) -> None:
    """Print the result of a test or diagnosis."""
    finding = result["finding"]
    show_table(
        ["rung", "went", ">ms", ">out", ">in", "what came of it"],
        [
            (
                f"{rung['name']} ({rung['sink']})" if rung["sink"] else rung["name"],
                rung["step"],
                round(float(rung["seconds"]) * 1000),
                rung["octets_sent"],
                rung["octets_received"],
                rung["told"],
            )
            for rung in finding["rungs"]
        ],
        "no rung was climbed",
    )
    for value in result["values"]:
        shown = value["error"] if value["text"] is None else f"{value['text']} {value['unit']}"
        console().print(f"{value['key']} ({value['obis']}): {shown}".rstrip(), markup=False)
    show_finding(finding)


def show_finding(finding: Mapping[str, Any]) -> None:
    """Print the cause, its evidence, what it is not, and what to do next."""
    click.echo()
    sure = finding["confidence"]
    click.echo(f"{finding['meter']}: {finding['cause']} ({sure}): {finding['summary']}")
    if not finding["healthy"]:
        for line in finding["evidence"]:
            click.echo(f"  {line}")
        for why, causes in _by_reason(finding["ruled_out"]).items():
            click.echo(f"  not {', '.join(causes)}: {why}")
        if finding["advice"]:
            click.echo(f"  {finding['advice']}")
        click.echo(f"  → {finding['next_action']}")


def _by_reason(ruled_out: Iterable[str]) -> dict[str, list[str]]:
    """What it is not, by what says so: one rung rules many causes out."""
    grouped: dict[str, list[str]] = {}
    for line in ruled_out:
        cause, _, why = line.partition(": ")
        grouped.setdefault(why, []).append(cause)
    return grouped
