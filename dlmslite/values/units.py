"""The unit codes of the standard, others as numbers, and exact scaling.

The enumeration ``unit`` of the interface class Register: IEC 62056-6-2 clause 4.3.2, table of
enumerated values for physical units, and the non-SI units that the Blue Book (edition 13) adds. A
code that is not in the table stays a member of its own with its number as the symbol.
"""

from __future__ import annotations

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal

from dlmslite.codes import OpenEnum
from dlmslite.errors import EncodeError

# The caller's decimal context must not round what a meter said: everything here runs in this one.
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)

multiply = _EXACT.multiply
"""The product of integers and Decimals, exact; the inner step of ``scale`` for whole columns."""

FACTORS = {
    scaler: Decimal(10**scaler) if scaler >= 0 else Decimal((0, (1,), scaler))
    for scaler in range(-128, 128)
}
"""Exact powers of ten by scaler, which is a signed octet; ``multiply`` takes them.

None has an exponent above zero, so that 5 with scaler 2 is 500.
"""


class Unit(OpenEnum):
    """A physical unit, by the standard's code."""

    YEAR = 1
    MONTH = 2
    WEEK = 3
    DAY = 4
    HOUR = 5
    MINUTE = 6
    SECOND = 7
    DEGREE = 8
    DEGREE_CELSIUS = 9
    CURRENCY = 10
    METRE = 11
    METRE_PER_SECOND = 12
    CUBIC_METRE = 13
    CUBIC_METRE_CORRECTED = 14
    CUBIC_METRE_PER_HOUR = 15
    CUBIC_METRE_PER_HOUR_CORRECTED = 16
    CUBIC_METRE_PER_DAY = 17
    CUBIC_METRE_PER_DAY_CORRECTED = 18
    LITRE = 19
    KILOGRAM = 20
    NEWTON = 21
    NEWTON_METRE = 22
    PASCAL = 23
    BAR = 24
    JOULE = 25
    JOULE_PER_HOUR = 26
    WATT = 27
    VOLT_AMPERE = 28
    VAR = 29
    WATT_HOUR = 30
    VOLT_AMPERE_HOUR = 31
    VAR_HOUR = 32
    AMPERE = 33
    COULOMB = 34
    VOLT = 35
    VOLT_PER_METRE = 36
    FARAD = 37
    OHM = 38
    OHM_SQUARE_METRE_PER_METRE = 39
    WEBER = 40
    TESLA = 41
    AMPERE_PER_METRE = 42
    HENRY = 43
    HERTZ = 44
    PER_WATT_HOUR = 45
    PER_VAR_HOUR = 46
    PER_VOLT_AMPERE_HOUR = 47
    SQUARE_VOLT_HOUR = 48
    SQUARE_AMPERE_HOUR = 49
    KILOGRAM_PER_SECOND = 50
    SIEMENS = 51
    KELVIN = 52
    PER_SQUARE_VOLT_HOUR = 53
    PER_SQUARE_AMPERE_HOUR = 54
    PER_CUBIC_METRE = 55
    PERCENT = 56
    AMPERE_HOUR = 57
    WATT_HOUR_PER_CUBIC_METRE = 60
    JOULE_PER_CUBIC_METRE = 61
    MOLE_PERCENT = 62
    GRAM_PER_CUBIC_METRE = 63
    PASCAL_SECOND = 64
    JOULE_PER_KILOGRAM = 65
    GRAM_PER_SQUARE_CENTIMETRE = 66
    ATMOSPHERE = 67
    DECIBEL_MILLIWATT = 70
    DECIBEL_MICROVOLT = 71
    DECIBEL = 72
    INCH = 128
    FOOT = 129
    POUND = 130
    DEGREE_FAHRENHEIT = 131
    DEGREE_RANKINE = 132
    SQUARE_INCH = 133
    SQUARE_FOOT = 134
    ACRE = 135
    CUBIC_INCH = 136
    CUBIC_FOOT = 137
    ACRE_FOOT = 138
    IMPERIAL_GALLON = 139
    US_GALLON = 140
    POUND_FORCE = 141
    POUND_FORCE_PER_SQUARE_INCH = 142
    POUND_PER_CUBIC_FOOT = 143
    POUND_PER_FOOT_SECOND = 144
    SQUARE_FOOT_PER_SECOND = 145
    BRITISH_THERMAL_UNIT = 146
    THERM_EC = 147
    THERM_US = 148
    BRITISH_THERMAL_UNIT_PER_POUND = 149
    BRITISH_THERMAL_UNIT_PER_CUBIC_FOOT = 150
    CUBIC_FOOT_PULSE = 151
    FOOT_PER_SECOND = 152
    CUBIC_FOOT_PER_SECOND = 153
    CUBIC_FOOT_PER_MINUTE = 154
    CUBIC_FOOT_PER_HOUR = 155
    CUBIC_FOOT_PER_DAY = 156
    ACRE_FOOT_PER_SECOND = 157
    ACRE_FOOT_PER_MINUTE = 158
    ACRE_FOOT_PER_HOUR = 159
    ACRE_FOOT_PER_DAY = 160
    IMPERIAL_GALLON_PULSE = 161
    IMPERIAL_GALLON_PER_SECOND = 162
    IMPERIAL_GALLON_PER_MINUTE = 163
    IMPERIAL_GALLON_PER_HOUR = 164
    IMPERIAL_GALLON_PER_DAY = 165
    US_GALLON_PULSE = 166
    US_GALLON_PER_SECOND = 167
    US_GALLON_PER_MINUTE = 168
    US_GALLON_PER_HOUR = 169
    US_GALLON_PER_DAY = 170
    BRITISH_THERMAL_UNIT_PER_SECOND = 171
    BRITISH_THERMAL_UNIT_PER_MINUTE = 172
    BRITISH_THERMAL_UNIT_PER_HOUR = 173
    BRITISH_THERMAL_UNIT_PER_DAY = 174
    OTHER = 254
    NONE = 255

    @property
    def symbol(self) -> str:
        """How the unit is written: ``Wh``; empty without unit, ``unit 77`` for an unknown code."""
        return _SYMBOLS.get(self._value_, f"unit {self._value_}")


