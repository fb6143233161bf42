"""How values look on a terminal and in JSON."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dlmslite.values.quantity import Quantity


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
