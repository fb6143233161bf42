"""Initiate-request: the xDLMS context that a client proposes, inside its AARQ.

Green Book 9.3.2 (the service) and 9.5 (InitiateRequest).
"""

from __future__ import annotations

from typing import Any, ClassVar

import construct
from attrs import field

from dlmslite.apdu.base import Apdu, Kind, field_names, register
from dlmslite.apdu.conformance import CONFORMANCE, Conformance
from dlmslite.encoding import axdr, codec
from dlmslite.records import frozen

TAG = 0x01
DLMS_VERSION = 6  # the only one in use


@frozen(kw_only=True)
class InitiateRequest(Apdu):
    """What a client proposes.

    Attributes:
        dedicated_key: The key of this association alone, or None; never shown.
        response_allowed: Whether the server is to answer.
        quality_of_service: Not used by COSEM; None when absent.
        dlms_version: 6.
        conformance: The services that the client would use.
        max_pdu: Octets of the largest APDU that the client takes; 0 means any.
    """

    NAME: ClassVar[str] = "initiate-request"
    TAG: ClassVar[int] = TAG
    KIND: ClassVar[Kind] = Kind.CONTEXT
    _WIRE: ClassVar[Any] = construct.Struct(
        "tag" / construct.Const(bytes([TAG])),
        "dedicated_key" / axdr.optional(axdr.OCTETS),
        "response_allowed" / axdr.default(construct.Flag, True),
        "quality_of_service" / axdr.optional(construct.Int8sb),
        "dlms_version" / construct.Byte,
        "conformance" / CONFORMANCE,
        "max_pdu" / construct.Int16ub,
    )

    dedicated_key: bytes | None = field(default=None, repr=False)
    response_allowed: bool = True
    quality_of_service: int | None = None
    dlms_version: int = DLMS_VERSION
    conformance: Conformance
    max_pdu: int

    def encode(self, *, bare_tag: bool = False) -> bytes:
        """The whole APDU (see ``Apdu.encode``).

        Args:
            bare_tag: Whether the conformance has only the first octet of its tag.
        """
        members = {name: getattr(self, name) for name in field_names(InitiateRequest)}
        return codec.build(self._WIRE, members, what=self.NAME, bare_tag=bare_tag)


register(InitiateRequest)
