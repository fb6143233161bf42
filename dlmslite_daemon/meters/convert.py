"""COSEM value to reading: exact, or an error; never a number that the meter did not say.

Numbers stay the meter's integer and its power of ten. A value that cannot be a reading (null, a
structure, a date with wildcards, a float with a scaler that leaves the exact) is refused: a wrong
or invented value is worse than none.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import struct
from decimal import Context, Decimal
from typing import Any, Protocol, runtime_checkable

from attrs import frozen

from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.reading import Reading, Source, ValueKind

SCALER_LIMIT = 127  # the scaler is a signed octet (IEC 62056-6-2, scaler_unit)
_SINGLE_DIGITS = range(6, 10)  # a single needs at most nine significant digits
_EXACT = Context(prec=60)  # more than any float's shortest text with any scaler needs


class NoReading(BridgeError):
    """A value that cannot be a reading."""

    code = "E-VALUE"


@runtime_checkable
class Scaled(Protocol):
    """The library's quantity: an integer or float with its power of ten and unit."""

    raw: Any
    scaler: int
    unit: Any


@runtime_checkable
class Bits(Protocol):
    """The library's bit-string."""

    bits: str


@runtime_checkable
class Instant(Protocol):
    """The library's date-time."""

    def maybe_iso(self) -> str | None:
        """ISO 8601 text; None where a field is a wildcard."""
        ...


@frozen
class Moment:
    """When and where a value was read.

    Attributes:
        meter: The meter's name.
        ts_ms: The measurement time, ms UTC: the host's at the response.
        meter_ts_ms: The meter's own time then, ms UTC; None when it was not asked.
        source: How it came.
    """

    meter: str
    ts_ms: int
    meter_ts_ms: int | None = None
    source: Source = Source.LIVE


def reading_of(value: Any, series: str, unit: str, moment: Moment) -> Reading:
    """One value as a reading.

    Args:
        value: What the library gave.
        series: The key of the series.
        unit: The unit to show when the value brings none.
        moment: When and where it was read.

    Raises:
        NoReading: It is no value that a reading can hold.
    """
    if isinstance(value, Scaled):
        symbol = value.unit.symbol if value.unit is not None else ""
        unit = symbol or unit
        kind, raw, scaler, text = _scaled(value.raw, value.scaler)
    else:
        kind, raw, scaler, text = _plain(value)
    return Reading(
        meter=moment.meter,
        series=series,
        ts_ms=moment.ts_ms,
        kind=kind,
        raw=raw,
        scaler=scaler,
        text=text,
        unit=unit,
        meter_ts_ms=moment.meter_ts_ms,
        host_ts_ms=moment.ts_ms,
        source=moment.source,
    )


def described(value: Any) -> str:
    """Whatever a meter said, as JSON for people: structures and arrays as lists, octets in hex."""
    return json.dumps(_told(value), ensure_ascii=False)


def _told(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case list() | tuple():
            return [_told(item) for item in value]
        case Scaled():
            return {"raw": _told(value.raw), "scaler": value.scaler, "unit": value.unit.symbol}
        case int() | float():
            return value
        case bytes() | bytearray():
            return value.hex()
        case Bits():
            return value.bits
    return str(value)


_Parts = tuple[ValueKind, int | None, int, str | None]


def _scaled(raw: Any, scaler: int) -> _Parts:
    if abs(scaler) > SCALER_LIMIT:
        raise NoReading(f"a scaler of {scaler} is none")
    if isinstance(raw, float):
        return ValueKind.FLOAT, None, 0, _float_text(raw, scaler)
    if isinstance(raw, int) and not isinstance(raw, bool):
        return ValueKind.INTEGER, int(raw), scaler, None
    raise NoReading(f"a {type(raw).__name__} cannot be scaled")


def _plain(value: Any) -> _Parts:
    match value:
        case bool():
            return ValueKind.BOOLEAN, int(value), 0, None
        case int():
            return ValueKind.INTEGER, int(value), 0, None
        case float():
            return ValueKind.FLOAT, None, 0, _float_text(value, 0)
        case str():
            return ValueKind.TEXT, None, 0, str(value)
        case bytes() | bytearray():
            return ValueKind.OCTETS, None, 0, value.hex()
        case dt.datetime() | dt.date() | dt.time():
            return ValueKind.TIME, None, 0, value.isoformat()
        case Bits():
            return ValueKind.BITS, None, 0, value.bits
        case Instant():
            text = value.maybe_iso()
            if text is None:
                raise NoReading("a time with wildcards names no moment")
            return ValueKind.TIME, None, 0, text
    raise NoReading(f"a {type(value).__name__} is no single value")


def _float_text(value: float, scaler: int) -> str:
    """The shortest decimal text that gives the meter's float back, without an exponent."""
    if not math.isfinite(value):
        return str(float(value))
    shortest = repr(float(value))
    # The library marks single precision by a class of its own; as a double it would show digits
    # that the meter never sent.
    if type(value) is not float:
        texts = (f"{value:.{digits}g}" for digits in _SINGLE_DIGITS)
        shortest = next((text for text in texts if _single(text) == value), shortest)
    return f"{Decimal(shortest).scaleb(scaler, _EXACT):f}"


def _single(text: str) -> float:
    number: float = struct.unpack("<f", struct.pack("<f", float(text)))[0]
    return number
