"""GET blocks, cut and joined.

A response that is longer than the client's PDU is cut into blocks, numbered from 1; the client asks
for the next by the number it received. The raw data of all blocks together are the octets of the
result, cut anywhere, also inside a tag or a length. Green Book 9.3.6 and 9.4.6.3 (the GET service
and its protocol).
"""

from __future__ import annotations

from dlmslite.apdu.get import (
    NORMAL,
    RESPONSE_TAG,
    WITH_LIST,
    GetRequestNormal,
    GetRequestWithList,
    GetResponse,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from dlmslite.apdu.results import DATA
from dlmslite.codes import DataAccessResult
from dlmslite.errors import ProtocolError

JOINED_MAX = (
    16 * 1024 * 1024
)  # octets; a profile of years is a tenth: a meter that sends more raves
FIRST_BLOCK = 1
HEAD = 9  # octets before the length of raw data: tags, invoke-id, last, number, choice
# What stands before the joined octets in the response that they would have been:
NORMAL_HEAD = 4  # octets: tags, invoke-id, the choice of data
LIST_HEAD = 3  # octets: tags, invoke-id


class Joining:
    """The blocks of one answer, as they arrive.

    Args:
        keep: Whether to keep their octets; false where the owner takes each block at once.
    """

    def __init__(self, *, keep: bool = True) -> None:
        self.received = 0
        self._keep = keep
        self._size = 0
        self._pieces: list[bytes] = []

    def add(self, block: GetResponseWithDatablock, octets: bytes) -> None:
        """Take the next block.

        Args:
            block: The block, for its number.
            octets: Its raw data.

        Raises:
            ProtocolError: Its number is not the next one, or the answer has no end.
        """
        expected = self.received + FIRST_BLOCK
        if block.block_number != expected:
            raise ProtocolError(f"block {block.block_number} came where {expected} was due")
        self.received = block.block_number
        if self._keep:
            self._size += len(octets)
            if self._size > JOINED_MAX:
                raise ProtocolError(f"an answer of more than {JOINED_MAX} octets")
            self._pieces.append(octets)

    def answer(self, request: GetRequestNormal | GetRequestWithList) -> GetResponse:
        """The response that the blocks are together.

        Raises:
            DecodeError: Their octets are no result.
        """
        octets = b"".join(self._pieces)
        invoke_id = request.invoke_id.octet
        if isinstance(request, GetRequestNormal):
            head = bytes((RESPONSE_TAG, NORMAL, invoke_id, DATA))
            return GetResponseNormal.decode(head + octets, lenient=True)
        head = bytes((RESPONSE_TAG, WITH_LIST, invoke_id))
        return GetResponseWithList.decode(head + octets, lenient=True)


class Cutting:
    """One answer, block by block.

    Args:
        response: What does not fit whole.
        max_pdu: Octets of the largest APDU that the client takes.
    """

    def __init__(self, response: GetResponseNormal | GetResponseWithList, max_pdu: int) -> None:
        head = LIST_HEAD if isinstance(response, GetResponseWithList) else NORMAL_HEAD
        self._invoke_id = response.invoke_id
        self._octets = response.encode()[head:]
        self._piece = piece_size(max_pdu)
        self._number = 0

    @property
    def number(self) -> int:
        """The number of the last block that was cut; 0 before the first."""
        return self._number

    def next_block(self) -> GetResponseWithDatablock:
        """The next block; the last one says so."""
        start = self._number * self._piece
        self._number += 1
        end = start + self._piece
        return GetResponseWithDatablock(
            self._invoke_id, end >= len(self._octets), self._number, self._octets[start:end]
        )


def piece_size(max_pdu: int) -> int:
    """How many octets of raw data fit into a block of at most ``max_pdu`` octets, at least one."""
    for length_octets, limit in ((1, 0x7F), (2, 0xFF), (3, 0xFFFF)):
        size = max_pdu - HEAD - length_octets
        if size <= limit:
            return max(size, 1)
    return 0xFFFF


def refused_answer(
    request: GetRequestNormal | GetRequestWithList, result: DataAccessResult
) -> GetResponse:
    """The response that a refused transfer is: the reason for every item that was asked for."""
    if isinstance(request, GetRequestNormal):
        return GetResponseNormal(request.invoke_id, result)
    return GetResponseWithList(request.invoke_id, (result,) * len(request.attributes))
