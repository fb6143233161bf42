"""AARQ: the association request.

BER fields in the order of their tags; the xDLMS context that is proposed stands in the
user-information. Green Book 9.3.2 (the service) and 9.5 (AARQ-apdu).
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
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.codes import ApplicationContext, Mechanism
from dlmslite.encoding import ber
from dlmslite.records import frozen

TAG = 0x60
ANSWER_TAG = 0x61  # AARE
AUTHENTICATION = "1"  # the functional unit that ACSE requirements ask for, as a bit string


@frozen(kw_only=True)
class Aarq(Apdu):
    """Asks for an association. Fields that are absent on the wire are None.

    Attributes:
        protocol_version: A bit string as text; absent means version 1.
        application_context: Logical or short names, ciphered or not.
        called_ap_title: The server's system title.
        called_ae_qualifier: As the standard has it; COSEM does not use it.
        called_ap_invocation_id: The same.
        called_ae_invocation_id: The same.
        calling_ap_title: The client's system title; only with ciphering or HLS (some meters
            refuse it otherwise).
        calling_ae_qualifier: The client's certificate for digital signature.
        calling_ap_invocation_id: COSEM does not use it.
        calling_ae_invocation_id: The client user's id.
        sender_acse_requirements: A bit string as text; "1" where authentication is used.
        mechanism: How the client authenticates itself.
        calling_authentication_value: The password or the challenge; never shown.
        implementation_information: Octets of an OCTET STRING with its tag.
        user_information: The octets of an initiate-request, plain or ciphered.
    """

    NAME: ClassVar[str] = "aarq"
    TAG: ClassVar[int] = TAG
    KIND: ClassVar[Kind] = Kind.AARQ
    ANSWER_TAG: ClassVar[int | None] = ANSWER_TAG
    _WIRE: ClassVar[Any] = ber.Field(
        TAG,
        construct.Struct(
            "protocol_version" / ber.bit_string(0x80, what="protocol-version"),
            "application_context" / APPLICATION_CONTEXT,
            "called_ap_title" / ber.octet_string(0xA2, what="called-AP-title"),
            "called_ae_qualifier" / ber.octet_string(0xA3, what="called-AE-qualifier"),
            "called_ap_invocation_id" / ber.integer(0xA4, what="called-AP-invocation-id"),
            "called_ae_invocation_id" / ber.integer(0xA5, what="called-AE-invocation-id"),
            "calling_ap_title" / ber.octet_string(0xA6, what="calling-AP-title"),
            "calling_ae_qualifier" / ber.octet_string(0xA7, what="calling-AE-qualifier"),
            "calling_ap_invocation_id" / ber.integer(0xA8, what="calling-AP-invocation-id"),
            "calling_ae_invocation_id" / ber.integer(0xA9, what="calling-AE-invocation-id"),
            "sender_acse_requirements" / ber.bit_string(0x8A, what="sender-acse-requirements"),
            "mechanism" / mechanism_name(0x8B),
            "calling_authentication_value"
            / ber.octet_string(0xAC, inner=0x80, what="calling-authentication-value"),
            "implementation_information" / IMPLEMENTATION_INFORMATION,
            "user_information" / USER_INFORMATION,
            ber.EndOfFields(),
        ),
        what="aarq",
    )

    protocol_version: str | None = None
    application_context: ApplicationContext = ApplicationContext.LN
    called_ap_title: bytes | None = None
    called_ae_qualifier: bytes | None = None
    called_ap_invocation_id: int | None = None
    called_ae_invocation_id: int | None = None
    calling_ap_title: bytes | None = None
    calling_ae_qualifier: bytes | None = None
    calling_ap_invocation_id: int | None = None
    calling_ae_invocation_id: int | None = None
    sender_acse_requirements: str | None = None
    mechanism: Mechanism | None = None
    calling_authentication_value: bytes | None = field(default=None, repr=False)
    implementation_information: bytes | None = None
    user_information: bytes | None = field(default=None, repr=False)

    @classmethod
    def asking(
        cls,
        initiate: InitiateRequest,
        *,
        password: bytes | None = None,
        bare_tag: bool = False,
    ) -> Self:
        """A plain request with logical names, without authentication or with a password (LLS).

        Args:
            initiate: The context to propose.
            password: The low-level secret; None asks for the lowest level, no authentication.
            bare_tag: As in ``InitiateRequest.encode``.
        """
        user_information = initiate.encode(bare_tag=bare_tag)
        if password is None:
            return cls(user_information=user_information)
        return cls(
            sender_acse_requirements=AUTHENTICATION,
            mechanism=Mechanism.LLS,
            calling_authentication_value=password,
            user_information=user_information,
        )

    @classmethod
    def decode(cls, octets: bytes, *, lenient: bool = False) -> Self:
        """The request in these octets (see ``Apdu.decode``); its user-information is sound too."""
        aarq = super().decode(octets, lenient=lenient)
        aarq.proposal(lenient=lenient)
        return aarq

    def proposal(self, *, lenient: bool = False) -> Apdu | None:
        """The initiate-request inside, or None when there is none or it is ciphered.

        Raises:
            DecodeError: The user-information is unsound.
        """
        return decode_user_information(self.user_information, lenient=lenient)


register(Aarq)
