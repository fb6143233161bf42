"""The eight-octet wrapper used over TCP and UDP (IEC 62056-47, 4.3).

::

    version (2) = 0001 | source wPort (2) | destination wPort (2) | length (2) | APDU

There is no set-up, no acknowledgement and no check: the transport has those. In a stream the
header's version, its ports and a plausible length tell a sound header from garbage.
"""

from __future__ import annotations

from typing import Self

from construct import Bytes, Const, Int16ub, Struct, this

from dlmslite.errors import EncodeError, FramingError, StateError
from dlmslite.link.base import (
    ApduReceived,
    Discarded,
    FrameCount,
    LinkClosed,
    LinkEvent,
    LinkOpened,
)
from dlmslite.records import frozen
from dlmslite.role import Role

VERSION = 1
HEADER_SIZE = 8  # octets
LENGTH_MAX = 0xFFFF  # octets of an APDU: the length field has sixteen bits
ALL_STATION = 0x7F  # the wPort of everybody; nobody answers

_VERSION_OCTETS = VERSION.to_bytes(2)
_WIRE = Struct(
    "version" / Const(VERSION, Int16ub),
    "source" / Int16ub,
    "destination" / Int16ub,
    "length" / Int16ub,
    "apdu" / Bytes(this.length),
)


@frozen
class Wpdu:
    """One APDU in its wrapper.

    Attributes:
        source: The sender's wPort.
        destination: The receiver's wPort.
        apdu: The APDU; may be empty.
    """

    source: int
    destination: int
    apdu: bytes

    def __attrs_post_init__(self) -> None:
        if not (0 <= self.source <= 0xFFFF and 0 <= self.destination <= 0xFFFF):
            raise EncodeError(f"wPorts {self.source}, {self.destination}: they have sixteen bits")
        if len(self.apdu) > LENGTH_MAX:
            raise EncodeError(f"an APDU of {len(self.apdu)} octets: the wrapper takes {LENGTH_MAX}")

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Take exactly one WPDU.

        Raises:
            FramingError: ``truncated``, ``bad-version`` or ``length-mismatch``.
        """
        if len(octets) < HEADER_SIZE:
            raise FramingError("truncated", octets=octets, offset=len(octets))
        if not octets.startswith(_VERSION_OCTETS):
            raise FramingError("bad-version", octets=octets)
        size = HEADER_SIZE + int.from_bytes(octets[6:8])
        if size != len(octets):
            reason = "truncated" if size > len(octets) else "length-mismatch"
            raise FramingError(reason, octets=octets, offset=min(size, len(octets)))
        return cls(int.from_bytes(octets[2:4]), int.from_bytes(octets[4:6]), octets[HEADER_SIZE:])

    def encode(self) -> bytes:
        """The header and the APDU."""
        ports = self.source << 32 | self.destination << 16
        return (VERSION << 48 | ports | len(self.apdu)).to_bytes(HEADER_SIZE) + self.apdu


Found = tuple[list[Wpdu], list[bytes]]


class WrapperStream:
    """Takes octets of a stream in pieces of any size; gives the WPDUs among them.

    Without a check sequence only the header can be judged. As long as the route is not known, a
    version and a plausible length make one. With the route, eight octets are known but for the
    length, and that is enough to begin anew: behind garbage nothing else is taken for a header, and
    a header in the midst of an APDU says that this APDU has lost its end. Each octet is searched
    once, so the work is linear in what arrives.

    Args:
        max_apdu: A header that announces more octets than this is no header.
    """

    def __init__(self, max_apdu: int = LENGTH_MAX) -> None:
        self.route = b""
        self._max_apdu = max_apdu
        self._rest = bytearray()
        self._taken = 0  # octets in front that were given out: a header may begin among them
        self._seen = 0  # where no known header begins before
        self._in_step = True  # whether a WPDU ended right here

    @property
    def route(self) -> bytes:
        """The source and destination wPorts of what is expected, as they stand in a header.

        Empty while they are not known.
        """
        return self._mark[2:]

    @route.setter
    def route(self, ports: bytes) -> None:
        self._mark = _VERSION_OCTETS + ports

    @property
    def remaining(self) -> bytes:
        """Octets of a WPDU that is not complete: at most one header and one APDU."""
        return bytes(self._rest[self._taken :])

    @property
    def is_waiting(self) -> bool:
        """Whether the beginning of a WPDU is here and its end is not, or garbage is going on."""
        return len(self._rest) > self._taken or not self._in_step

    def feed(self, octets: bytes) -> Found:
        """Take octets; return the WPDUs that they complete, and what was no part of any."""
        if self._in_step and len(self._rest) == self._taken and self._is_one(octets):
            # Most pieces are one whole WPDU, and worth their own way.
            self._rest[:] = octets[1 - HEADER_SIZE :]
            self._taken, self._seen = HEADER_SIZE - 1, 0
            return [Wpdu.decode(octets)], []
        self._rest += octets
        return self._scan(final=False)

    def flush(self) -> Found:
        """No more octets come for now: what has begun and not ended is noise.

        What comes after that silence is a beginning, whoever sent it.
        """
        found = self._scan(final=True)
        self._in_step = True
        return found

    def reset(self) -> None:
        """Forget what waits."""
        self._rest.clear()
        self._taken = self._seen = 0
        self._in_step = True

    def _scan(self, *, final: bool) -> Found:
        data, size, position = self._rest, len(self._rest), self._taken
        wpdus: list[Wpdu] = []
        noise: list[bytes] = []
        known = bool(self.route)
        while position < size:
            # Somebody else's header is followed only where one is due.
            is_ours = self._is_header(position, self._mark)
            is_header = is_ours or (self._in_step and self._is_header(position, _VERSION_OCTETS))
            end = position + HEADER_SIZE + int.from_bytes(data[position + 6 : position + 8])
            found = -1
            if known:
                start = position + 1 if is_ours else 0
                found = self._find(start, min(end, size) if is_header else size)
            elif not is_ours:
                found = self._find(position + 1, size)
            if found < 0 and is_header and end <= size:
                wpdus.append(Wpdu.decode(bytes(data[position:end])))
                position, self._in_step = end, True
                continue
            if found < 0 and not final and (is_header or self._may_begin(position)):
                break
            if found < 0:
                self._in_step = False
                self._seen = max(self._seen, position + 1) if is_ours else self._seen
                found = self._find(position + 1, size) if final else self._last_hope(position + 1)
                found = size if found < 0 else found
            if found > position:
                noise.append(bytes(data[position:found]))
            position = found
        kept = max(position - HEADER_SIZE + 1, 0) if known else position
        del data[:kept]
        self._taken, self._seen = position - kept, max(self._seen - kept, 0)
        return wpdus, noise

    def _is_one(self, octets: bytes) -> bool:
        """Whether this is one whole WPDU of ours, and no other begins in it."""
        size = len(octets) - HEADER_SIZE
        return (
            octets.startswith(self._mark)
            and len(self._mark) > len(_VERSION_OCTETS)
            and size == int.from_bytes(octets[6:8])
            and size <= self._max_apdu
            and octets.find(self._mark, 1) < 0
        )

    def _is_header(self, position: int, mark: bytes) -> bool:
        """Whether a whole header stands there that begins with the mark."""
        data = self._rest
        return (
            len(data) - position >= HEADER_SIZE
            and data.startswith(mark, position)
            and int.from_bytes(data[position + 6 : position + 8]) <= self._max_apdu
        )

    def _find(self, start: int, limit: int) -> int:
        """Where the next header that is ours begins and ends before the limit; -1 for nowhere."""
        mark = self._mark
        start, stop = max(start, self._seen), limit - HEADER_SIZE + len(mark)
        while (found := self._rest.find(mark, start, stop)) >= 0:
            if self._is_header(found, mark):
                return found
            start = found + 1
        self._seen = max(self._seen, limit - HEADER_SIZE + 1)
        return -1

    def _may_begin(self, position: int) -> bool:
        """Whether what stands there may become a header."""
        mark = _VERSION_OCTETS if self._in_step else self._mark
        head = self._rest[position : position + HEADER_SIZE]
        return len(head) < HEADER_SIZE and mark.startswith(bytes(head[: len(mark)]))

    def _last_hope(self, start: int) -> int:
        """The first of the last octets at which a header may begin; -1 for none."""
        size = len(self._rest)
        hopes = range(max(start, size - HEADER_SIZE + 1), size)
        return next((hope for hope in hopes if self._may_begin(hope)), -1)


@frozen(kw_only=True)
class WrapperSettings:
    """How the two sides are called, and what is taken for a header.

    Attributes:
        client_port: The client's wPort: the client number, 16 for the public client.
        server_port: The server's wPort: the logical device, 1 for the management device.
        max_apdu: Longest APDU that is expected, in octets; a longer one is garbage.
        datagrams: Whether each piece of octets is one WPDU, whole or damaged, as over UDP; else
            they are a stream.
        inter_octet_timeout: Seconds of silence inside an APDU after which it has no end, and
            behind garbage after which a message begins; a mobile network may well be silent for
            some.
    """

    client_port: int = 16
    server_port: int = 1
    max_apdu: int = LENGTH_MAX
    datagrams: bool = False
    inter_octet_timeout: float = 10.0


class WrapperLink:
    """The wrapper as a link: it is up as soon as the transport is.

    Args:
        role: Which side we are. The server answers to the wPort that asked.
        settings: The wPorts.
    """

    def __init__(self, role: Role, settings: WrapperSettings) -> None:
        self.response_timeout = 0.0  # nothing is repeated on TCP
        self.frames = FrameCount()
        self._is_server = role is Role.SERVER
        self._settings = settings
        self._own = settings.server_port if self._is_server else settings.client_port
        self._peer = settings.client_port if self._is_server else settings.server_port
        self._stream = WrapperStream(settings.max_apdu)
        self._last_octet = 0.0
        self._is_open = False
        self._events: list[LinkEvent] = []
        self._outgoing: list[bytes] = []

    def open(self, now: float) -> None:  # noqa: ARG002  every link is told the time
        """Come up at once."""
        self._stream.reset()
        # A server does not know who will ask.
        self._stream.route = b"" if self._is_server else self._route()
        self._is_open = True
        self._events.append(LinkOpened())

    def close(self, now: float) -> None:  # noqa: ARG002  every link is told the time
        """Go down at once; nothing is said to the peer."""
        if self._is_open:
            self._is_open = False
            self._events.append(LinkClosed(reason="disconnect"))
        else:
            self._events.append(LinkClosed(reason="not-open"))

    def send(self, apdu: bytes, now: float) -> None:  # noqa: ARG002  every link is told the time
        """Queue one whole APDU.

        Raises:
            StateError: The link is not open.
            EncodeError: The APDU is longer than the length field can say.
        """
        if not self._is_open:
            raise StateError("the wrapper link is not open")
        self._outgoing.append(Wpdu(self._own, self._peer, apdu).encode())

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the wire, in pieces of any size."""
        if self._settings.datagrams:
            self._receive_datagram(octets)
            return
        self._last_octet = now
        self._take_found(self._stream.feed(octets), "noise")

    def events(self) -> list[LinkEvent]:
        """What happened since the last call."""
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> bytes:
        """Octets for the wire since the last call; of datagrams the next one."""
        if not self._outgoing:
            return b""
        pieces = 1 if self._settings.datagrams else len(self._outgoing)
        octets = b"".join(self._outgoing[:pieces])
        del self._outgoing[:pieces]
        self.frames.sent += pieces
        return octets

    def next_deadline(self) -> float | None:
        """When half an APDU, or garbage, has ended; else None: the owner's own deadline decides."""
        if not self._stream.is_waiting:
            return None
        return self._last_octet + self._settings.inter_octet_timeout

    def deadline_passed(self, now: float) -> None:
        """Give up half an APDU, or begin anew behind garbage."""
        deadline = self.next_deadline()
        if deadline is not None and now >= deadline:
            self._take_found(self._stream.flush(), "truncated")

    def _route(self) -> bytes:
        """The wPorts of what the peer sends to us, as they stand in its headers."""
        return self._peer.to_bytes(2) + self._own.to_bytes(2)

    def _take_found(self, found: Found, reason: str) -> None:
        wpdus, noise = found
        self._events += [Discarded(lost, reason) for lost in noise]
        for wpdu in wpdus:
            self._take(wpdu)

    def _receive_datagram(self, octets: bytes) -> None:
        """What is missing of a datagram never comes: the next one begins anew (W04)."""
        try:
            wpdu = Wpdu.decode(octets)
        except FramingError as error:
            self._events.append(Discarded(octets, error.code))
        else:
            self._take(wpdu)

    def _take(self, wpdu: Wpdu) -> None:
        self.frames.received += 1
        broadcast = self._is_server and wpdu.destination == ALL_STATION
        from_peer = self._is_server or wpdu.source == self._peer
        if not (self._is_open and from_peer and (broadcast or wpdu.destination == self._own)):
            reason = "wrong-address" if self._is_open else "not-open"
            self._events.append(Discarded(wpdu.encode(), reason))
            return
        if self._is_server:
            self._peer = wpdu.source
            self._stream.route = self._route()
        self._events.append(ApduReceived(wpdu.apdu, wpdu.source, wpdu.destination))
