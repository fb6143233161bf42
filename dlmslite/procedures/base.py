"""A procedure: a generator that yields requests and is sent the answers.

What it yields is one of four steps. Whoever runs it performs the step and sends the outcome back;
a refusal of the meter (``ServiceError``) is thrown into the generator, so that it may try another
way. What the generator returns is the result.

=============  ==========================================  =====================================
step           what the runner does                        what the generator is sent
=============  ==========================================  =====================================
``Ask``        sends the request, waits for the answer     the answer, an APDU
``AskBlocks``  sends a GET whose answer may be long        the first ``Block``
``More``       asks for the next block                     the next ``Block``
``Emit``       hands a value to the caller, as it arrives  None
=============  ==========================================  =====================================
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import Any, TypeVar

from attrs import Factory

from dlmslite.apdu.base import Apdu
from dlmslite.apdu.confirmed_service_error import ConfirmedServiceError
from dlmslite.apdu.exception_response import ExceptionResponse
from dlmslite.apdu.get import GetResponseNormal, GetResponseWithDatablock
from dlmslite.codes import DataAccessResult
from dlmslite.errors import ProtocolError, ServiceError
from dlmslite.records import define, frozen

T = TypeVar("T")


@frozen
class Ask:
    """Send a request and wait for its whole answer."""

    request: Apdu


@frozen
class AskBlocks:
    """Send a GET and take its answer block by block, in constant memory."""

    request: Apdu


@frozen
class More:
    """Ask for the next block of the transfer in progress."""


@define(eq=False)
class Transfer:
    """A long answer that is being taken block by block.

    Attributes:
        blocks: What has arrived and was not yet taken.
    """

    blocks: deque[Block] = Factory(deque)


@frozen
class Emit:
    """Hand a value to the caller before the procedure ends."""

    value: Any


@frozen
class Block:
    """One piece of a long answer.

    Attributes:
        octets: Raw data, cut anywhere.
        last: Whether it ends the answer.
    """

    octets: bytes
    last: bool


Step = Ask | AskBlocks | More | Emit
Procedure = Generator[Step, Any, T]


_HINTS = {
    DataAccessResult.READ_WRITE_DENIED: "this client address may not read it",
    DataAccessResult.OBJECT_UNDEFINED: "the meter has no such object; `dlmslite objects` lists all",
    DataAccessResult.OBJECT_CLASS_INCONSISTENT: "the object is of another class",
    DataAccessResult.SCOPE_OF_ACCESS_VIOLATED: "this client address may not read it",
    DataAccessResult.TEMPORARY_FAILURE: "try again later",
    DataAccessResult.HARDWARE_FAULT: "the meter reports a hardware fault",
}


def refusal(result: DataAccessResult, target: str = "") -> ServiceError:
    """The error that a data-access-result is, with what to do about it."""
    subject = f"{target}: " if target else ""
    return ServiceError(
        f"{subject}{result.label}", hint=_HINTS.get(result, ""), result=result, target=target
    )


def checked(answer: Apdu) -> Apdu:
    """The answer, unless it refuses whatever was asked.

    Raises:
        ServiceError: It does; its result is the reason.
    """
    if isinstance(answer, ExceptionResponse):
        raise ServiceError(
            f"the meter did not serve the request: {answer.state_error.label}, "
            f"{answer.service_error.label}",
            result=answer.service_error,
        )
    if isinstance(answer, ConfirmedServiceError):
        raise ServiceError(
            f"the meter did not serve the request: {answer.service.label}, {answer.name}",
            result=answer,
        )
    return answer


def whole_block(answer: Apdu) -> Block:
    """An answer that came whole instead of in blocks: its value is the one block there is.

    Raises:
        ServiceError: It refuses, or has no value.
        ProtocolError: It answers no GET.
    """
    match checked(answer):
        case GetResponseNormal(_, result) | GetResponseWithDatablock(result=result):
            if isinstance(result, DataAccessResult):
                raise refusal(result)
            return Block(result if isinstance(result, bytes) else result.octets, last=True)
        case other:
            raise ProtocolError(f"a GET was answered with {type(other).__name__}")
