"""A scaled value: exact Decimal, unit, raw integer.

``value = raw * 10 ** scaler`` (IEC 62056-6-2, interface class Register, ``scaler_unit``). Value and
scaler meet here and nowhere else, so that no reading depends on what was read before it.
"""

from __future__ import annotations

from decimal import Decimal

from dlmslite.records import define
from dlmslite.values.units import FACTORS, Unit, multiply, scale


@define(unsafe_hash=True, repr=False)
class Quantity:
    """What a register holds; read only.

    One is made for each value of a load profile that is looked at. attrs takes twice as long to
    fill a frozen class, so the fields are private here and are read through properties.
    """

    _raw: int | float
    _scaler: int = 0
    _unit: Unit | None = None

    @property
    def raw(self) -> int | float:
        """The number as the meter sent it."""
        return self._raw

    @property
    def scaler(self) -> int:
        """The power of ten to multiply it with."""
        return self._scaler

    @property
    def unit(self) -> Unit | None:
        """The physical unit; None where the meter did not say one."""
        return self._unit

    @property
    def value(self) -> Decimal:
        """The exact value in ``unit``, whatever the decimal context of the caller is.

        Raises:
            EncodeError: The scaler is no signed octet.
        """
        raw, scaler = self._raw, self._scaler
        if type(raw) is int and scaler in FACTORS:
            return multiply(raw, FACTORS[scaler])  # a call less, for whole load profiles
        return scale(raw, scaler)

    def __str__(self) -> str:
        symbol = self._unit.symbol if self._unit is not None else ""
        return f"{self.value:f} {symbol}".rstrip()

    def __repr__(self) -> str:
        unit = f"Unit.{self._unit.name}" if self._unit is not None else "None"
        return f"Quantity({self.value!r}, {unit})"
