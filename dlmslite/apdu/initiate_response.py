"""Initiate-response: the xDLMS context that a server agrees to, inside its AARE.

Green Book 9.3.2 (the service) and 9.5 (InitiateResponse).
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import construct

from dlmslite.apdu.base import Apdu, Kind, field_names, register
from dlmslite.apdu.conformance import CONFORMANCE, Conformance
from dlmslite.encoding import axdr, codec
from dlmslite.records import frozen

TAG = 0x08
DLMS_VERSION = 6  # the only one in use
VAA_NAME_LN = 0x0007  # the name of the virtual application association: logical names,
VAA_NAME_SN = 0xFA00  # or the base name of the association object with short names


@frozen(kw_only=True)
class InitiateResponse(Apdu):
    """What a server agrees to.

    Attributes:
        quality_of_service: Not used by COSEM; None when absent.
        dlms_version: 6.
        conformance: The services that may be used.
        max_pdu: Octets of the largest APDU that the server takes; 0 means any.
        vaa_name: 0007 with logical names, FA00 with short names.
    """

    NAME: ClassVar[str] = "initiate-response"
    TAG: ClassVar[int] = TAG
    KIND: ClassVar[Kind] = Kind.CONTEXT
    _WIRE: ClassVar[Any] = construct.Struct(
        "tag" / construct.Const(bytes([TAG])),
        "quality_of_service" / axdr.optional(construct.Int8sb),
        "dlms_version" / construct.Byte,
        "conformance" / CONFORMANCE,
        "max_pdu" / construct.Int16ub,
        "vaa_name" / construct.Int16ub,
    )

    quality_of_service: int | None = None
    dlms_version: int = DLMS_VERSION
    conformance: Conformance
    max_pdu: int
    vaa_name: int = VAA_NAME_LN

    @classmethod
    def decode(cls, octets: bytes, *, lenient: bool = False) -> Self:
        """The context in these octets (see ``Apdu.decode``).

        Args:
            octets: The whole APDU.
            lenient: Whether the tag of the conformance may be short, and octets may follow the
                last field: some meters add optional ones.

        Raises:
            DecodeError: They are none.
        """
        if not lenient:
            return super().decode(octets)
        members, _ = codec.parse_from(cls._WIRE, octets, 0, what=cls.NAME, lenient=True)
        return cls(**{name: members[name] for name in field_names(cls)})


register(InitiateResponse)
