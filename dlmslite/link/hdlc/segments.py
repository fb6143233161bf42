"""Cuts an information field into segments and joins them again (IEC 62056-46, 6.4.4.3.4).

Every segment but the last carries the segment bit; the LLC header stands in the first one only,
because it is cut along with the rest. A last segment may be empty or exactly of the largest size.
"""

from __future__ import annotations

from dlmslite.errors import FramingError
from dlmslite.records import frozen

JOINED_MAX = 4 * 1024 * 1024  # octets; a peer that never ends an APDU must not fill the memory


@frozen
class Segment:
    """A piece of an information field.

    Attributes:
        information: The piece.
        more: Whether further pieces follow.
    """

    information: bytes
    more: bool


def cut(information: bytes, size: int) -> list[Segment]:
    """Cut into pieces of at most ``size`` octets; nothing makes one empty piece."""
    starts = range(0, len(information) or 1, size)
    return [
        Segment(information[start : start + size], start + size < len(information))
        for start in starts
    ]


class Joiner:
    """Joins the segments of one direction.

    Args:
        limit: The most octets that one APDU may have.
    """

    def __init__(self, limit: int = JOINED_MAX) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, information: bytes, *, more: bool) -> bytes | None:
        """Take the next segment in sequence; return the whole when it is the last one.

        Raises:
            FramingError: ``apdu-too-long``: what was joined so far is forgotten.
        """
        self._parts.append(information)
        self._size += len(information)
        if self._size > self._limit:
            octets = b"".join(self._parts)
            self.reset()
            raise FramingError("apdu-too-long", octets=octets[:256], offset=self._limit)
        if more:
            return None
        whole = b"".join(self._parts)
        self.reset()
        return whole

    def reset(self) -> None:
        """Forget what was joined so far."""
        self._parts.clear()
        self._size = 0
