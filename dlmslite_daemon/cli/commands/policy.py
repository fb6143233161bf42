"""``policy list|set``: the numbers of the policies, for all meters or as they count for one."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

import click

from dlmslite_daemon.api.exact_json import dumps
from dlmslite_daemon.cli.commands.base import Actions, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.output import console, moment, show_table
from dlmslite_daemon.cli.reach import segment


@click.group("policy", cls=Actions)
def policy() -> None:
    """How the daemon waits, gives up and doubts: list, set."""


@policy.command("list")
@click.argument("meter", required=False)
@common_options
@click.pass_context
def list_policies(ctx: click.Context, meter: str | None, as_json: bool) -> None:
    """Every number and who said so; with a METER, how each policy stands too."""
    path = "/api/policies" if meter is None else f"/api/meters/{segment(meter)}/policies"
    way = door(ctx, offline=True)
    answer = way.ask("GET", path)
    if as_json:
        say(answer)
        return
    if meter is not None:
        show_table(
            ["policy", "says", "until", "alarms", "state"],
            [
                (
                    state["policy"],
                    state["action"],
                    moment(state["until"]),
                    " ".join(state["alarms"]) or None,
                    _words(state["state"]),
                )
                for state in answer["policies"]
            ],
            "how each stands is known while a daemon runs"
            if way.note
            else "its line has not come to it yet",
        )
        console().print()
    _show(answer["settings"])


@policy.command("set")
@click.argument("numbers", nargs=-1, required=True, metavar="NAME.KEY=VALUE...")
@common_options
@click.pass_context
def set_policies(ctx: click.Context, numbers: tuple[str, ...], as_json: bool) -> None:
    """Other numbers for all meters, from their next turn on; an empty VALUE takes one back."""
    answer = door(ctx).ask("PATCH", "/api/policies", {"policies": parse_policies(numbers)})
    if as_json:
        say(answer)
        return
    named = {number.partition("=")[0].strip() for number in numbers}
    _show([knob for knob in answer["settings"] if knob["name"] in named])


def parse_policies(numbers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """``breaker.limit=5`` and the like as tables; a value is written as in TOML, empty is null.

    Raises:
        click.UsageError: One is not of that form.
    """
    tables: dict[str, dict[str, Any]] = {}
    for number in numbers:
        name, equals, text = number.partition("=")
        table, dot, key = name.strip().partition(".")
        if not (equals and dot and table and key):
            raise click.UsageError(f"{number!r} is no NAME.KEY=VALUE, such as breaker.limit=5")
        tables.setdefault(table, {})[key] = _value(text.strip())
    return tables


def _value(text: str) -> Any:
    if not text:
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text  # a word without quotes


def _show(knobs: Sequence[dict[str, Any]]) -> None:
    show_table(
        ["name", "value", "source"],
        [(knob["name"], dumps(knob["value"]), knob["source"]) for knob in knobs],
        "there is none",
    )


def _words(state: dict[str, Any]) -> str | None:
    """What there is to say of a policy's state."""
    said = {key: value for key, value in state.items() if value not in (None, "", [], {}, False)}
    return (
        ", ".join(f"{key.replace('_', ' ')} {_word(value)}" for key, value in said.items()) or None
    )


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}={_word(each)}" for key, each in value.items())
    if isinstance(value, list):
        return " ".join(map(_word, value))
    return "yes" if value is True else str(value)


register("policy", Shelf.SET_UP, policy)
