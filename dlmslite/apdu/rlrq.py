"""RLRQ: the request to release an association.

Green Book 9.3.3 (the service) and 9.5 (RLRQ-apdu).
"""

from __future__ import annotations

from typing import Any, ClassVar

import construct
from attrs import field

from dlmslite.apdu.acse import USER_INFORMATION, release_reason
from dlmslite.apdu.base import Apdu, Kind, register
from dlmslite.codes import ReleaseRequestReason
from dlmslite.encoding import ber
from dlmslite.records import frozen

TAG = 0x62
ANSWER_TAG = 0x63  # RLRE


@frozen(kw_only=True)
class Rlrq(Apdu):
    """Asks for the end of an association.

    Attributes:
        reason: Why, or None.
        user_information: In a ciphered context an initiate-request, ciphered; None when absent.
    """

    NAME: ClassVar[str] = "rlrq"
    TAG: ClassVar[int] = TAG
    KIND: ClassVar[Kind] = Kind.RLRQ
    ANSWER_TAG: ClassVar[int | None] = ANSWER_TAG
    _WIRE: ClassVar[Any] = ber.Field(
        TAG,
        construct.Struct(
            "reason" / release_reason(ReleaseRequestReason),
            "user_information" / USER_INFORMATION,
            ber.EndOfFields(),
        ),
        what="rlrq",
    )

    reason: ReleaseRequestReason | None = ReleaseRequestReason.NORMAL
    user_information: bytes | None = field(default=None, repr=False)


register(Rlrq)
