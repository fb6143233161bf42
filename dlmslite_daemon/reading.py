"""A reading: which meter, which series, exact value, meter time, host time, source, quality.

Values are exact. A scaled number is its integer and its power of ten, and becomes decimal text by
moving the point, never through a float. Everything else is kept by its kind as text and is never
scaled.
"""

from __future__ import annotations

import json
from enum import Enum, StrEnum

from attrs import frozen


class ValueKind(StrEnum):
    """What a value is, and where it stands in a ``Reading``."""

    INTEGER = "integer"
    """``raw`` x 10^``scaler``: whatever the meter gave as an integer of any width."""
    FLOAT = "float"
    """``text``: the shortest decimal text that gives the meter's float back."""
    BOOLEAN = "boolean"
    """``raw``: 0 or 1."""
    TEXT = "text"
    """``text``: as it is."""
    OCTETS = "octets"
    """``text``: pairs of lower-case hexadecimal digits."""
    BITS = "bits"
    """``text``: the bits as 0 and 1, first bit first."""
    TIME = "time"
    """``text``: ISO 8601."""


class Source(StrEnum):
    """How a reading came."""

    LIVE = "live"
    """Polled: the register's value at the time of the response."""
    PROFILE = "profile"
    """A row of the meter's own load profile."""
    PUSH = "push"
    """Sent by the meter unasked."""


class Quality(StrEnum):
    """How good a reading is; it is marked, never dropped."""

    GOOD = "good"
    SUSPECT = "suspect"
    """A plausibility check, or the meter's own status, doubts it."""


class Lane(Enum):
    """The two streams in which readings travel to a sink, each with its own cursor.

    History is read back from load profiles and must never delay live values.
    """

    LIVE = 0
    HISTORY = 1


_LANES = {Source.LIVE: Lane.LIVE, Source.PUSH: Lane.LIVE, Source.PROFILE: Lane.HISTORY}

# JSON's own words; everything else that is no number becomes a JSON string.
_JSON_BOOLEANS = ("false", "true")


@frozen(slots=True)
class Reading:
    """One value of one series of one meter at one time.

    Attributes:
        meter: The meter's name.
        series: The key of the series, as it stands in payloads.
        ts_ms: The measurement time, ms UTC: of the response for a register, of the row for a
            profile.
        kind: What the value is.
        raw: The integer of ``INTEGER`` and ``BOOLEAN``; otherwise None.
        scaler: The power of ten of ``INTEGER``; otherwise 0.
        text: The value of the other kinds; otherwise None.
        unit: The unit's symbol, empty if it has none.
        meter_ts_ms: The meter's own time of the value, ms UTC, when known.
        host_ts_ms: When the host had the value, ms UTC.
        source: How it came.
        quality: How good it is.
        number: Given by the store at the commit; rises in commit order. None before.
    """

    meter: str
    series: str
    ts_ms: int
    kind: ValueKind
    raw: int | None = None
    scaler: int = 0
    text: str | None = None
    unit: str = ""
    meter_ts_ms: int | None = None
    host_ts_ms: int = 0
    source: Source = Source.LIVE
    quality: Quality = Quality.GOOD
    number: int | None = None

    def __attrs_post_init__(self) -> None:
        in_raw = self.kind is ValueKind.INTEGER or self.kind is ValueKind.BOOLEAN
        if (self.raw is None) is in_raw or (self.text is None) is not in_raw:
            where = "raw" if in_raw else "text"
            raise ValueError(f"the value of a reading of kind {self.kind} stands in {where}, alone")

    @property
    def key(self) -> tuple[str, str, int]:
        """What makes it this reading and no other; receivers drop duplicates by it."""
        return (self.meter, self.series, self.ts_ms)

    @property
    def lane(self) -> Lane:
        """The stream in which it travels to a sink."""
        return _LANES[self.source]

    def value_text(self) -> str:
        """The exact value as text; a number is plain decimal text without an exponent."""
        if self.text is not None:
            return self.text
        raw = self.raw or 0
        if self.kind is ValueKind.BOOLEAN:
            return _JSON_BOOLEANS[bool(raw)]
        return decimal_text(raw, self.scaler)

    def json_value(self) -> str:
        """The value as one JSON token: a number from its own digits, a boolean, or a string."""
        text = self.value_text()
        if self.raw is not None:
            return text
        # NaN and the infinities are floats that JSON has no number for.
        if self.kind is ValueKind.FLOAT and text.lstrip("-")[:1].isdigit():
            return text
        return json.dumps(text)


def decimal_text(raw: int, scaler: int) -> str:
    """``raw`` x 10^``scaler`` as plain decimal text: -12345, -2 gives ``-123.45``."""
    if scaler >= 0:
        return str(raw * 10**scaler)
    digits = str(abs(raw)).rjust(1 - scaler, "0")
    sign = "-" if raw < 0 else ""
    return f"{sign}{digits[:scaler]}.{digits[scaler:]}"
