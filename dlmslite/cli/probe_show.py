"""A probe's report as a tree for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
from rich.markup import escape
from rich.tree import Tree

from dlmslite.cli.show import json_value, text_value
from dlmslite.procedures.probe_report import (
    ClientFinding,
    End,
    Exchange,
    Outcome,
    ProbeReport,
)

SHOWN_OCTETS = 32  # of each direction on the terminal; JSON has all that is kept


def as_tree(report: ProbeReport) -> Tree:
    """The report: what was found, what was ruled out, and the evidence."""
    colour = "green" if report.is_readable else "red"
    tree = Tree(
        f"[bold {colour}]{report.verdict.value}[/]: {escape(report.summary)}  "
        f"[dim]{escape(report.url)}[/]"
    )
    if report.form is not None:
        tree.add(f"address: {report.form}")
    _branch(tree, "clients", (_client_line(client) for client in report.clients))
    _branch(tree, "who it is", (f"{k}: {v}" for k, v in report.survey.identity.items()))
    _branch(tree, "what it can, and what is odd", report.findings)
    _branch(
        tree,
        "profiles",
        (
            f"{profile.obis}: {len(profile.columns)} columns, "
            + (f"every {profile.period} s" if profile.period else "at events")
            for profile in report.survey.profiles
        ),
    )
    _branch(
        tree,
        "values",
        (
            f"{reading.key} ({reading.obis}): {' '.join(text_value(reading.value)).strip()}"
            for reading in report.survey.readings
        ),
    )
    _branch(tree, "not told", (f"{k}: {v}" for k, v in report.survey.missing.items()))
    _branch(tree, "ruled out", report.ruled_out)
    evidence = tree.add("evidence")
    for outcome in report.outcomes:
        _evidence(evidence, outcome)
    return tree


def _branch(tree: Tree, title: str, lines: Iterable[str]) -> None:
    told = list(lines)
    if told:
        branch = tree.add(title)
        for line in told:
            branch.add(escape(line))


def _client_line(client: ClientFinding) -> str:
    how = " with the password" if client.proved else ""
    if client.end is End.ASSOCIATED:
        return f"client {client.address}{how}: gets in"
    needs = f"; it wants {client.needs}" if client.needs else ""
    return f"client {client.address}{how}: {client.why or client.end.value}{needs}"


def _evidence(tree: Tree, outcome: Outcome) -> None:
    why = f": {outcome.why}" if outcome.why else ""
    branch = tree.add(escape(f"{outcome.attempt} → {outcome.end.value}{why}"))
    for exchange in outcome.exchanges:
        leaf = branch.add(
            escape(f"{exchange.step.replace('_', ' ')}, {exchange.seconds:.3f} s: {exchange.told}")
        )
        for arrow, octets, count in _octets(exchange):
            leaf.add(f"[dim]{arrow} {_hex(octets, count)}[/]")


def _octets(exchange: Exchange) -> Iterable[tuple[str, bytes, int]]:
    if exchange.octets[0]:
        yield "→", exchange.sent, exchange.octets[0]
    if exchange.octets[1]:
        yield "←", exchange.received, exchange.octets[1]


def _hex(octets: bytes, count: int) -> str:
    if not octets:
        return f"{count} octets, not kept: they hold the password"
    shown = octets[:SHOWN_OCTETS].hex(" ").upper()
    return shown if count <= SHOWN_OCTETS else f"{shown} … ({count} octets)"


def as_json_object(report: ProbeReport) -> dict[str, Any]:
    """The report with all that it holds; octets in hexadecimal, times in seconds."""
    survey = report.survey
    clock = survey.clock_finding
    return {
        "url": report.url,
        "framing": report.framing,
        "when": report.when.isoformat(),
        "verdict": report.verdict.value,
        "summary": report.summary,
        "next_action": report.next_action,
        "server": None
        if report.form is None
        else {
            "address": json_value(report.form.server),
            "octets": report.form.octets,
            "origin": report.form.origin.value,
        },
        "link": dict(report.link),
        "clients": [attrs.asdict(client) | {"end": client.end.value} for client in report.clients],
        "conformance": list(report.conformance.labels),
        "max_pdu": report.max_pdu,
        "longest_sent": report.longest_sent,
        "longest_received": report.longest_received,
        "identity": dict(survey.identity),
        "clock": None
        if clock is None
        else {
            "shown": clock.shown,
            "ahead_seconds": None if clock.ahead is None else clock.ahead.total_seconds(),
            "inverted_deviation": clock.inverted_deviation,
        },
        "lists": None if survey.lists is None else attrs.asdict(survey.lists),
        "blocks": survey.blocks,
        "objects": None
        if survey.objects is None
        else [{"obis": str(o.obis), "class_id": o.class_id} for o in survey.objects],
        "profiles": [
            {"obis": str(p.obis), "columns": [str(c) for c in p.columns], "period": p.period}
            for p in survey.profiles
        ],
        "readings": {str(r.obis): json_value(r.value) for r in survey.readings},
        "not_told": dict(survey.missing),
        "quirks": attrs.asdict(report.quirks),
        "findings": list(report.findings),
        "ruled_out": list(report.ruled_out),
        "commands": list(report.commands),
        "profile": report.profile,
        "evidence": [_json_outcome(outcome) for outcome in report.outcomes],
    }


def _json_outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "attempt": str(outcome.attempt),
        "end": outcome.end.value,
        "why": outcome.why,
        "banner": outcome.banner,
        "exchanges": [
            {
                "step": exchange.step,
                "told": exchange.told,
                "seconds": round(exchange.seconds, 6),
                "sent": exchange.sent.hex(),
                "received": exchange.received.hex(),
                "octets": list(exchange.octets),
            }
            for exchange in outcome.exchanges
        ],
    }
