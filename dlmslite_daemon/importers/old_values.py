"""Values of the old database, whose columns hold whatever was put into them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.importers.base import Row

TEXT_MAX = 2000  # characters of one value
_TRUE = frozenset({"1", "true", "t", "yes", "on"})


def words(value: Any, usual: str = "") -> str:
    """Text that can be stored, whatever it was."""
    text = usual if value is None or value == "" else str(value)
    return text.encode("utf-8", "replace").decode()[:TEXT_MAX]


def rows(value: Any) -> list[Row]:
    """The rows in a list of them."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def number(row: Row, column: str, usual: int, low: int, high: int) -> int:
    """A column's number within bounds.

    Raises:
        ConfigError: It is none; names the column.
    """
    value = row.get(column)
    if value is None or value == "":
        return usual
    found = whole(value)
    if found is None or not low <= found <= high:
        raise ConfigError(f"{value!r} is not {low} to {high}", key=column)
    return found


def whole(value: Any) -> int | None:
    """A whole number; None if it is none."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return int(found) if math.isfinite(found) and found == int(found) else None


def seconds(value: Any) -> float | None:
    """A span, s; None if it is none."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and 0 < found < 1e9 else None


def truth(value: Any, *, default: bool) -> bool:
    """Yes or no, however it was written."""
    return default if value is None else str(value).strip().lower() in _TRUE


def moment(value: Any) -> int | None:
    """A naive time of the old database, taken as UTC: what its ORM wrote."""
    try:
        found = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=dt.UTC)
    ms = round(found.timestamp() * 1000)
    return ms if ms >= 0 else None
