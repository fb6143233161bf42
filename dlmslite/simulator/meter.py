"""A logical device: objects, values, access rights.

A simulated meter is asked with a reference and a time, and answers with Data or with the reason why
not. It opens nothing and reads no clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from attrs import field

from dlmslite.apdu.conformance import Conformance
from dlmslite.codes import DataAccessResult
from dlmslite.errors import DecodeError
from dlmslite.records import frozen
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.references import AccessSelection, AttributeReference
from dlmslite.values.selection import EntryDescriptor, RangeDescriptor

Selection = RangeDescriptor | EntryDescriptor | None
Answer = Data | DataAccessResult
Provider = Callable[[dt.datetime, Selection], Answer]

ASSOCIATION = Obis.parse("0.0.40.0.0.255")  # the current association (Blue Book 6.2.33)
ASSOCIATION_LN = 15
READ_ONLY = 1  # attribute access mode of association LN version 0 and 1 (Blue Book 4.4.4)

LAB_CREDENTIALS: Mapping[int, bytes | None] = {
    16: None,  # the public client: no password, read only
    1: b"22222222",
    32: b"11111111",
    17: b"00000000",
}
"""Clients and passwords of the lab meters (old-bridge.md 1.4: printed on the meter's label)."""

LAB_CONFORMANCE = Conformance(0x00301D)
"""What the lab meter offers: GET with blocks and selective access, no multiple references."""


@frozen
class SimulatedObject:
    """One COSEM object.

    Attributes:
        class_id: Its interface class.
        obis: Its logical name.
        attributes: Attribute number to a value, or to a function of time and selection. Attribute
            1 is the logical name and need not be given.
        version: The class version.
    """

    class_id: int
    obis: Obis
    attributes: Mapping[int, Data | Provider]
    version: int = 0

    def read(self, attribute: int, when: dt.datetime, selection: Selection) -> Answer:
        """The value of an attribute at a time."""
        if attribute == 1:
            return Data.of(DataType.OCTET_STRING, self.obis.octets)
        value = self.attributes.get(attribute)
        if value is None:
            return DataAccessResult.OBJECT_UNDEFINED
        if isinstance(value, Data):
            return value if selection is None else DataAccessResult.OTHER_REASON
        return value(when, selection)


@frozen(kw_only=True)
class SimulatedMeter:
    """A whole logical device.

    Attributes:
        objects: Its objects; the current association is added by itself.
        credentials: Client address to password, None for no authentication.
        conformance: The services it offers.
        max_pdu: The largest APDU that it takes, in octets; 0 means no limit.
        max_info: The longest HDLC information field both ways, in octets.
        window: HDLC frames both ways before an answer.
    """

    objects: tuple[SimulatedObject, ...]
    credentials: Mapping[int, bytes | None] = field(default=LAB_CREDENTIALS, repr=False)
    conformance: Conformance = LAB_CONFORMANCE
    max_pdu: int = 0x1900
    max_info: int = 128
    window: int = 1
    _by_name: dict[Obis, SimulatedObject] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        association = SimulatedObject(
            ASSOCIATION_LN, ASSOCIATION, {2: self._object_list}, version=1
        )
        table = {item.obis: item for item in (*self.objects, association)}
        object.__setattr__(self, "_by_name", table)

    def read(self, reference: AttributeReference, when: dt.datetime) -> Answer:
        """The value of an attribute at a time, or why there is none."""
        item = self._by_name.get(reference.obis)
        if item is None:
            return DataAccessResult.OBJECT_UNDEFINED
        if item.class_id != reference.class_id:
            return DataAccessResult.OBJECT_CLASS_INCONSISTENT
        selection = _selection(reference.selection)
        if isinstance(selection, DataAccessResult):
            return selection
        return item.read(reference.attribute, when, selection)

    def _object_list(self, _when: dt.datetime, selection: Selection) -> Answer:
        if selection is not None:
            return DataAccessResult.OTHER_REASON
        return Data.of(DataType.ARRAY, [_list_element(item) for item in self._by_name.values()])


def _selection(access: AccessSelection | None) -> Selection | DataAccessResult:
    if access is None:
        return None
    try:
        if access.selector == RangeDescriptor.selector:
            return RangeDescriptor.from_data(access.parameters)
        if access.selector == EntryDescriptor.selector:
            return EntryDescriptor.from_data(access.parameters)
    except DecodeError:
        return DataAccessResult.TYPE_UNMATCHED
    return DataAccessResult.OTHER_REASON


def _list_element(item: SimulatedObject) -> Data:
    # object_list_element: class_id, version, logical_name, access_rights (Blue Book 4.4.4)
    attributes = [
        structure(
            Data.of(DataType.INTEGER, number),
            Data.of(DataType.ENUM, READ_ONLY),
            Data.of(DataType.NULL_DATA, None),
        )
        for number in sorted({1, *item.attributes})
    ]
    access = structure(Data.of(DataType.ARRAY, attributes), Data.of(DataType.ARRAY, []))
    return structure(
        Data.of(DataType.LONG_UNSIGNED, item.class_id),
        Data.of(DataType.UNSIGNED, item.version),
        Data.of(DataType.OCTET_STRING, item.obis.octets),
        access,
    )


def structure(*elements: Data) -> Data:
    """A structure of elements."""
    return Data.of(DataType.STRUCTURE, list(elements))


def array(elements: Iterable[Data]) -> Data:
    """An array of elements."""
    return Data.of(DataType.ARRAY, list(elements))
