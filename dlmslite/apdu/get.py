"""GET: reads attributes by logical name; normal, next block, with list, and the responses.

Green Book 9.3.6 (the service) and 9.5 (Get-Request, Get-Response). Normal request and
response run once for every read: they are decoded and encoded by hand beside their declarations,
and a property test holds the two equal.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, ClassVar, Self, TypeVar

import construct
from attrs import field

from dlmslite.apdu.attribute import ATTRIBUTE
from dlmslite.apdu.base import DECODERS, Apdu, Kind
from dlmslite.apdu.invoke_id import INVOKE_ID_AND_PRIORITY, INVOKE_IDS, InvokeId
from dlmslite.apdu.results import RESULT, value_or_code
from dlmslite.codes import DataAccessResult
from dlmslite.encoding import axdr
from dlmslite.errors import DecodeError, EncodeError
from dlmslite.records import frozen
from dlmslite.values.data import Data
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference

REQUEST_TAG = 0xC0
RESPONSE_TAG = 0xC4
NORMAL = 1  # the choices of Get-Request and Get-Response
NEXT = WITH_DATABLOCK = 2
WITH_LIST = 3

Kinds = TypeVar("Kinds")

_REQUEST_NORMAL = construct.Struct(
    "head" / construct.Const(bytes([REQUEST_TAG, NORMAL])),
    "invoke_id" / INVOKE_ID_AND_PRIORITY,
    "attribute" / ATTRIBUTE,
)
_REQUEST_NEXT = construct.Struct(
    "head" / construct.Const(bytes([REQUEST_TAG, NEXT])),
    "invoke_id" / INVOKE_ID_AND_PRIORITY,
    "block_number" / construct.Int32ub,
)
_REQUEST_WITH_LIST = construct.Struct(
    "head" / construct.Const(bytes([REQUEST_TAG, WITH_LIST])),
    "invoke_id" / INVOKE_ID_AND_PRIORITY,
    "attributes" / axdr.sequence_of(ATTRIBUTE),
)
_RESPONSE_NORMAL = construct.Struct(
    "head" / construct.Const(bytes([RESPONSE_TAG, NORMAL])),
    "invoke_id" / INVOKE_ID_AND_PRIORITY,
    "result" / RESULT,
)
_RESPONSE_WITH_DATABLOCK = construct.Struct(
    "head" / construct.Const(bytes([RESPONSE_TAG, WITH_DATABLOCK])),
    "invoke_id" / INVOKE_ID_AND_PRIORITY,
    "last" / construct.Flag,
    "block_number" / construct.Int32ub,
    "result" / value_or_code(axdr.OCTETS),
)
_RESPONSE_WITH_LIST = construct.Struct(
    "head" / construct.Const(bytes([RESPONSE_TAG, WITH_LIST])),
    "invoke_id" / INVOKE_ID_AND_PRIORITY,
    "results" / axdr.sequence_of(RESULT),
)

# The request without access selection, which is nearly every one: head, invoke-id, class,
# logical name, attribute, and 00 for no selection.
_PLAIN_REQUEST = struct.Struct(">2sBH6sbB")
_REQUEST_HEAD = bytes([REQUEST_TAG, NORMAL])
_RESPONSE_HEAD = bytes([RESPONSE_TAG, NORMAL])


def _attributes(items: Iterable[AttributeReference]) -> tuple[AttributeReference, ...]:
    return tuple(items)


def _results(items: Iterable[Data | DataAccessResult]) -> tuple[Data | DataAccessResult, ...]:
    return tuple(items)


@frozen
class GetRequestNormal(Apdu):
    """Asks for one attribute, or a part of it.

    Attributes:
        invoke_id: By which the answer is matched.
        attribute: What is wanted.
    """

    NAME: ClassVar[str] = "get-request-normal"
    TAG: ClassVar[int] = REQUEST_TAG
    KIND: ClassVar[Kind] = Kind.REQUEST
    ANSWER_TAG: ClassVar[int | None] = RESPONSE_TAG
    _WIRE: ClassVar[Any] = _REQUEST_NORMAL

    invoke_id: InvokeId
    attribute: AttributeReference

    @classmethod
    def decode(cls, octets: bytes, *, lenient: bool = False) -> Self:
        """By hand where no selection follows; otherwise as declared (see ``Apdu.decode``)."""
        if len(octets) == _PLAIN_REQUEST.size and not octets[-1]:
            head, invoke_id, class_id, obis, attribute, _ = _PLAIN_REQUEST.unpack(octets)
            if head == _REQUEST_HEAD:
                return cls(
                    INVOKE_IDS[invoke_id], AttributeReference(class_id, Obis(obis), attribute)
                )
        return super().decode(octets, lenient=lenient)

    def encode(self) -> bytes:
        """By hand where there is no selection; otherwise as declared (see ``Apdu.encode``)."""
        attribute = self.attribute
        if attribute.selection is not None:
            return super().encode()
        try:
            return _PLAIN_REQUEST.pack(
                _REQUEST_HEAD,
                self.invoke_id.octet,
                attribute.class_id,
                attribute.obis.octets,
                attribute.attribute,
                0,
            )
        except struct.error as error:
            raise EncodeError(f"get-request-normal of {attribute}: {error}") from error

    def under(self, invoke_id: InvokeId) -> Self:
        """The same request with another invoke-id."""
        return type(self)(invoke_id, self.attribute)


@frozen
class GetRequestNext(Apdu):
    """Asks for the next block of a response.

    Attributes:
        invoke_id: That of the request whose answer comes in blocks.
        block_number: The number of the block that was received.
    """

    NAME: ClassVar[str] = "get-request-next"
    TAG: ClassVar[int] = REQUEST_TAG
    KIND: ClassVar[Kind] = Kind.NEXT
    ANSWER_TAG: ClassVar[int | None] = RESPONSE_TAG
    _WIRE: ClassVar[Any] = _REQUEST_NEXT

    invoke_id: InvokeId
    block_number: int


@frozen
class GetRequestWithList(Apdu):
    """Asks for several attributes at once.

    Attributes:
        invoke_id: By which the answer is matched.
        attributes: What is wanted, in the order of the results.
    """

    NAME: ClassVar[str] = "get-request-with-list"
    TAG: ClassVar[int] = REQUEST_TAG
    KIND: ClassVar[Kind] = Kind.REQUEST
    ANSWER_TAG: ClassVar[int | None] = RESPONSE_TAG
    _WIRE: ClassVar[Any] = _REQUEST_WITH_LIST

    invoke_id: InvokeId
    attributes: tuple[AttributeReference, ...] = field(converter=_attributes)

    def under(self, invoke_id: InvokeId) -> Self:
        """The same request with another invoke-id."""
        return type(self)(invoke_id, self.attributes)


@frozen
class GetResponseNormal(Apdu):
    """Answers with one value, or with the reason why there is none.

    Attributes:
        invoke_id: That of the request.
        result: The value or the reason.
    """

    NAME: ClassVar[str] = "get-response-normal"
    TAG: ClassVar[int] = RESPONSE_TAG
    KIND: ClassVar[Kind] = Kind.ANSWER
    _WIRE: ClassVar[Any] = _RESPONSE_NORMAL

    invoke_id: InvokeId
    result: Data | DataAccessResult

    @classmethod
    def decode(cls, octets: bytes, *, lenient: bool = False) -> Self:
        """By hand where a value follows; otherwise as declared (see ``Apdu.decode``)."""
        if octets.startswith(_RESPONSE_HEAD) and octets[3:4] == b"\0":
            data, end = Data.decode_from(octets, 4)
            if end != len(octets):
                raise DecodeError(
                    "trailing-bytes", f"{len(octets) - end} octets behind the value", offset=end
                )
            return cls(INVOKE_IDS[octets[2]], data)
        return super().decode(octets, lenient=lenient)

    def encode(self) -> bytes:
        """By hand where there is a value; otherwise as declared (see ``Apdu.encode``)."""
        if isinstance(self.result, DataAccessResult):
            return super().encode()
        return b"%b%c\0%b" % (_RESPONSE_HEAD, self.invoke_id.octet, self.result.octets)


@frozen
class GetResponseWithDatablock(Apdu):
    """Answers with a part of the encoded result.

    Attributes:
        invoke_id: That of the request.
        last: Whether this is the last block.
        block_number: Counted from 1.
        result: A piece of the octets of the result, or the reason why the transfer ends.
    """

    NAME: ClassVar[str] = "get-response-with-datablock"
    TAG: ClassVar[int] = RESPONSE_TAG
    KIND: ClassVar[Kind] = Kind.BLOCK
    _WIRE: ClassVar[Any] = _RESPONSE_WITH_DATABLOCK

    invoke_id: InvokeId
    last: bool
    block_number: int
    result: bytes | DataAccessResult


@frozen
class GetResponseWithList(Apdu):
    """Answers with a value or a reason for each attribute that was asked for.

    Attributes:
        invoke_id: That of the request.
        results: In the order of the request.
    """

    NAME: ClassVar[str] = "get-response-with-list"
    TAG: ClassVar[int] = RESPONSE_TAG
    KIND: ClassVar[Kind] = Kind.ANSWER
    _WIRE: ClassVar[Any] = _RESPONSE_WITH_LIST

    invoke_id: InvokeId
    results: tuple[Data | DataAccessResult, ...] = field(converter=_results)


GetRequest = GetRequestNormal | GetRequestNext | GetRequestWithList
GetResponse = GetResponseNormal | GetResponseWithDatablock | GetResponseWithList

_REQUESTS: dict[int, type[GetRequest]] = {
    NORMAL: GetRequestNormal,
    NEXT: GetRequestNext,
    WITH_LIST: GetRequestWithList,
}
_RESPONSES: dict[int, type[GetResponse]] = {
    NORMAL: GetResponseNormal,
    WITH_DATABLOCK: GetResponseWithDatablock,
    WITH_LIST: GetResponseWithList,
}


def decode_request(octets: bytes, lenient: bool = False) -> GetRequest:
    """Whichever GET request these octets are.

    Raises:
        DecodeError: ``bad-choice`` for a fourth kind, and what the kind's own decoder finds.
    """
    return _choice(_REQUESTS, octets, "get-request").decode(octets, lenient=lenient)


def decode_response(octets: bytes, lenient: bool = False) -> GetResponse:
    """Whichever GET response these octets are.

    Raises:
        DecodeError: ``bad-choice`` for a fourth kind, and what the kind's own decoder finds.
    """
    return _choice(_RESPONSES, octets, "get-response").decode(octets, lenient=lenient)


def _choice(choices: dict[int, Kinds], octets: bytes, what: str) -> Kinds:
    if len(octets) < 2:
        raise DecodeError("truncated", f"{what}: its choice is missing", offset=len(octets))
    kind = choices.get(octets[1])
    if kind is None:
        raise DecodeError("bad-choice", f"{what} {octets[1]} does not exist", offset=1)
    return kind


DECODERS.add(REQUEST_TAG, decode_request)
DECODERS.add(RESPONSE_TAG, decode_response)
