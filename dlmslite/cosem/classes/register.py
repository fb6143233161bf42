"""(3) Register: a value with its scaler and unit. IEC 62056-6-2, clause 4.3.2."""

from __future__ import annotations

from typing import ClassVar

from dlmslite.cosem.base import Attribute, InterfaceClass, Method, interface_class
from dlmslite.cosem.scaler_unit import scaler_unit


@interface_class
class Register(InterfaceClass):
    """A process value: an energy, a voltage, a power."""

    CLASS_ID: ClassVar[int] = 3
    NAME: ClassVar[str] = "Register"
    VERSIONS: ClassVar[range] = range(1)
    ATTRIBUTES: ClassVar[tuple[Attribute, ...]] = (
        Attribute(2, "value", scaled_by=3),
        Attribute(3, "scaler_unit", scaler_unit),
    )
    METHODS: ClassVar[tuple[Method, ...]] = (Method(1, "reset"),)
