"""A meter's own list of its objects, typed, with access rights.

In: the plain form of attribute 2 of an Association LN. Out: objects. IEC 62056-6-2, clause 4.4.4:
versions 0 to 2 of the association write access as the number of a mode, version 3 as a set of bits
(D24); here both are bits.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from attrs import Factory

from dlmslite.cosem.well_known import name_of
from dlmslite.errors import DecodeError
from dlmslite.records import frozen
from dlmslite.values.obis import LENGTH, Obis

ASSOCIATION_CLASS = 15
CURRENT_ASSOCIATION = Obis.parse("0.0.40.0.0.255")
BITS_SINCE = 3  # the version of the association from which on access modes are bits


class AttributeAccess(enum.IntFlag):
    """What may be done with an attribute, and how it must be protected; the bits of version 3."""

    NONE = 0
    READ = 0x01
    WRITE = 0x02
    AUTHENTICATED_REQUEST = 0x04
    ENCRYPTED_REQUEST = 0x08
    SIGNED_REQUEST = 0x10
    AUTHENTICATED_RESPONSE = 0x20
    ENCRYPTED_RESPONSE = 0x40
    SIGNED_RESPONSE = 0x80

    def __str__(self) -> str:
        read = "r" if self & AttributeAccess.READ else "-"
        write = "w" if self & AttributeAccess.WRITE else "-"
        protected = self & ~(AttributeAccess.READ | AttributeAccess.WRITE)
        return read + write + ("*" if protected else "")


class MethodAccess(enum.IntFlag):
    """Whether a method may be invoked, and how it must be protected; the bits of version 3."""

    NONE = 0
    INVOKE = 0x01
    AUTHENTICATED_REQUEST = 0x04
    ENCRYPTED_REQUEST = 0x08
    SIGNED_REQUEST = 0x10
    AUTHENTICATED_RESPONSE = 0x20
    ENCRYPTED_RESPONSE = 0x40
    SIGNED_RESPONSE = 0x80

    def __str__(self) -> str:
        invoke = "x" if self & MethodAccess.INVOKE else "-"
        return invoke + ("*" if self & ~MethodAccess.INVOKE else "")


_READ_WRITE = AttributeAccess.READ | AttributeAccess.WRITE
# The numbered modes of versions 0 to 2: without authentication, and from 4 on with it.
_ATTRIBUTE_MODES = (
    AttributeAccess.NONE,
    AttributeAccess.READ,
    AttributeAccess.WRITE,
    _READ_WRITE,
    AttributeAccess.READ | AttributeAccess.AUTHENTICATED_REQUEST,
    AttributeAccess.WRITE | AttributeAccess.AUTHENTICATED_REQUEST,
    _READ_WRITE | AttributeAccess.AUTHENTICATED_REQUEST,
)
# A boolean in version 0, a number in 1 and 2.
_METHOD_MODES = (
    MethodAccess.NONE,
    MethodAccess.INVOKE,
    MethodAccess.INVOKE | MethodAccess.AUTHENTICATED_REQUEST,
)


@frozen
class AccessRights:
    """What the association may do with one object.

    Attributes:
        attributes: The access to each attribute that the meter names, by number.
        methods: The access to each method that the meter names, by number.
        selectors: The access selectors of those attributes that have any.
    """

    attributes: Mapping[int, AttributeAccess] = Factory(dict)
    methods: Mapping[int, MethodAccess] = Factory(dict)
    selectors: Mapping[int, tuple[int, ...]] = Factory(dict)

    def can_read(self, attribute: int) -> bool:
        """Whether an attribute may be read; False where the meter says nothing of it."""
        return bool(self.attributes.get(attribute, 0) & AttributeAccess.READ)

    def __str__(self) -> str:
        attributes = [f"{number}:{access}" for number, access in self.attributes.items()]
        methods = [f"m{number}:{access}" for number, access in self.methods.items()]
        return " ".join(attributes + methods)


@frozen
class CosemObject:
    """One object of a meter.

    Attributes:
        obis: Its logical name.
        class_id: Its interface class.
        version: The version of the class.
        access: What the association may do with it.
    """

    obis: Obis
    class_id: int
    version: int = 0
    access: AccessRights = AccessRights()

    @property
    def name(self) -> str:
        """The usual name of its OBIS code; empty where it has none."""
        return name_of(self.obis)


def decode_object_list(plain: Any, version: int | None = None) -> list[CosemObject]:
    """The objects of a list.

    Args:
        plain: The plain form of attribute 2.
        version: The version of the association, which decides how access is written; None takes it
            from the association's own entry in the list.

    Raises:
        DecodeError: It is no list of objects; the message names the entry.
    """
    if not isinstance(plain, list):
        raise DecodeError("bad-object-list", "the object list is no array", offset=0)
    if version is None:
        version = _own_version(plain)
    return [_object(index, entry, version) for index, entry in enumerate(plain, 1)]


def _own_version(entries: Iterable[Any]) -> int:
    """The version of the association whose list it is, or of any other; 0 where there is none."""
    versions = {
        entry[2]: entry[1]
        for entry in entries
        if isinstance(entry, tuple)
        and len(entry) == 4
        and entry[0] == ASSOCIATION_CLASS
        and isinstance(entry[1], int)
        and isinstance(entry[2], bytes)
    }
    return int(versions.get(CURRENT_ASSOCIATION.octets, max(versions.values(), default=0)))


def _object(index: int, entry: Any, version: int) -> CosemObject:
    match entry:
        case (int(class_id), int(own_version), bytes(name), rights) if len(name) == LENGTH:
            return CosemObject(
                Obis(name), int(class_id), int(own_version), _rights(index, rights, version)
            )
    raise _refused(index, entry)


def _rights(index: int, rights: Any, version: int) -> AccessRights:
    if rights is None or rights == ():
        return AccessRights()  # some meters say nothing of access
    if not (isinstance(rights, tuple) and len(rights) == 2):
        raise _refused(index, rights)
    attributes, methods = (_items(index, part) for part in rights)
    return AccessRights(
        {
            number: _access(index, item[1], version, _ATTRIBUTE_MODES, AttributeAccess)
            for number, item in attributes.items()
        },
        {
            number: _access(index, item[1], version, _METHOD_MODES, MethodAccess)
            for number, item in methods.items()
        },
        {
            number: _selectors(index, item[2])
            for number, item in attributes.items()
            if len(item) > 2 and item[2]
        },
    )


def _items(index: int, part: Any) -> dict[int, tuple[Any, ...]]:
    """The descriptors of one array by the number of the attribute or method."""
    if not (part is None or isinstance(part, list)):
        raise _refused(index, part)
    items: dict[int, tuple[Any, ...]] = {}
    for item in part or ():
        if not (isinstance(item, tuple) and len(item) >= 2 and isinstance(item[0], int)):
            raise _refused(index, item)
        items[int(item[0])] = item
    return items


F = TypeVar("F", AttributeAccess, MethodAccess)


def _access(
    index: int, mode: Any, version: int, modes: tuple[F, ...], bits: Callable[[int], F]
) -> F:
    if not isinstance(mode, int):
        raise _refused(index, mode)
    if version >= BITS_SINCE and 0 <= mode <= 0xFF:
        return bits(int(mode))
    if version < BITS_SINCE and 0 <= mode < len(modes):
        return modes[mode]
    raise DecodeError(
        "bad-object-list", f"entry {index}: {mode} is no access mode of version {version}", offset=0
    )


def _selectors(index: int, selectors: Any) -> tuple[int, ...]:
    # Null where there are none; a few meters write one selector without the array around it.
    numbers = selectors if isinstance(selectors, list | tuple) else [selectors]
    if not all(isinstance(number, int) for number in numbers):
        raise _refused(index, selectors)
    return tuple(map(int, numbers))


def _refused(index: int, part: object) -> DecodeError:
    return DecodeError("bad-object-list", f"entry {index}: {part!r} makes no sense", offset=0)
