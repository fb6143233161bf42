"""Reads the object list of the current association.

Attribute 2 of association LN (IEC 62056-6-2, clause 4.4.4).
"""

from __future__ import annotations

from dlmslite.cosem.object_list import CosemObject, decode_object_list
from dlmslite.procedures.base import Procedure
from dlmslite.procedures.read import read_attribute
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference

ASSOCIATION_LN = 15
CURRENT_ASSOCIATION = Obis.parse("0.0.40.0.0.255")
OBJECT_LIST = 2


def discover() -> Procedure[list[CosemObject]]:
    """Every object that this association lets us see, in the meter's order.

    Raises:
        ServiceError: The meter does not show its list.
        DecodeError: The list is unsound.
    """
    value = yield from read_attribute(
        AttributeReference(ASSOCIATION_LN, CURRENT_ASSOCIATION, OBJECT_LIST)
    )
    return decode_object_list(value.plain)
