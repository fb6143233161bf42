"""What every interface class is held to: one call for each file of ``cosem/classes``."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from strategies.values import data_values

from dlmslite.cosem.base import CLASSES, InterfaceClass, find_class
from dlmslite.errors import DecodeError
from dlmslite.values.data import Data


def check(kind: type[InterfaceClass], attributes: int, methods: int) -> None:
    """The class is entered, numbered without gaps, and refuses what it cannot interpret.

    Args:
        kind: The class.
        attributes: How many the newest version has by the standard, the logical name included.
        methods: How many methods it has.
    """
    newest = find_class(kind.CLASS_ID)
    assert CLASSES.get(kind.CLASS_ID) is kind
    assert type(newest) is kind
    assert [one.number for one in newest.attributes] == list(range(1, attributes + 1))
    assert [one.number for one in newest.methods] == list(range(1, methods + 1))
    names = [one.name for one in (*newest.attributes, *newest.methods)]
    assert len(set(names)) == len(names)
    for attribute in newest.attributes:
        assert newest.attribute(attribute.name) is attribute
        scale = attribute.scaled_by
        assert scale is None or newest.attribute(scale).name == "scaler_unit"
    _interprets_or_refuses(newest)


def _interprets_or_refuses(kind: InterfaceClass) -> None:
    @given(data_values)
    def every_attribute(data: Data) -> None:
        for attribute in kind.attributes:
            with suppress(DecodeError):
                kind.interpret(attribute.number, data.plain)

    every_attribute()
