"""Confirmed-service-error: the error a peer returns before it knows the service.

Two choices and a code: the service that failed, the kind of error, and its number, whose names
depend on the kind. It carries no invoke-id. Green Book 9.5 (ConfirmedServiceError,
ServiceError).
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import construct

from dlmslite.apdu.base import Apdu, Kind, register
from dlmslite.apdu.results import Coded
from dlmslite.codes import OpenEnum
from dlmslite.errors import DecodeError
from dlmslite.records import frozen

TAG = 0x0E


class ConfirmedService(OpenEnum):
    """The service that failed; all but the first are services of short-name referencing."""

    INITIATE_ERROR = 1
    GET_STATUS = 2
    GET_NAME_LIST = 3
    GET_VARIABLE_ATTRIBUTE = 4
    READ = 5
    WRITE = 6
    GET_DATA_SET_ATTRIBUTE = 7
    GET_TI_ATTRIBUTE = 8
    CHANGE_SCOPE = 9
    START = 10
    STOP = 11
    RESUME = 12
    MAKE_USABLE = 13
    INITIATE_LOAD = 14
    LOAD_SEGMENT = 15
    TERMINATE_LOAD = 16
    INITIATE_UP_LOAD = 17
    UP_LOAD_SEGMENT = 18
    TERMINATE_UP_LOAD = 19


class ErrorType(OpenEnum):
    """The kind of error; it decides what a code means."""

    APPLICATION_REFERENCE = 0
    HARDWARE_RESOURCE = 1
    VDE_STATE_ERROR = 2
    SERVICE = 3
    DEFINITION = 4
    ACCESS = 5
    INITIATE = 6
    LOAD_DATA_SET = 7
    CHANGE_SCOPE = 8
    TASK = 9
    OTHER = 10


# The names of the codes, from 0 on, as the standard writes them.
_NAMES: dict[ErrorType, tuple[str, ...]] = {
    ErrorType.APPLICATION_REFERENCE: (
        "other",
        "time-elapsed",
        "application-unreachable",
        "application-reference-invalid",
        "application-context-unsupported",
        "provider-communication-error",
        "deciphering-error",
    ),
    ErrorType.HARDWARE_RESOURCE: (
        "other",
        "memory-unavailable",
        "processor-resource-unavailable",
        "mass-storage-unavailable",
        "other-resource-unavailable",
    ),
    ErrorType.VDE_STATE_ERROR: (
        "other",
        "no-dlms-context",
        "loading-data-set",
        "status-nochange",
        "status-inoperable",
    ),
    ErrorType.SERVICE: ("other", "pdu-size", "service-unsupported"),
    ErrorType.DEFINITION: (
        "other",
        "object-undefined",
        "object-class-inconsistent",
        "object-attribute-inconsistent",
    ),
    ErrorType.ACCESS: (
        "other",
        "scope-of-access-violated",
        "object-access-violated",
        "hardware-fault",
        "object-unavailable",
    ),
    ErrorType.INITIATE: (
        "other",
        "dlms-version-too-low",
        "incompatible-conformance",
        "pdu-size-too-short",
        "refused-by-the-VDE-Handler",
    ),
    ErrorType.LOAD_DATA_SET: (
        "other",
        "primitive-out-of-sequence",
        "not-loadable",
        "dataset-size-too-large",
        "not-awaited-segment",
        "interpretation-failure",
        "storage-failure",
        "data-set-not-ready",
    ),
    ErrorType.CHANGE_SCOPE: ("other",),
    ErrorType.TASK: ("other", "no-remote-control", "ti-stopped", "ti-running", "ti-unusable"),
    ErrorType.OTHER: ("other",),
}


@frozen(kw_only=True)
class ConfirmedServiceError(Apdu):
    """What failed, and why.

    Attributes:
        service: The service that failed.
        error_type: The kind of error.
        code: Its number; ``name`` says what it means.
    """

    NAME: ClassVar[str] = "confirmed-service-error"
    TAG: ClassVar[int] = TAG
    KIND: ClassVar[Kind] = Kind.REFUSAL
    _WIRE: ClassVar[Any] = construct.Struct(
        "tag" / construct.Const(bytes([TAG])),
        "service" / Coded(ConfirmedService, code="bad-choice"),
        "error_type" / Coded(ErrorType, code="bad-choice"),
        "code" / construct.Byte,
    )

    service: ConfirmedService
    error_type: ErrorType
    code: int

    @property
    def is_defined(self) -> bool:
        """Whether the standard defines the code for this kind of error."""
        return self.code < len(_NAMES.get(self.error_type, ()))

    @property
    def name(self) -> str:
        """The code as the standard writes it, or ``unknown-…``."""
        return _NAMES[self.error_type][self.code] if self.is_defined else f"unknown-{self.code}"

    @classmethod
    def decode(cls, octets: bytes, *, lenient: bool = False) -> Self:
        """The error in these octets (see ``Apdu.decode``).

        Raises:
            DecodeError: They are none; ``bad-enum`` for an undefined code.
        """
        error = super().decode(octets, lenient=lenient)
        if not lenient and not error.is_defined:
            raise DecodeError(
                "bad-enum", f"{error.error_type.label} {error.code} is not defined", offset=3
            )
        return error


register(ConfirmedServiceError)
