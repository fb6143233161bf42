"""The types of Data, and the plain Python values of those that Python has no type for.

Tag numbers and names: the ASN.1 of Data, IEC 62056-5-3 clause 9.5 (Green Book), and the common data
types of IEC 62056-6-2 clause 4.1.5. The plain form of a value keeps its kind where Python's own
types would lose it: an enum is an int that knows that it is one.
"""

from __future__ import annotations

from typing import Any, Final, Self, final

from attrs import field

from dlmslite.codes import OpenEnum
from dlmslite.errors import EncodeError
from dlmslite.records import frozen


class DataType(OpenEnum):
    """The tag of a Data value; ``label`` is its name in the standard."""

    NULL_DATA = 0
    ARRAY = 1
    STRUCTURE = 2
    BOOLEAN = 3
    BIT_STRING = 4
    DOUBLE_LONG = 5
    DOUBLE_LONG_UNSIGNED = 6
    OCTET_STRING = 9
    VISIBLE_STRING = 10
    UTF8_STRING = 12
    BCD = 13
    INTEGER = 15
    LONG = 16
    UNSIGNED = 17
    LONG_UNSIGNED = 18
    COMPACT_ARRAY = 19
    LONG64 = 20
    LONG64_UNSIGNED = 21
    ENUM = 22
    FLOAT32 = 23
    FLOAT64 = 24
    DATE_TIME = 25
    DATE = 26
    TIME = 27
    DELTA_INTEGER = 28
    DELTA_LONG = 29
    DELTA_DOUBLE_LONG = 30
    DELTA_UNSIGNED = 31
    DELTA_LONG_UNSIGNED = 32
    DELTA_DOUBLE_LONG_UNSIGNED = 33
    DONT_CARE = 255


FIXED_FORMATS: Final[dict[int, str]] = {
    DataType.DOUBLE_LONG: "l",
    DataType.DOUBLE_LONG_UNSIGNED: "L",
    DataType.BCD: "B",
    DataType.INTEGER: "b",
    DataType.LONG: "h",
    DataType.UNSIGNED: "B",
    DataType.LONG_UNSIGNED: "H",
    DataType.LONG64: "q",
    DataType.LONG64_UNSIGNED: "Q",
    DataType.ENUM: "B",
    DataType.FLOAT32: "f",
    DataType.FLOAT64: "d",
    DataType.DELTA_INTEGER: "b",
    DataType.DELTA_LONG: "h",
    DataType.DELTA_DOUBLE_LONG: "l",
    DataType.DELTA_UNSIGNED: "B",
    DataType.DELTA_LONG_UNSIGNED: "H",
    DataType.DELTA_DOUBLE_LONG_UNSIGNED: "L",
}
"""The numbers of fixed width, big-endian, as ``struct`` writes them."""

TIME_OCTETS: Final[dict[int, int]] = {DataType.DATE_TIME: 12, DataType.DATE: 5, DataType.TIME: 4}
"""The octets of the types that hold a point in time."""

DELTA_TYPES: Final = frozenset(
    range(DataType.DELTA_INTEGER, DataType.DELTA_DOUBLE_LONG_UNSIGNED + 1)
)
"""The types that are a difference to the previous value of the same column."""


@frozen(repr=False)
class BitString:
    """A string of bits; the first is the most significant of its octet (IEC 61334-6).

    Attributes:
        bits: The bits as text of 0 and 1.
    """

    bits: str = field(default="")

    def __attrs_post_init__(self) -> None:
        if self.bits.strip("01"):
            raise EncodeError(f"{self.bits!r} is no text of 0 and 1")

    @classmethod
    def unpack(cls, octets: bytes, count: int) -> Self:
        """The first ``count`` bits of ``octets``; the rest of the last octet is padding."""
        if not count:
            return cls()
        return cls(f"{int.from_bytes(octets, 'big'):0{len(octets) * 8}b}"[:count])

    def pack(self) -> bytes:
        """The octets, padded with zeros."""
        size = (len(self.bits) + 7) // 8
        return int(self.bits.ljust(size * 8, "0") or "0", 2).to_bytes(size, "big")

    def __len__(self) -> int:
        return len(self.bits)

    def __getitem__(self, index: int) -> bool:
        return self.bits[index] == "1"

    def __str__(self) -> str:
        return self.bits

    def __repr__(self) -> str:
        return f"BitString({self.bits!r})"


class Enum(int):
    """A number of an enumeration; which one, the attribute's definition says."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Enum({int(self)})"


class Bcd(int):
    """The octet of a bcd value, as a number: 42 in BCD is ``0x42``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Bcd(0x{int(self):02X})"


class Float32(float):
    """A float of single precision."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Float32({float(self)!r})"


class Delta(int):
    """A difference to the previous value of the same column of a profile.

    Attributes:
        type: Which of the six delta types it came as.
    """

    type: DataType

    def __new__(cls, value: int, type: DataType) -> Self:  # noqa: A002 - the field's name everywhere
        """A difference and its type."""
        self = super().__new__(cls, value)
        self.type = type
        return self

    def __getnewargs__(self) -> tuple[int, DataType]:  # type: ignore[override] # two, not one
        return int(self), self.type

    def __repr__(self) -> str:
        return f"Delta({int(self)}, DataType.{self.type.name})"


@final
class _DontCare:
    """The type of ``DONT_CARE``."""

    __slots__ = ()

    def __new__(cls) -> Self:
        """The one instance, also for pickle and copy."""
        return DONT_CARE if "DONT_CARE" in globals() else super().__new__(cls)

    def __repr__(self) -> str:
        return "DONT_CARE"


DONT_CARE: Final = _DontCare()
"""The plain form of dont-care, which is not null (D15)."""


@frozen
class TypedValue:
    """One element of a Data tree, with its type.

    Attributes:
        type: The tag.
        value: The plain form; for arrays and structures a tuple of ``TypedValue``.
        raw: The octets of a float, which alone tell one NaN from another; empty for other types.
    """

    type: DataType
    value: Any
    raw: bytes = b""
