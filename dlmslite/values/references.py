"""What a request points at: an attribute by logical name, and the column of a profile.

In: class, logical name and number. Out: frozen values that requests carry and that results are
filed under. IEC 62056-5-3, clause 9.5 (Cosem-Attribute-Descriptor, Selective-Access-Descriptor);
IEC 62056-6-2, clause 4.3.6 (capture_object_definition).
"""

from __future__ import annotations

from typing import Any, Protocol, Self

from attrs import field

from dlmslite.errors import DecodeError, EncodeError
from dlmslite.records import frozen
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import LENGTH, Obis


class Selection(Protocol):
    """Which part of an attribute is wanted: whatever has a selector and its parameters."""

    @property
    def selector(self) -> int:
        """The number of the selector, as the class of the object defines it."""
        ...

    @property
    def parameters(self) -> Data:
        """What the selector is told."""
        ...


@frozen
class AccessSelection:
    """A selection as the wire has it; its meaning is up to the class of the object.

    Attributes:
        selector: 0 to 255.
        parameters: What the selector is told.
    """

    selector: int
    parameters: Data

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.selector <= 0xFF:
            raise EncodeError(f"access selector {self.selector} is out of range")


def _on_the_wire(selection: Selection | None) -> AccessSelection | None:
    # One form only, so that a request that was decoded equals the one that was sent.
    if selection is None or isinstance(selection, AccessSelection):
        return selection
    return AccessSelection(selection.selector, selection.parameters)


@frozen(eq=True)
class AttributeReference:
    """One attribute of one object, or a part of it.

    Attributes:
        class_id: The interface class.
        obis: The object's logical name.
        attribute: The number of the attribute; 1 is the logical name, 0 all attributes, negative
            ones are the manufacturer's.
        selection: The part that is wanted; None for all of it.
    """

    class_id: int
    obis: Obis
    attribute: int
    selection: AccessSelection | None = field(default=None, converter=_on_the_wire)

    def __attrs_post_init__(self) -> None:
        _check(self.class_id, self.attribute)

    def __str__(self) -> str:
        return f"{self.obis} attribute {self.attribute} (class {self.class_id})"


@frozen(eq=True)
class CaptureObject:
    """What one column of a profile holds.

    Attributes:
        class_id: The interface class of the captured object.
        obis: Its logical name.
        attribute: The captured attribute.
        data_index: Which element of a structure or array, counted from 1; 0 is all of it (D20).
    """

    class_id: int
    obis: Obis
    attribute: int
    data_index: int = 0

    def __attrs_post_init__(self) -> None:
        _check(self.class_id, self.attribute)
        if not 0 <= self.data_index <= 0xFFFF:
            raise EncodeError(f"data index {self.data_index} is out of range")

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """From the plain form of its structure.

        Raises:
            DecodeError: It is no capture object definition.
        """
        match plain:
            case (int(class_id), bytes(obis), int(attribute), int(data_index)) if (
                isinstance(plain, tuple) and len(obis) == LENGTH
            ):
                try:
                    return cls(class_id, Obis(obis), attribute, data_index)
                except EncodeError as error:
                    raise _no_capture_object(plain) from error
        raise _no_capture_object(plain)

    def to_data(self) -> Data:
        """Its structure, as selections carry it."""
        return Data.of(
            DataType.STRUCTURE,
            [
                Data.of(DataType.LONG_UNSIGNED, self.class_id),
                Data.of(DataType.OCTET_STRING, self.obis.octets),
                Data.of(DataType.INTEGER, self.attribute),
                Data.of(DataType.LONG_UNSIGNED, self.data_index),
            ],
        )

    def __str__(self) -> str:
        index = f" element {self.data_index}" if self.data_index else ""
        return f"{self.obis} attribute {self.attribute}{index} (class {self.class_id})"


def _check(class_id: int, attribute: int) -> None:
    if not 0 <= class_id <= 0xFFFF:
        raise EncodeError(f"class {class_id} is out of range")
    if not -0x80 <= attribute <= 0x7F:
        raise EncodeError(f"attribute {attribute} is out of range")


def _no_capture_object(plain: object) -> DecodeError:
    return DecodeError("bad-capture-object", f"no capture object: {plain!r}", offset=0)
