"""AARE: the association response.

BER fields in the order of their tags; the agreed xDLMS context, or the reason why there is none,
stands in the user-information. Green Book 9.3.2 (the service) and 9.5 (AARE-apdu).
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import construct
from attrs import field

from dlmslite.apdu.acse import (
    APPLICATION_CONTEXT,
    IMPLEMENTATION_INFORMATION,
    USER_INFORMATION,
    decode_user_information,
    mechanism_name,
)
from dlmslite.apdu.base import Apdu, Kind, register
from dlmslite.apdu.results import Coded
from dlmslite.codes import (
    AcseProviderDiagnostic,
    AcseUserDiagnostic,
    ApplicationContext,
    AssociationResult,
    DiagnosticSource,
    Mechanism,
)
from dlmslite.encoding import ber
from dlmslite.errors import DecodeError
from dlmslite.records import frozen

TAG = 0x61

Diagnostic = AcseUserDiagnostic | AcseProviderDiagnostic


class _SourceDiagnostic(construct.Adapter):
    """Associate-source-diagnostic: a choice whose tag says who diagnosed."""

    def __init__(self) -> None:
        user = ber.Field(ber.INTEGER, Coded(AcseUserDiagnostic, ber.Integer()), what="diagnostic")
        provider = ber.Field(
            ber.INTEGER, Coded(AcseProviderDiagnostic, ber.Integer()), what="diagnostic"
        )
        super().__init__(
            construct.Struct(
                "user" / ber.Field(0xA1, user, what="acse-service-user", optional=True),
                "provider" / ber.Field(0xA2, provider, what="acse-service-provider", optional=True),
            )
        )

    def _decode(self, obj: Any, _context: object, _path: str) -> Diagnostic:
        if (obj.user is None) == (obj.provider is None):
            raise DecodeError("bad-ber-tag", "a diagnostic is the user's or the provider's")
        diagnostic: Diagnostic = obj.provider if obj.user is None else obj.user
        return diagnostic

    def _encode(self, obj: Diagnostic, _context: object, _path: str) -> dict[str, Any]:
        is_provider = isinstance(obj, AcseProviderDiagnostic)
        return {"user": None if is_provider else obj, "provider": obj if is_provider else None}


@frozen(kw_only=True)
class Aare(Apdu):
    """Answers an association request. Fields that are absent on the wire are None.

    Attributes:
        protocol_version: A bit string as text; absent means version 1.
        application_context: Logical or short names, ciphered or not.
        result: Accepted, or refused for good or for now.
        diagnostic: Why; its class says who diagnosed.
        responding_ap_title: The server's system title.
        responding_ae_qualifier: The server's certificate for digital signature.
        responding_ap_invocation_id: COSEM does not use it.
        responding_ae_invocation_id: The same.
        responder_acse_requirements: A bit string as text; "1" where authentication is used.
        mechanism: How the client is to authenticate itself.
        responding_authentication_value: The server's challenge; never shown.
        implementation_information: Octets of an OCTET STRING with its tag.
        user_information: The octets of an initiate-response, plain or ciphered, or of a
            confirmed-service-error.
    """

    NAME: ClassVar[str] = "aare"
    TAG: ClassVar[int] = TAG
    KIND: ClassVar[Kind] = Kind.AARE
    _WIRE: ClassVar[Any] = ber.Field(
        TAG,
        construct.Struct(
            "protocol_version" / ber.bit_string(0x80, what="protocol-version"),
            "application_context" / APPLICATION_CONTEXT,
            "result"
            / ber.Field(
                0xA2,
                ber.Field(ber.INTEGER, Coded(AssociationResult, ber.Integer()), what="result"),
                what="result",
                missing="missing-field",
            ),
            "diagnostic"
            / ber.Field(
                0xA3, _SourceDiagnostic(), what="source-diagnostic", missing="missing-field"
            ),
            "responding_ap_title" / ber.octet_string(0xA4, what="responding-AP-title"),
            "responding_ae_qualifier" / ber.octet_string(0xA5, what="responding-AE-qualifier"),
            "responding_ap_invocation_id" / ber.integer(0xA6, what="responding-AP-invocation-id"),
            "responding_ae_invocation_id" / ber.integer(0xA7, what="responding-AE-invocation-id"),
            "responder_acse_requirements"
            / ber.bit_string(0x88, what="responder-acse-requirements"),
            "mechanism" / mechanism_name(0x89),
            "responding_authentication_value"
            / ber.octet_string(0xAA, inner=0x80, what="responding-authentication-value"),
            "implementation_information" / IMPLEMENTATION_INFORMATION,
            "user_information" / USER_INFORMATION,
            ber.EndOfFields(),
        ),
        what="aare",
    )

    protocol_version: str | None = None
    application_context: ApplicationContext = ApplicationContext.LN
    result: AssociationResult = AssociationResult.ACCEPTED
    diagnostic: Diagnostic = AcseUserDiagnostic.NULL
    responding_ap_title: bytes | None = None
    responding_ae_qualifier: bytes | None = None
    responding_ap_invocation_id: int | None = None
    responding_ae_invocation_id: int | None = None
    responder_acse_requirements: str | None = None
    mechanism: Mechanism | None = None
    responding_authentication_value: bytes | None = field(default=None, repr=False)
    implementation_information: bytes | None = None
    user_information: bytes | None = None

    @property
    def source(self) -> DiagnosticSource:
        """Who diagnosed."""
        if isinstance(self.diagnostic, AcseProviderDiagnostic):
            return DiagnosticSource.ACSE_SERVICE_PROVIDER
        return DiagnosticSource.ACSE_SERVICE_USER

    @classmethod
    def decode(cls, octets: bytes, *, lenient: bool = False) -> Self:
        """The response in these octets (see ``Apdu.decode``).

        The user-information of an acceptance is sound too; that of a refusal may be anything, so
        that the refusal is never lost.
        """
        aare = super().decode(octets, lenient=lenient)
        if aare.result is AssociationResult.ACCEPTED:
            aare.context(lenient=lenient)
        return aare

    def context(self, *, lenient: bool = False) -> Apdu | None:
        """The initiate-response or confirmed-service-error inside.

        Returns:
            The APDU; None when there is none, or when it is ciphered.

        Raises:
            DecodeError: The user-information is unsound.
        """
        return decode_user_information(self.user_information, lenient=lenient)


register(Aare)
