from __future__ import annotations

from decimal import Decimal

import pytest
from rig.interface_classes import check

from dlmslite.cosem.base import find_class
from dlmslite.cosem.classes.register import Register
from dlmslite.errors import DecodeError
from dlmslite.values.kinds import Enum
from dlmslite.values.units import Unit


def test_the_class() -> None:
    check(Register, attributes=3, methods=1)


def test_d18_value_and_scaler_meet_whichever_was_read_first() -> None:
    register = find_class(3)
    scale = register.interpret(register.attribute("value").scaled_by, (-2, Enum(35)))
    quantity = scale.quantity(register.interpret("value", 13519))
    assert (quantity.value, quantity.unit) == (Decimal("135.19"), Unit.VOLT)


def test_a_reading_that_cannot_be_scaled_is_an_error() -> None:
    with pytest.raises(DecodeError, match="scaler and unit"):
        find_class(3).interpret("scaler_unit", None)
