"""The base of every APDU: tag, kind, what answers it; decode and encode by tag.

The folder is the registry: each module enters a decoder for its tag, and ``decode`` finds it by
the first octet. Tags: Green Book 9.5 (XDLMS-APDU, ACSE-APDU).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self

import attrs

from dlmslite.codes import TableKey
from dlmslite.encoding import codec
from dlmslite.errors import DecodeError
from dlmslite.registry import Registry


class Kind(TableKey):
    """What an APDU does to an association: the inputs of the tables in ``association/state.py``."""

    AARQ = "asks for an association"
    AARE = "answers an AARQ"
    RLRQ = "asks for the end of an association"
    RLRE = "answers an RLRQ"
    REQUEST = "asks for a service"
    NEXT = "asks for the next block of an answer"
    ANSWER = "answers a request, whole"
    BLOCK = "answers a request, in part"
    REFUSAL = "refuses whatever was asked, without an invoke-id"
    CONTEXT = "stands inside an AARQ or AARE only"


class Apdu:
    """One APDU as a frozen value; its fields are the members of its declaration, name for name.

    Attributes:
        NAME: What the ASN.1 calls it.
        TAG: Its first octet.
        KIND: What it does to an association.
        ANSWER_TAG: The first octet of its answer; None for what is not answered.
    """

    __slots__ = ()

    NAME: ClassVar[str]
    TAG: ClassVar[int]
    KIND: ClassVar[Kind]
    ANSWER_TAG: ClassVar[int | None] = None
    _WIRE: ClassVar[Any]

    @classmethod
    def decode(cls, octets: bytes, *, lenient: bool = False) -> Self:
        """The APDU in these octets, and nothing behind it.

        Args:
            octets: The whole APDU.
            lenient: Whether codes that the standard does not define are kept instead of refused.

        Raises:
            DecodeError: They are none.
        """
        members = codec.parse(cls._WIRE, octets, what=cls.NAME, lenient=lenient)
        return cls(**{name: members[name] for name in field_names(cls)})

    def encode(self) -> bytes:
        """The whole APDU.

        Raises:
            EncodeError: A field has a value that the wire has no octets for.
        """
        members = {name: getattr(self, name) for name in field_names(type(self))}
        return codec.build(self._WIRE, members, what=self.NAME)


DECODERS: Registry[int, Callable[[bytes, bool], Apdu]] = Registry("dlmslite.apdu")
"""By tag: what decodes a whole APDU; the second argument is ``lenient``."""


def decode(octets: bytes, *, lenient: bool = False) -> Apdu:
    """The value of one whole APDU, whichever it is.

    Args:
        octets: The APDU; nothing may stand behind it.
        lenient: Whether codes that the standard does not define are kept instead of refused.

    Raises:
        DecodeError: ``unknown-apdu`` for a tag that no module here knows, ``truncated``,
            ``trailing-bytes`` and whatever the APDU's own decoder finds.
    """
    if not octets:
        raise DecodeError("truncated", "an APDU has a tag at least")
    decoder = DECODERS.get(octets[0])
    if decoder is None:
        raise DecodeError("unknown-apdu", f"no APDU has the tag {octets[0]:02X}")
    return decoder(octets, lenient)


def register(kind: type[Apdu]) -> None:
    """Enter a class that is the only one of its tag."""
    DECODERS.add(kind.TAG, lambda octets, lenient: kind.decode(octets, lenient=lenient))


def field_names(kind: type[Any]) -> tuple[str, ...]:
    """The fields of an APDU in wire order."""
    return tuple(field.name for field in attrs.fields(kind))


def is_lenient(context: Any) -> bool:
    """What the caller of ``Apdu.decode`` said, from the context of a construct."""
    return bool(context._params.get("lenient", False))  # noqa: SLF001 - construct's documented name
