"""Joins framing and segments into one link that only listens.

The meter speaks unasked: whole telegrams come out as notifications, and nothing is ever sent.
"""

from __future__ import annotations

from dlmslite.errors import FramingError, StateError
from dlmslite.link.base import (
    Discarded,
    FrameCount,
    LinkClosed,
    LinkEvent,
    LinkOpened,
    NotificationReceived,
)
from dlmslite.link.mbus.frames import MbusFrame
from dlmslite.link.mbus.stream import Found, MbusStream
from dlmslite.link.mbus.telegrams import TELEGRAM_MAX, Telegrams
from dlmslite.records import frozen


@frozen(kw_only=True)
class MbusSettings:
    """How patient a listener is.

    Attributes:
        inter_octet_timeout: Seconds of silence inside a frame after which it has no end.
        max_apdu: Longest telegram that is joined from segments, in octets.
    """

    inter_octet_timeout: float = 1.0
    max_apdu: int = TELEGRAM_MAX


class MbusLink:
    """The listening end of a customer interface: telegrams come, and nothing is ever sent.

    Args:
        settings: How patient it is.
    """

    def __init__(self, settings: MbusSettings) -> None:
        self.response_timeout = 0.0  # nothing is asked, so nothing is asked again
        self.frames = FrameCount()
        self._settings = settings
        self._stream = MbusStream()
        self._telegrams = Telegrams(settings.max_apdu)
        self._events: list[LinkEvent] = []
        self._last_octet = 0.0
        self._is_open = False

    def open(self, now: float) -> None:  # noqa: ARG002  every link is told the time
        """Begin to listen."""
        self._stream.reset()
        self._telegrams.reset()
        self._is_open = True
        self._events.append(LinkOpened())

    def close(self, now: float) -> None:  # noqa: ARG002  every link is told the time
        """Listen no more."""
        self._events.append(LinkClosed(reason="disconnect" if self._is_open else "not-open"))
        self._is_open = False

    def send(self, apdu: bytes, now: float) -> None:  # noqa: ARG002  there is nobody to send to
        """Refuse: nobody listens.

        Raises:
            StateError: Always.
        """
        raise StateError("an M-Bus customer interface only speaks", hint="listen to it")

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the wire, in pieces of any size."""
        self._last_octet = now
        self._take(self._stream.feed(octets))

    def events(self) -> list[LinkEvent]:
        """What happened since the last call."""
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> bytes:
        """Nothing, ever."""
        return b""

    def next_deadline(self) -> float | None:
        """When half a frame has no end, or None."""
        if not self._stream.is_waiting:
            return None
        return self._last_octet + self._settings.inter_octet_timeout

    def deadline_passed(self, now: float) -> None:
        """Give up half a frame."""
        deadline = self.next_deadline()
        if deadline is not None and now >= deadline:
            self._take(self._stream.flush())

    def _take(self, found: Found) -> None:
        frames, noise = found
        self.frames.received += len(frames)
        self._events += [Discarded(entry.octets, entry.reason) for entry in noise]
        for octets in frames:
            if not self._is_open:
                self._events.append(Discarded(octets, "not-open"))
                continue
            try:
                frame = MbusFrame.decode(octets)
                telegram = self._telegrams.add(frame)
            except FramingError as error:
                self._events.append(Discarded(octets, error.code))
                continue
            if telegram:
                self._events.append(NotificationReceived(telegram, frame.source, frame.destination))
