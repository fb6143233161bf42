"""Opens an association: without authentication, or with a password (low-level security).

IEC 62056-5-3 (Green Book 9.3.2): AARQ with the proposed xDLMS context out, AARE with the agreed one
back. A refusal never comes here: the association tells it as ``AssociationRejected``.
"""

from __future__ import annotations

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.apdu.initiate_response import InitiateResponse
from dlmslite.errors import ProtocolError
from dlmslite.procedures.base import Ask, Procedure
from dlmslite.records import frozen

PROPOSED = (
    Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.PRIORITY_MGMT_SUPPORTED
    | Conformance.GET
    | Conformance.SELECTIVE_ACCESS
)
"""The services that this client uses; nothing else is proposed."""

PDU_MAX = 0xFFFF  # octets; the field has sixteen bits


@frozen(kw_only=True)
class Associated:
    """What was agreed.

    Attributes:
        conformance: The services that both sides have.
        max_pdu: Octets of the largest APDU that the meter takes; 0 means no limit.
        dlms_version: 6.
        vaa_name: The meter's VAA name; 7 with logical names.
    """

    conformance: Conformance
    max_pdu: int
    dlms_version: int
    vaa_name: int


def associate(
    *,
    password: bytes | None = None,
    max_pdu: int = PDU_MAX,
    conformance: Conformance = PROPOSED,
    bare_tag: bool = False,
) -> Procedure[Associated]:
    """Open an association.

    Args:
        password: The low-level secret; None asks for no authentication.
        max_pdu: Octets of the largest APDU that we take.
        conformance: The services to propose.
        bare_tag: Whether the conformance has only the first octet of its tag (a quirk).

    Raises:
        AssociationRejected: The meter said no; result, diagnostic and hint tell why.
        ProtocolError: The answer accepts, and holds no context.
    """
    initiate = InitiateRequest(conformance=conformance, max_pdu=max_pdu)
    answer = yield Ask(Aarq.asking(initiate, password=password, bare_tag=bare_tag))
    context = answer.context(lenient=True) if isinstance(answer, Aare) else None
    if not isinstance(context, InitiateResponse):
        raise ProtocolError(f"an AARQ was answered with {type(answer).__name__}, without context")
    return Associated(
        conformance=context.conformance & conformance,
        max_pdu=context.max_pdu,
        dlms_version=context.dlms_version,
        vaa_name=context.vaa_name,
    )
