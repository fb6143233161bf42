from __future__ import annotations

from typing import Any

import pytest

from dlmslite.cosem import meaning
from dlmslite.errors import DecodeError
from dlmslite.values.kinds import Enum
from dlmslite.values.obis import Obis
from dlmslite.values.references import CaptureObject
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.times import CosemDateTime

POLICY = TimePolicy()
ENERGY = Obis.parse("1.0.1.8.0.255")
NOON = CosemDateTime(2026, 3, 1, None, 12, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("means", "plain", "expected"),
    [
        (meaning.anything, None, None),
        (meaning.integer, Enum(5), 5),
        (meaning.boolean, 2, True),
        (meaning.octets, b"\x01", b"\x01"),
        (meaning.obis, ENERGY.octets, ENERGY),
        (meaning.date_time, NOON.encode(), NOON),
        (meaning.maybe_date_time, NOON, NOON),
        (meaning.maybe_date_time, None, None),
        (meaning.maybe_date_time, b"", None),
        (meaning.maybe_capture_object, (3, ENERGY.octets, 2, 0), CaptureObject(3, ENERGY, 2)),
        (meaning.maybe_capture_object, (0, bytes(6), 0, 0), None),
    ],
)
def test_what_a_value_means(means: Any, plain: Any, expected: Any) -> None:
    assert means(plain, POLICY) == expected


@pytest.mark.parametrize(
    ("means", "plain"),
    [
        (meaning.integer, True),
        (meaning.integer, 1.0),
        (meaning.boolean, "yes"),
        (meaning.octets, "text"),
        (meaning.obis, b"\x01"),
        (meaning.obis, "1.0.1.8.0.255"),
        (meaning.date_time, None),
        (meaning.date_time, b""),
        (meaning.maybe_date_time, 5),
        (meaning.maybe_capture_object, None),
    ],
)
def test_what_it_cannot_be_is_refused(means: Any, plain: Any) -> None:
    with pytest.raises(DecodeError):
        means(plain, POLICY)
