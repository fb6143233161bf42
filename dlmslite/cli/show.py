"""How values look on a terminal and in JSON."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rich.console import Console
from rich.tree import Tree

from dlmslite.values.quantity import Quantity

OCTETS_SHOWN = 24  # of a frame, before the tree that explains all of it


def text_value(value: Any) -> tuple[str, str]:
    """A value and its unit as text; octets are shown as text where they are printable ASCII."""
    match value:
        case Quantity():
            return f"{value.value:f}", value.unit.symbol if value.unit is not None else ""
        case bytes():
            printable = value and all(32 <= octet < 127 for octet in value)
            return (value.decode("ascii") if printable else value.hex()), ""
        case dt.datetime():
            return value.isoformat(sep=" "), ""
        case None:
            return "-", ""
        case _:
            return str(value), ""


def json_value(value: Any) -> Any:
    """A value as JSON: quantities exact as text, octets as hexadecimal text."""
    match value:
        case Quantity():
            return {
                "value": f"{value.value:f}",
                "unit": value.unit.symbol if value.unit is not None else None,
                "raw": value.raw,
                "scaler": value.scaler,
            }
        case bytes():
            return value.hex()
        case dt.datetime():
            return value.isoformat()
        case bool() | int() | float() | str() | None:
            return value
        case list() | tuple():
            return [json_value(element) for element in value]
        case _:
            return str(value)


def print_tree(title: str, octets: bytes, value: Any) -> None:
    """Octets and what they mean, as a tree below a line.

    Args:
        title: What stands before the octets.
        octets: The first of them are shown.
        value: Names and plain values, nested.
    """
    shown = f"{octets[:OCTETS_SHOWN].hex(' ')}{' …' if len(octets) > OCTETS_SHOWN else ''}"
    tree = Tree(f"{title}{' ' if title else ''}[bold]{len(octets)} octets[/bold] {shown}")
    _grow(tree, value)
    Console().print(tree)


def _grow(tree: Tree, value: Any) -> None:
    match value:
        case dict():
            for name, inner in value.items():
                _branch(tree, str(name), inner)
        case list():
            for number, inner in enumerate(value, 1):
                _branch(tree, str(number), inner)
        case _:
            tree.add(str(value))


def _branch(tree: Tree, name: str, value: Any) -> None:
    if isinstance(value, dict | list) and value:
        _grow(tree.add(f"[cyan]{name}[/cyan]"), value)
    elif value is not None:
        tree.add(f"[cyan]{name}[/cyan] {value if value not in ([], {}) else '-'}")
