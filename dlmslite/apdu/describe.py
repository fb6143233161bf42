"""An APDU in words: the names of the ASN.1 and values that JSON can hold.

What ``dlmslite decode --layer apdu|acse --json`` prints. Octet strings are hexadecimal text, absent
fields are None, codes have their numbers and names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.acse import decode_user_information
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.confirmed_service_error import ConfirmedServiceError
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.exception_response import ExceptionResponse
from dlmslite.apdu.get import (
    GetRequestNext,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.apdu.initiate_response import InitiateResponse
from dlmslite.apdu.invoke_id import InvokeId
from dlmslite.apdu.rlre import Rlre
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.codes import ApplicationContext, DataAccessResult, OpenEnum
from dlmslite.errors import DecodeError
from dlmslite.values.data import Data
from dlmslite.values.describe import describe as describe_data
from dlmslite.values.references import AttributeReference

Fields = dict[str, Any]

_CONTEXTS = {
    ApplicationContext.LN: "LN",
    ApplicationContext.SN: "SN",
    ApplicationContext.LN_CIPHERED: "LN-ciphered",
    ApplicationContext.SN_CIPHERED: "SN-ciphered",
}


def describe(apdu: Apdu) -> Fields:
    """The name of an APDU and all its fields.

    Raises:
        DecodeError: A Data inside, kept as octets until now, is unsound in itself.
    """
    return {"apdu": apdu.NAME} | _FIELDS[type(apdu)](apdu)


def _get_request_normal(apdu: GetRequestNormal) -> Fields:
    attribute = _attribute(apdu.attribute)
    selection = attribute.pop("access_selection")
    return {
        "invoke_id_and_priority": _invoke_id(apdu.invoke_id),
        "attribute": attribute,
        "access_selection": selection,
    }


def _get_request_next(apdu: GetRequestNext) -> Fields:
    return {
        "invoke_id_and_priority": _invoke_id(apdu.invoke_id),
        "block_number": apdu.block_number,
    }


def _get_request_with_list(apdu: GetRequestWithList) -> Fields:
    return {
        "invoke_id_and_priority": _invoke_id(apdu.invoke_id),
        "attributes": [_attribute(attribute) for attribute in apdu.attributes],
    }


def _get_response_normal(apdu: GetResponseNormal) -> Fields:
    return {
        "invoke_id_and_priority": _invoke_id(apdu.invoke_id),
        "result": _result(apdu.result),
    }


def _get_response_with_datablock(apdu: GetResponseWithDatablock) -> Fields:
    return {
        "invoke_id_and_priority": _invoke_id(apdu.invoke_id),
        "last_block": apdu.last,
        "block_number": apdu.block_number,
        "result": {"raw_data": apdu.result.hex()}
        if isinstance(apdu.result, bytes)
        else _result(apdu.result),
    }


def _get_response_with_list(apdu: GetResponseWithList) -> Fields:
    return {
        "invoke_id_and_priority": _invoke_id(apdu.invoke_id),
        "results": [_result(result) for result in apdu.results],
    }


def _initiate_request(apdu: InitiateRequest) -> Fields:
    return {
        "dedicated_key": _hex(apdu.dedicated_key),
        "response_allowed": apdu.response_allowed,
        "proposed_quality_of_service": apdu.quality_of_service,
        "proposed_dlms_version_number": apdu.dlms_version,
        "proposed_conformance": _conformance(apdu.conformance),
        "client_max_receive_pdu_size": apdu.max_pdu,
    }


def _initiate_response(apdu: InitiateResponse) -> Fields:
    return {
        "negotiated_quality_of_service": apdu.quality_of_service,
        "negotiated_dlms_version_number": apdu.dlms_version,
        "negotiated_conformance": _conformance(apdu.conformance),
        "server_max_receive_pdu_size": apdu.max_pdu,
        "vaa_name": f"{apdu.vaa_name:04x}",
    }


def _confirmed_service_error(apdu: ConfirmedServiceError) -> Fields:
    return {
        "service": apdu.service.label,
        "error_type": apdu.error_type.label,
        "error": {"code": apdu.code, "name": apdu.name},
    }


def _exception_response(apdu: ExceptionResponse) -> Fields:
    fields: Fields = {
        "state_error": apdu.state_error.label,
        "service_error": apdu.service_error.label,
    }
    if apdu.invocation_counter is not None:
        fields["invocation_counter"] = apdu.invocation_counter
    return fields


def _aarq(apdu: Aarq) -> Fields:
    return {
        "protocol_version": apdu.protocol_version,
        "application_context": _context(apdu.application_context),
        "called_ap_title": _hex(apdu.called_ap_title),
        "calling_ap_title": _hex(apdu.calling_ap_title),
        "calling_ae_qualifier": _hex(apdu.calling_ae_qualifier),
        "calling_ae_invocation_id": apdu.calling_ae_invocation_id,
        "sender_acse_requirements": apdu.sender_acse_requirements,
        "mechanism": _label(apdu.mechanism),
        "calling_authentication_value": _hex(apdu.calling_authentication_value),
        "implementation_information": _hex(apdu.implementation_information),
        "user_information": _user_information(apdu.user_information),
    } | _unused(
        called_ae_qualifier=_hex(apdu.called_ae_qualifier),
        called_ap_invocation_id=apdu.called_ap_invocation_id,
        called_ae_invocation_id=apdu.called_ae_invocation_id,
        calling_ap_invocation_id=apdu.calling_ap_invocation_id,
    )


def _aare(apdu: Aare) -> Fields:
    return {
        "protocol_version": apdu.protocol_version,
        "application_context": _context(apdu.application_context),
        "result": apdu.result.label,
        "result_source_diagnostic": {
            "source": apdu.source.label,
            "code": int(apdu.diagnostic),
            "name": apdu.diagnostic.label,
        },
        "responding_ap_title": _hex(apdu.responding_ap_title),
        "responding_ae_qualifier": _hex(apdu.responding_ae_qualifier),
        "responding_ae_invocation_id": apdu.responding_ae_invocation_id,
        "responder_acse_requirements": apdu.responder_acse_requirements,
        "mechanism": _label(apdu.mechanism),
        "responding_authentication_value": _hex(apdu.responding_authentication_value),
        "implementation_information": _hex(apdu.implementation_information),
        "user_information": _user_information(apdu.user_information),
    } | _unused(responding_ap_invocation_id=apdu.responding_ap_invocation_id)


def _release(apdu: Rlrq | Rlre) -> Fields:
    return {
        "reason": _label(apdu.reason),
        "user_information": _user_information(apdu.user_information),
    }


_FIELDS: dict[type[Apdu], Callable[[Any], Fields]] = {
    Aare: _aare,
    Aarq: _aarq,
    ConfirmedServiceError: _confirmed_service_error,
    ExceptionResponse: _exception_response,
    GetRequestNext: _get_request_next,
    GetRequestNormal: _get_request_normal,
    GetRequestWithList: _get_request_with_list,
    GetResponseNormal: _get_response_normal,
    GetResponseWithDatablock: _get_response_with_datablock,
    GetResponseWithList: _get_response_with_list,
    InitiateRequest: _initiate_request,
    InitiateResponse: _initiate_response,
    Rlre: _release,
    Rlrq: _release,
}


def _invoke_id(invoke_id: InvokeId) -> Fields:
    return {
        "raw": f"{invoke_id.octet:02x}",
        "invoke_id": invoke_id.number,
        "confirmed": invoke_id.confirmed,
        "high_priority": invoke_id.high_priority,
    }


def _attribute(reference: AttributeReference) -> Fields:
    selection = reference.selection
    return {
        "class_id": reference.class_id,
        "instance_id": str(reference.obis),
        "attribute_id": reference.attribute,
        "access_selection": None
        if selection is None
        else {
            "selector": selection.selector,
            "parameters": describe_data(selection.parameters),
        },
    }


def _result(result: Data | DataAccessResult) -> Fields:
    if isinstance(result, Data):
        return {"data": describe_data(result)}
    return {"data_access_result": {"code": int(result), "name": result.label}}


def _conformance(conformance: Conformance) -> Fields:
    return {"raw": conformance.bits.hex(), "bits": list(conformance.labels)}


def _user_information(octets: bytes | None) -> Fields | None:
    if octets is None:
        return None
    try:
        apdu = decode_user_information(octets, lenient=True)
    except DecodeError:
        # Only a refusal may carry what nobody can read (P07); its octets say it all.
        return {"raw": octets.hex(), "apdu": None}
    described = _ciphered(octets) if apdu is None else describe(apdu)
    return {"raw": octets.hex(), "apdu": described}


def _ciphered(octets: bytes) -> Fields | None:
    """The header of a ciphered initiate APDU; None for anything else that is kept as octets.

    Service-specific ciphering (Green Book 9.2.7): tag, length, security control octet,
    invocation counter, ciphertext, and a tag of 12 octets where it is authenticated.
    """
    name = _CIPHERED_INITIATES.get(octets[0]) if octets else None
    if name is None or len(octets) < 7:
        return None
    control = octets[2]
    end = len(octets) - (_AUTHENTICATION_TAG if control & 0x10 else 0)
    return {
        "apdu": name,
        "security_control": {
            "raw": f"{control:02x}",
            "suite": control & 0x0F,
            "authenticated": bool(control & 0x10),
            "encrypted": bool(control & 0x20),
            "broadcast_key": bool(control & 0x40),
            "compressed": bool(control & 0x80),
        },
        "invocation_counter": int.from_bytes(octets[3:7], "big"),
        "ciphertext": octets[7:end].hex(),
        "tag": octets[end:].hex(),
    }


_CIPHERED_INITIATES = {0x21: "glo-initiate-request", 0x28: "glo-initiate-response"}
_AUTHENTICATION_TAG = 12  # octets


def _context(context: ApplicationContext) -> str:
    return _CONTEXTS.get(context, context.label)


def _label(code: OpenEnum | None) -> str | None:
    return None if code is None else code.label


def _hex(octets: bytes | None) -> str | None:
    return None if octets is None else octets.hex()


def _unused(**fields: Any) -> Fields:
    # What COSEM does not use is named only where a peer sends it all the same.
    return {name: value for name, value in fields.items() if value is not None}
