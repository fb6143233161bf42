"""(4) Extended register: a register with status and time. IEC 62056-6-2, clause 4.3.3."""

from __future__ import annotations

from typing import ClassVar

from dlmslite.cosem import meaning
from dlmslite.cosem.base import Attribute, InterfaceClass, Method, interface_class
from dlmslite.cosem.scaler_unit import scaler_unit


@interface_class
class ExtendedRegister(InterfaceClass):
    """A value, and when and under which circumstances it came about: a maximum demand."""

    CLASS_ID: ClassVar[int] = 4
    NAME: ClassVar[str] = "Extended register"
    VERSIONS: ClassVar[range] = range(1)
    ATTRIBUTES: ClassVar[tuple[Attribute, ...]] = (
        Attribute(2, "value", scaled_by=3),
        Attribute(3, "scaler_unit", scaler_unit),
        Attribute(4, "status"),
        Attribute(5, "capture_time", meaning.maybe_date_time),
    )
    METHODS: ClassVar[tuple[Method, ...]] = (Method(1, "reset"),)
