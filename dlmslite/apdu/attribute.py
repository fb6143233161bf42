"""The wire form of an attribute reference with its access selection, in every service that has one.

Green Book 9.5 (Cosem-Attribute-Descriptor-With-Selection).
"""

from __future__ import annotations

from typing import Any

import construct

from dlmslite.apdu.results import DataOctets
from dlmslite.encoding import axdr
from dlmslite.values.obis import LENGTH, Obis
from dlmslite.values.references import AccessSelection, AttributeReference

_SELECTION = construct.Struct("selector" / construct.Byte, "parameters" / DataOctets())
_WIRE = construct.Struct(
    "class_id" / construct.Int16ub,
    "obis" / construct.Bytes(LENGTH),
    "attribute" / construct.Int8sb,
    "selection" / axdr.optional(_SELECTION),
)


class _Attribute(construct.Adapter):
    """The declaration as an ``AttributeReference``."""

    def _decode(self, obj: Any, _context: object, _path: str) -> AttributeReference:
        selection = obj.selection
        if selection is not None:
            selection = AccessSelection(selection.selector, selection.parameters)
        return AttributeReference(obj.class_id, Obis(obj.obis), obj.attribute, selection)

    def _encode(self, obj: AttributeReference, _context: object, _path: str) -> dict[str, Any]:
        selection = obj.selection
        return {
            "class_id": obj.class_id,
            "obis": obj.obis.octets,
            "attribute": obj.attribute,
            "selection": None
            if selection is None
            else {"selector": selection.selector, "parameters": selection.parameters},
        }


ATTRIBUTE = _Attribute(_WIRE)
"""Its place in a declaration."""
