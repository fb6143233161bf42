"""Strategies for APDUs and what they are made of."""

from __future__ import annotations

from hypothesis import strategies as st
from strategies.times import obis_codes
from strategies.values import data_values

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.confirmed_service_error import (
    ConfirmedService,
    ConfirmedServiceError,
    ErrorType,
)
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
from dlmslite.apdu.invoke_id import INVOKE_IDS, InvokeId
from dlmslite.apdu.rlre import Rlre
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.codes import (
    AcseProviderDiagnostic,
    AcseUserDiagnostic,
    ApplicationContext,
    AssociationResult,
    DataAccessResult,
    Mechanism,
    ReleaseRequestReason,
    ReleaseResponseReason,
    ServiceErrorReason,
    StateError,
)
from dlmslite.values.data import Data
from dlmslite.values.references import AccessSelection, AttributeReference


def invoke_ids() -> st.SearchStrategy[InvokeId]:
    """All 256 octets."""
    return st.sampled_from(INVOKE_IDS)


def attributes() -> st.SearchStrategy[AttributeReference]:
    """References with and without selection."""
    return st.builds(
        AttributeReference,
        st.integers(0, 0xFFFF),
        obis_codes(),
        st.integers(-0x80, 0x7F),
        st.none() | st.builds(AccessSelection, st.integers(0, 0xFF), data_values),
    )


def results() -> st.SearchStrategy[Data | DataAccessResult]:
    """A value, or a reason why there is none."""
    return data_values | st.sampled_from(DataAccessResult)


def conformances() -> st.SearchStrategy[Conformance]:
    """All sets of flags."""
    return st.integers(0, 0xFF_FFFF).map(Conformance)


def get_requests_normal() -> st.SearchStrategy[GetRequestNormal]:
    """With and without selection."""
    return st.builds(GetRequestNormal, invoke_ids(), attributes())


def get_responses_normal() -> st.SearchStrategy[GetResponseNormal]:
    """With a value or a reason."""
    return st.builds(GetResponseNormal, invoke_ids(), results())


def get_responses_with_datablock() -> st.SearchStrategy[GetResponseWithDatablock]:
    """With octets or a reason."""
    return st.builds(
        GetResponseWithDatablock,
        invoke_ids(),
        st.booleans(),
        st.integers(0, 0xFFFF_FFFF),
        st.binary(max_size=300) | st.sampled_from(DataAccessResult),
    )


def get_apdus() -> st.SearchStrategy[Apdu]:
    """Every kind of GET."""
    return st.one_of(
        get_requests_normal(),
        st.builds(GetRequestNext, invoke_ids(), st.integers(0, 0xFFFF_FFFF)),
        st.builds(GetRequestWithList, invoke_ids(), st.lists(attributes(), max_size=3).map(tuple)),
        get_responses_normal(),
        get_responses_with_datablock(),
        st.builds(GetResponseWithList, invoke_ids(), st.lists(results(), max_size=3).map(tuple)),
    )


def initiate_requests() -> st.SearchStrategy[InitiateRequest]:
    """Every field present and absent."""
    return st.builds(
        InitiateRequest,
        dedicated_key=st.none() | st.binary(min_size=16, max_size=32),
        response_allowed=st.booleans(),
        quality_of_service=st.none() | st.integers(-0x80, 0x7F),
        dlms_version=st.integers(0, 0xFF),
        conformance=conformances(),
        max_pdu=st.integers(0, 0xFFFF),
    )


def initiate_responses() -> st.SearchStrategy[InitiateResponse]:
    """Every field present and absent."""
    return st.builds(
        InitiateResponse,
        quality_of_service=st.none() | st.integers(-0x80, 0x7F),
        dlms_version=st.integers(0, 0xFF),
        conformance=conformances(),
        max_pdu=st.integers(0, 0xFFFF),
        vaa_name=st.integers(0, 0xFFFF),
    )