def scale(raw: float, scaler: int) -> Decimal:
    """``raw * 10 ** scaler``, exact whatever the decimal context of the caller is.

    An integer stays one in its text: 56281 with scaler 0 is ``56281``, 5 with scaler 2 is ``500``.

    Raises:
        EncodeError: The scaler is no signed octet.
    """
    try:
        return multiply(raw if isinstance(raw, int) else Decimal(raw), FACTORS[scaler])
    except KeyError:
        raise EncodeError(
            f"{scaler} is no scaler", hint="a scaler lies between -128 and 127"
        ) from None


_SYMBOLS: dict[int, str] = {
    code: symbol
    for first, symbols in (
        (1, "a mo wk d h min s ° °C currency m m/s m³ m³ m³/h m³/h m³/d m³/d l kg N Nm Pa bar"),
        (25, "J J/h W VA var Wh VAh varh A C V V/m F Ω Ωm²/m Wb T A/m H Hz"),
        (45, "1/(Wh) 1/(varh) 1/(VAh) V²h A²h kg/s S K 1/(V²h) 1/(A²h) 1/m³ % Ah"),
        (60, "Wh/m³ J/m³ Mol% g/m³ Pa·s J/kg g/cm² atm"),
        (70, "dBm dBµV dB"),
        (128, "in ft lb °F °R in² ft² acre in³ ft³ acre·ft gal(imp) gal(US) lbf psi lb/ft³"),
        (144, "lb/(ft·s) ft²/s Btu thm(EC) thm(US) Btu/lb Btu/ft³ ft³ ft/s"),
        (153, "ft³/s ft³/min ft³/h ft³/d acre·ft/s acre·ft/min acre·ft/h acre·ft/d gal(imp)"),
        (162, "gal(imp)/s gal(imp)/min gal(imp)/h gal(imp)/d gal(US)"),
        (167, "gal(US)/s gal(US)/min gal(US)/h gal(US)/d Btu/s Btu/min Btu/h Btu/d"),
        (254, "other"),
    )
    for code, symbol in enumerate(symbols.split(), first)
} | {Unit.NONE.value: ""}
