"""What plain values of attributes are checked to be, in the words that several classes share.

In: the plain form of an attribute, and the meter's clock. Out: a typed value, or a DecodeError that
says what was expected. Types of attributes: IEC 62056-6-2, clause 4.1.5.
"""

from __future__ import annotations

from typing import Any

from dlmslite.errors import DecodeError
from dlmslite.values.obis import LENGTH, Obis
from dlmslite.values.references import CaptureObject
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.times import CosemDateTime


def anything(plain: Any, _policy: TimePolicy) -> Any:
    """The plain form itself: the standard leaves the type to the object."""
    return plain


def integer(plain: Any, _policy: TimePolicy) -> int:
    """A whole number, of whatever width the meter sends."""
    if isinstance(plain, int) and not isinstance(plain, bool):
        return int(plain)
    raise refused("a whole number", plain)


def boolean(plain: Any, _policy: TimePolicy) -> bool:
    """A truth value; a number is true when it is not zero, as on the wire (D09)."""
    if isinstance(plain, int):
        return bool(plain)
    raise refused("a boolean", plain)


def octets(plain: Any, _policy: TimePolicy) -> bytes:
    """An octet-string."""
    if isinstance(plain, bytes):
        return plain
    raise refused("an octet-string", plain)


def obis(plain: Any, _policy: TimePolicy) -> Obis:
    """A logical name."""
    if isinstance(plain, bytes) and len(plain) == LENGTH:
        return Obis(plain)
    raise refused("a logical name", plain)


def date_time(plain: Any, policy: TimePolicy) -> CosemDateTime:
    """A date-time, typed or as an octet-string."""
    return policy.parse(plain)


def maybe_date_time(plain: Any, policy: TimePolicy) -> CosemDateTime | None:
    """A date-time, or None: null, or an empty octet-string, before anything was captured."""
    if plain is None or (isinstance(plain, bytes) and not plain):
        return None
    return policy.parse(plain)


def maybe_capture_object(plain: Any, _policy: TimePolicy) -> CaptureObject | None:
    """A capture object definition; class 0 is the standard's way to say none."""
    captured = CaptureObject.from_plain(plain)
    return captured if captured.class_id else None


def refused(expected: str, plain: Any) -> DecodeError:
    """The error for a value that an attribute cannot have."""
    return DecodeError("bad-type", f"{expected} was expected, not {plain!r}", offset=0)
