"""(15) Association LN: the association, by logical name. IEC 62056-6-2, clause 4.4.4.

Its attribute 2 is the list of all objects that the association sees; ``object_list.py`` reads it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from dlmslite.codes import OpenEnum
from dlmslite.cosem import meaning
from dlmslite.cosem.base import Attribute, InterfaceClass, Method, interface_class
from dlmslite.records import frozen
from dlmslite.values.kinds import BitString
from dlmslite.values.time_policy import TimePolicy

OID_NODES = 7  # 2.16.756.5.8 and two more: a context or mechanism name as a structure


class AssociationStatus(OpenEnum):
    """How far the association is."""

    NON_ASSOCIATED = 0
    ASSOCIATION_PENDING = 1
    ASSOCIATED = 2


@frozen
class XdlmsContext:
    """What the association agreed on.

    Attributes:
        conformance: The services, as the 24 bits of the conformance block.
        max_receive_pdu: The largest APDU that the meter takes, in octets.
        max_send_pdu: The largest APDU that the meter sends, in octets.
        dlms_version: 6.
        quality_of_service: Not used by the standard.
        cyphering_info: The dedicated key's place; meters send it empty.
    """

    conformance: BitString
    max_receive_pdu: int
    max_send_pdu: int
    dlms_version: int
    quality_of_service: int
    cyphering_info: bytes


def _partners(plain: Any, _policy: TimePolicy) -> tuple[int, int]:
    match plain:
        case (int(client), int(server)):
            return int(client), int(server)
    raise meaning.refused("a client and a server SAP", plain)


def _object_identifier(plain: Any, _policy: TimePolicy) -> int:
    # The last node says which context or mechanism; before it stands 2.16.756.5.8.1 or .2. Meters
    # write the name as a structure of its nodes, or as the octets of the identifier in BER.
    if isinstance(plain, tuple) and len(plain) == OID_NODES and isinstance(plain[-1], int):
        return int(plain[-1])
    if isinstance(plain, bytes) and len(plain) >= OID_NODES:
        return plain[-1]
    raise meaning.refused("an object identifier", plain)


def _context(plain: Any, _policy: TimePolicy) -> XdlmsContext:
    match plain:
        case (
            BitString() as conformance,
            int(receive),
            int(send),
            int(version),
            int(quality),
            bytes(cyphering),
        ):
            return XdlmsContext(conformance, receive, send, version, quality, cyphering)
    raise meaning.refused("an xDLMS context", plain)


def _status(plain: Any, policy: TimePolicy) -> AssociationStatus:
    code = meaning.integer(plain, policy)
    if not 0 <= code <= 0xFF:
        raise meaning.refused("an association status", plain)
    return AssociationStatus(code)


@interface_class
class AssociationLn(InterfaceClass):
    """The present association of a logical device, or one of its others."""

    CLASS_ID: ClassVar[int] = 15
    NAME: ClassVar[str] = "Association LN"
    VERSIONS: ClassVar[range] = range(4)
    ATTRIBUTES: ClassVar[tuple[Attribute, ...]] = (
        Attribute(2, "object_list"),
        Attribute(3, "associated_partners_id", _partners),
        Attribute(4, "application_context_name", _object_identifier),
        Attribute(5, "xdlms_context_info", _context),
        Attribute(6, "authentication_mechanism_name", _object_identifier),
        Attribute(7, "secret"),
        Attribute(8, "association_status", _status),
        Attribute(9, "security_setup_reference", meaning.obis, since=1),
        Attribute(10, "user_list", since=2),
        Attribute(11, "current_user", since=2),
    )
    METHODS: ClassVar[tuple[Method, ...]] = (
        Method(1, "reply_to_hls_authentication"),
        Method(2, "change_hls_secret"),
        Method(3, "add_object"),
        Method(4, "remove_object"),
        Method(5, "add_user", since=2),
        Method(6, "remove_user", since=2),
    )