def confirmed_service_errors() -> st.SearchStrategy[ConfirmedServiceError]:
    """Defined codes of the kinds that meters use."""
    return st.builds(
        ConfirmedServiceError,
        service=st.sampled_from(ConfirmedService),
        error_type=st.sampled_from([ErrorType.INITIATE, ErrorType.ACCESS, ErrorType.TASK]),
        code=st.integers(0, 4),
    )


def exception_responses() -> st.SearchStrategy[ExceptionResponse]:
    """With the counter exactly where it belongs."""
    without = st.builds(
        ExceptionResponse,
        state_error=st.sampled_from(StateError),
        service_error=st.sampled_from(
            [r for r in ServiceErrorReason if r != ServiceErrorReason.INVOCATION_COUNTER_ERROR]
        ),
    )
    with_counter = st.builds(
        ExceptionResponse,
        state_error=st.sampled_from(StateError),
        service_error=st.just(ServiceErrorReason.INVOCATION_COUNTER_ERROR),
        invocation_counter=st.integers(0, 0xFFFF_FFFF),
    )
    return without | with_counter


_BITS = st.none() | st.text("01", max_size=20)
_TITLE = st.none() | st.binary(max_size=200)
_NUMBER = st.none() | st.integers(-0x8000_0000, 0x7FFF_FFFF)
_SECRET = st.none() | st.binary(max_size=64)


def aarqs() -> st.SearchStrategy[Aarq]:
    """Every field present and absent; lengths on both sides of 127."""
    return st.builds(
        Aarq,
        protocol_version=_BITS,
        application_context=st.sampled_from(ApplicationContext),
        called_ap_title=_TITLE,
        called_ae_qualifier=_TITLE,
        called_ap_invocation_id=_NUMBER,
        called_ae_invocation_id=_NUMBER,
        calling_ap_title=_TITLE,
        calling_ae_qualifier=_TITLE,
        calling_ap_invocation_id=_NUMBER,
        calling_ae_invocation_id=_NUMBER,
        sender_acse_requirements=_BITS,
        mechanism=st.none() | st.sampled_from(Mechanism),
        calling_authentication_value=_SECRET,
        implementation_information=_SECRET,
        user_information=st.none() | initiate_requests().map(InitiateRequest.encode),
    )


def aares() -> st.SearchStrategy[Aare]:
    """Acceptances and refusals."""
    return st.builds(
        Aare,
        protocol_version=_BITS,
        application_context=st.sampled_from(ApplicationContext),
        result=st.sampled_from(AssociationResult),
        diagnostic=st.sampled_from(AcseUserDiagnostic) | st.sampled_from(AcseProviderDiagnostic),
        responding_ap_title=_TITLE,
        responding_ae_qualifier=_TITLE,
        responding_ap_invocation_id=_NUMBER,
        responding_ae_invocation_id=_NUMBER,
        responder_acse_requirements=_BITS,
        mechanism=st.none() | st.sampled_from(Mechanism),
        responding_authentication_value=_SECRET,
        implementation_information=_SECRET,
        user_information=st.none()
        | initiate_responses().map(InitiateResponse.encode)
        | confirmed_service_errors().map(ConfirmedServiceError.encode),
    )


def releases() -> st.SearchStrategy[Rlrq | Rlre]:
    """Requests and responses, with and without a reason."""
    return st.builds(
        Rlrq,
        reason=st.none() | st.sampled_from(ReleaseRequestReason),
        user_information=_SECRET,
    ) | st.builds(
        Rlre,
        reason=st.none() | st.sampled_from(ReleaseResponseReason),
        user_information=_SECRET,
    )


def apdus() -> st.SearchStrategy[Apdu]:
    """Every APDU of the package."""
    return st.one_of(
        get_apdus(),
        aarqs(),
        aares(),
        releases(),
        initiate_requests(),
        initiate_responses(),
        confirmed_service_errors(),
        exception_responses(),
    )
