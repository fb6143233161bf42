"""(5) Demand register: current and last average. IEC 62056-6-2, clause 4.3.4."""

from __future__ import annotations

from typing import ClassVar

from dlmslite.cosem import meaning
from dlmslite.cosem.base import Attribute, InterfaceClass, Method, interface_class
from dlmslite.cosem.scaler_unit import scaler_unit


@interface_class
class DemandRegister(InterfaceClass):
    """An average over periods, block or sliding."""

    CLASS_ID: ClassVar[int] = 5
    NAME: ClassVar[str] = "Demand register"
    VERSIONS: ClassVar[range] = range(1)
    ATTRIBUTES: ClassVar[tuple[Attribute, ...]] = (
        Attribute(2, "current_average_value", scaled_by=4),
        Attribute(3, "last_average_value", scaled_by=4),
        Attribute(4, "scaler_unit", scaler_unit),
        Attribute(5, "status"),
        Attribute(6, "capture_time", meaning.maybe_date_time),
        Attribute(7, "start_time_current", meaning.maybe_date_time),
        Attribute(8, "period", meaning.integer),
        Attribute(9, "number_of_periods", meaning.integer),
    )
    METHODS: ClassVar[tuple[Method, ...]] = (Method(1, "reset"), Method(2, "next_period"))
