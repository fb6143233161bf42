"""A scaled value: exact Decimal, unit, raw integer.

``value = raw * 10 ** scaler`` (IEC 62056-6-2, interface class Register, ``scaler_unit``). Value and
scaler meet here and nowhere else, so that no reading depends on what was read before it.
"""

from __future__ import annotations

from decimal import Decimal

from attrs import frozen

from dlmslite.values.units import FACTORS, Unit, multiply, scale


@frozen(init=False)
class Quantity:
    """What a register holds.

    Attributes:
        raw: The number as the meter sent it.
        scaler: The power of ten to multiply it with.
        unit: The physical unit; None where the meter did not say one.
    """

    raw: float
    scaler: int = 0
    unit: Unit | None = None

    def __init__(self, raw: float, scaler: int = 0, unit: Unit | None = None) -> None:
        # One is made for each value of a load profile that is looked at, so the slots are filled
        # directly: three quarters of the time that attrs takes to fill a frozen class.
        _set_raw(self, raw)
        _set_scaler(self, scaler)
        _set_unit(self, unit)

    @property
    def value(self) -> Decimal:
        """The exact value in ``unit``, whatever the decimal context of the caller is.

        Raises:
            EncodeError: The scaler is no signed octet.
        """
        raw, scaler = self.raw, self.scaler
        if type(raw) is int and scaler in FACTORS:
            return multiply(raw, FACTORS[scaler])  # a call less, for whole load profiles
        return scale(raw, scaler)

    def __str__(self) -> str:
        symbol = self.unit.symbol if self.unit is not None else ""
        return f"{self.value:f} {symbol}".rstrip()

    def __repr__(self) -> str:
        unit = f"Unit.{self.unit.name}" if self.unit is not None else "None"
        return f"Quantity({self.value!r}, {unit})"


_set_raw, _set_scaler, _set_unit = (
    getattr(Quantity, name).__set__ for name in ("raw", "scaler", "unit")
)
