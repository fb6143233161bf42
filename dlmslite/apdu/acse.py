"""What the four ACSE APDUs share: their names as object identifiers, and user-information.

Application contexts are 2.16.756.5.8.1.n, mechanisms 2.16.756.5.8.2.n. User-information is an
OCTET STRING under the tag ``BE``, in which an xDLMS APDU travels: plain, an initiate APDU or a
confirmed-service-error; ciphered, it is kept as octets for whoever has the key.
Green Book 9.4.
"""

from __future__ import annotations

import construct

from dlmslite.apdu.base import DECODERS, Apdu, Kind
from dlmslite.apdu.results import Coded
from dlmslite.codes import ApplicationContext, Mechanism, OpenEnum
from dlmslite.encoding import ber
from dlmslite.errors import DecodeError

# 2.16.756.5.8: joint-iso-itu-t, country, Switzerland, DLMS UA, its objects.
DLMS_UA = bytes.fromhex("608574 0508")
APPLICATION_CONTEXTS = DLMS_UA + b"\x01"
MECHANISMS = DLMS_UA + b"\x02"


class _Named(construct.Adapter):
    """The last arc of an object identifier as a member of an enumeration, defined or not."""

    def __init__(self, prefix: bytes, kind: type[OpenEnum]) -> None:
        super().__init__(ber.LastArc(prefix))
        self._kind = kind

    def _decode(self, obj: int, _context: object, _path: str) -> OpenEnum:
        return self._kind(obj)

    def _encode(self, obj: OpenEnum, _context: object, _path: str) -> int:
        return int(obj)


APPLICATION_CONTEXT = ber.Field(
    0xA1,
    ber.Field(
        ber.OBJECT_IDENTIFIER,
        _Named(APPLICATION_CONTEXTS, ApplicationContext),
        what="application-context-name",
    ),
    what="application-context-name",
    missing="missing-field",
)
IMPLEMENTATION_INFORMATION = ber.Field(
    0xBD, construct.GreedyBytes, what="implementation-information", optional=True
)
USER_INFORMATION = ber.octet_string(0xBE, what="user-information")


def mechanism_name(tag: int) -> ber.Field:
    """An authentication mechanism under the tag that AARQ or AARE has for it."""
    return ber.Field(tag, _Named(MECHANISMS, Mechanism), what="mechanism-name", optional=True)


def release_reason(kind: type[OpenEnum]) -> ber.Field:
    """The reason of a release APDU."""
    return ber.Field(0x80, Coded(kind, ber.Integer()), what="reason", optional=True)


def decode_user_information(octets: bytes | None, *, lenient: bool = False) -> Apdu | None:
    """The APDU inside.

    Args:
        octets: The user-information of an ACSE APDU.
        lenient: As in ``Apdu.decode``.

    Returns:
        The APDU; None when there is none, or when it is ciphered.

    Raises:
        DecodeError: It is plain and unsound; offsets count from its own start.
    """
    decoder = DECODERS.get(octets[0]) if octets else None
    if decoder is None or octets is None:
        return None
    apdu = decoder(octets, lenient)
    if apdu.KIND not in {Kind.CONTEXT, Kind.REFUSAL}:
        raise DecodeError("bad-choice", f"{apdu.NAME} has no place in user-information")
    return apdu
