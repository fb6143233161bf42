"""(1) Data: one value, of any type and without a scale. IEC 62056-6-2, clause 4.3.1."""

from __future__ import annotations

from typing import ClassVar

from dlmslite.cosem.base import Attribute, InterfaceClass, interface_class


@interface_class
class Data(InterfaceClass):
    """One value: a serial number, a counter, a status word."""

    CLASS_ID: ClassVar[int] = 1
    NAME: ClassVar[str] = "Data"
    VERSIONS: ClassVar[range] = range(1)
    ATTRIBUTES: ClassVar[tuple[Attribute, ...]] = (Attribute(2, "value"),)
