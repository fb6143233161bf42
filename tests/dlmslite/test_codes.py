"""Open enumerations keep what they do not know."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlmslite.codes import AcseUserDiagnostic, DataAccessResult, Mechanism


@given(st.integers(min_value=0, max_value=255))
def test_every_octet_is_a_member_and_keeps_its_number(number: int) -> None:
    result = DataAccessResult(number)
    assert result == number
    assert isinstance(result, DataAccessResult)
    assert result.is_defined == (number in set(DataAccessResult))


def test_labels_are_written_as_in_the_standard() -> None:
    assert DataAccessResult(4).label == "object-undefined"
    assert DataAccessResult(77).label == "unknown-77"
    assert AcseUserDiagnostic(13).label == "authentication-failure"
    assert Mechanism(5).label == "hls-gmac"


def test_an_unknown_member_equals_itself_and_has_its_repr() -> None:
    assert DataAccessResult(77) == DataAccessResult(77)
    assert "UNKNOWN_77" in repr(DataAccessResult(77))
