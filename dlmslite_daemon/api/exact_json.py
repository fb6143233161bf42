"""JSON in which decimals keep their digits, for the API and for its clients.

Neither side ever makes a float of a number: what the meter said is what is printed. It needs no
framework, so that a client of the API starts fast.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dlmslite_daemon.errors import BridgeError


def dumps(value: Any) -> str:
    """JSON text of plain values and decimals.

    Args:
        value: None, booleans, numbers, text, mappings and sequences of them; a ``Decimal`` is
            written as a JSON number with exactly its digits.
    """
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else json.dumps(str(value))
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(str(key))}: {dumps(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(dumps, value)) + "]"
    return json.dumps(value, allow_nan=False)


def loads(text: str | bytes) -> Any:
    """Plain values of JSON text; numbers with a point become decimals."""
    return json.loads(text, parse_float=Decimal)


def error_object(error: BridgeError) -> dict[str, str]:
    """An error's code, what happened and why, and the next step."""
    return {"code": error.code, "message": error.message, "hint": error.hint}
