"""Joins the segments of a telegram that a meter pushes in several frames (EN 13757-3)."""

from __future__ import annotations

from dlmslite.errors import FramingError
from dlmslite.link.mbus.frames import SEGMENTS, MbusFrame

TELEGRAM_MAX = 65535  # octets; a meter that never ends a telegram must not fill the memory


class Telegrams:
    """Joins the segments of one meter.

    Segment number 0 begins anew, so one lost segment costs its own telegram and no other.

    Args:
        limit: The most octets that one telegram may have.
    """

    def __init__(self, limit: int = TELEGRAM_MAX) -> None:
        self._limit = limit
        self.reset()

    def reset(self) -> None:
        """Forget what was joined so far."""
        self._last: MbusFrame | None = None
        self._joined = bytearray()

    def add(self, frame: MbusFrame) -> bytes | None:
        """Take the next segment; return the whole telegram when it is the last one.

        Raises:
            FramingError: ``duplicate``; ``out-of-sequence`` or ``apdu-too-long``, and what was
                joined so far is forgotten.
        """
        last = self._last
        if frame == last:
            raise FramingError("duplicate", octets=frame.data)
        if last is None or not _follows(frame, last):
            self.reset()
            if frame.segment:
                raise FramingError("out-of-sequence", octets=frame.data)
        self._joined += frame.data
        self._last = frame
        if len(self._joined) > self._limit:
            self.reset()
            raise FramingError("apdu-too-long", octets=frame.data, offset=self._limit)
        if not frame.final:
            return None
        whole = bytes(self._joined)
        self.reset()
        return whole


def _follows(frame: MbusFrame, last: MbusFrame) -> bool:
    """Whether a segment is the next one of the same telegram."""
    number = (last.segment + 1) % SEGMENTS
    way = (last.address, last.source, last.destination)
    return frame.segment == number and (frame.address, frame.source, frame.destination) == way
