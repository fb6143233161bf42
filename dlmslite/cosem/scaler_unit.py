"""Scaler and unit of a register, and the one place where they meet its value.

IEC 62056-6-2, clause 4.3.2: ``scaler_unit`` is a structure of a signed power of ten and a unit
code. A number becomes an exact quantity; a value that is no number has no scale and stays as it is.
"""

from __future__ import annotations

from typing import Any, Final, Self

from dlmslite.cosem import meaning
from dlmslite.records import frozen
from dlmslite.values.kinds import Float32
from dlmslite.values.quantity import Quantity
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.units import Unit

_NUMBERS: Final = frozenset({int, float, Float32})  # no bool, enum or bcd: they are no amounts


@frozen
class ScalerUnit:
    """The scale of a register.

    Attributes:
        scaler: The power of ten, -128 to 127.
        unit: The unit; ``Unit.NONE`` (255) for a number without one.
    """

    scaler: int
    unit: Unit

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """From the plain form of the attribute.

        Raises:
            DecodeError: It is no scaler and unit; a value that belongs to it cannot be scaled.
        """
        match plain:
            case (int(scaler), int(unit)) if (
                isinstance(plain, tuple) and -0x80 <= scaler <= 0x7F and 0 <= unit <= 0xFF
            ):
                return cls(int(scaler), Unit(int(unit)))
        raise meaning.refused("scaler and unit", plain)

    def quantity(self, plain: Any) -> Any:
        """The value of a register: a ``Quantity`` for a number, any other plain form as it is."""
        if type(plain) in _NUMBERS:
            return Quantity(plain, self.scaler, self.unit)
        return plain


def scaler_unit(plain: Any, _policy: TimePolicy) -> ScalerUnit:
    """The meaning of the attribute ``scaler_unit``.

    Raises:
        DecodeError: It is no scaler and unit.
    """
    return ScalerUnit.from_plain(plain)
