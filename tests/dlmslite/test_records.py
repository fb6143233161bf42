"""Classes show themselves as those of attrs do, and every class of the package is made this way."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import attrs
import pytest
from attrs import field
from hypothesis import given
from hypothesis import strategies as st

import dlmslite
from dlmslite.apdu.aarq import Aarq
from dlmslite.records import define, frozen, same, shown
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference

PACKAGE = Path(dlmslite.__file__).parent
OWN = re.compile(
    r"^(from attrs import .*\b(define|frozen)\b|@attrs\.(define|frozen)\b)", re.MULTILINE
)


def example(make: Any) -> Any:
    @make(kw_only=True)
    class Reading:
        number: int
        text: str = "x"
        octets: bytes = b""
        password: bytes = field(default=b"12345678", repr=False)

    @make
    class Later(Reading):
        more: tuple[Reading, ...]

    return Later(number=5, more=(Reading(number=6), Reading(number=7, text="'")))


@pytest.mark.parametrize(("ours", "theirs"), [(frozen, attrs.frozen), (define, attrs.define)])
def test_the_text_is_that_of_attrs(ours: Any, theirs: Any) -> None:
    assert repr(example(ours)) == repr(example(theirs))
    assert "12345678" not in repr(example(ours))


def test_a_class_that_shows_itself_in_its_own_way_keeps_it() -> None:
    assert Obis.__repr__ is not shown
    assert Aarq.__repr__ is shown


def test_the_rest_is_as_attrs_makes_it() -> None:
    value, same = example(frozen), example(frozen)
    assert attrs.has(type(value))
    assert not hasattr(value, "__dict__")
    assert hash(value) is not None
    assert attrs.asdict(value) == attrs.asdict(same)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        value.number = 6


@pytest.mark.parametrize(
    "module", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_module_takes_the_decorators_of_attrs(module: Path) -> None:
    if module.name != "records.py":
        assert not OWN.search(module.read_text(encoding="utf-8"))


@frozen
class Pair:
    left: int
    right: bytes = b""
    note: str = field(default="", eq=False)


@frozen
class Other(Pair):
    """The same fields, and another class."""


@given(st.integers(0, 2), st.integers(0, 2), st.binary(max_size=1), st.text(max_size=1))
def test_frozen_values_are_equal_field_by_field(a: int, b: int, octets: bytes, note: str) -> None:
    one, two = Pair(a, octets, note), Pair(b, octets)
    assert (one == two) == (a == b)
    assert (one != two) == (a != b)
    if a == b:
        assert hash(one) == hash(two)
    assert one != Other(a, octets, note)
    assert one != (a, octets, note)


def test_a_class_without_fields_equals_itself() -> None:
    @frozen
    class Empty:
        pass

    assert Empty() == Empty()
    assert hash(Empty()) == hash(Empty())


def test_a_key_may_ask_for_a_comparison_of_its_own() -> None:
    assert AttributeReference.__eq__ is not same
    assert Pair.__eq__ is same
    assert Obis.parse("1.0.1.8.0.255") < Obis.parse("1.0.2.8.0.255")


def test_a_mutable_class_is_compared_as_attrs_does_it() -> None:
    @define
    class Box:
        size: int = 0

    assert Box() == Box()
    assert Box.__hash__ is None
