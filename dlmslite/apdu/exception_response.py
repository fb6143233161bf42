"""Exception-response: the peer could not serve the request at all.

It carries no invoke-id: it answers whatever is outstanding. Green Book 9.5
(ExceptionResponse).
"""

from __future__ import annotations

from typing import Any, ClassVar

import construct

from dlmslite.apdu.base import Apdu, Kind, register
from dlmslite.apdu.results import Coded
from dlmslite.codes import ServiceErrorReason, StateError
from dlmslite.records import frozen

TAG = 0xD8


@frozen(kw_only=True)
class ExceptionResponse(Apdu):
    """Why a request was not served.

    Attributes:
        state_error: Whether the service is not allowed now, or unknown.
        service_error: The reason.
        invocation_counter: The counter that the peer expects; only with
            ``INVOCATION_COUNTER_ERROR``.
    """

    NAME: ClassVar[str] = "exception-response"
    TAG: ClassVar[int] = TAG
    KIND: ClassVar[Kind] = Kind.REFUSAL
    _WIRE: ClassVar[Any] = construct.Struct(
        "tag" / construct.Const(bytes([TAG])),
        "state_error" / Coded(StateError),
        "service_error" / Coded(ServiceErrorReason),
        "invocation_counter"
        / construct.If(
            construct.this.service_error == ServiceErrorReason.INVOCATION_COUNTER_ERROR,
            construct.Int32ub,
        ),
    )

    state_error: StateError
    service_error: ServiceErrorReason
    invocation_counter: int | None = None


register(ExceptionResponse)
