"""RLRE: the answer to a release request.

Green Book 9.3.3 (the service) and 9.5 (RLRE-apdu).
"""

from __future__ import annotations

from typing import Any, ClassVar

import construct
from attrs import field

from dlmslite.apdu.acse import USER_INFORMATION, release_reason
from dlmslite.apdu.base import Apdu, Kind, register
from dlmslite.codes import ReleaseResponseReason
from dlmslite.encoding import ber
from dlmslite.records import frozen

TAG = 0x63


@frozen(kw_only=True)
class Rlre(Apdu):
    """Answers a release request.

    Attributes:
        reason: How it was answered, or None.
        user_information: In a ciphered context an initiate-response, ciphered; None when absent.
    """

    NAME: ClassVar[str] = "rlre"
    TAG: ClassVar[int] = TAG
    KIND: ClassVar[Kind] = Kind.RLRE
    _WIRE: ClassVar[Any] = ber.Field(
        TAG,
        construct.Struct(
            "reason" / release_reason(ReleaseResponseReason),
            "user_information" / USER_INFORMATION,
            ber.EndOfFields(),
        ),
        what="rlre",
    )

    reason: ReleaseResponseReason | None = ReleaseResponseReason.NORMAL
    user_information: bytes | None = field(default=None, repr=False)


register(Rlre)
