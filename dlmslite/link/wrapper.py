"""The eight-octet wrapper used over TCP and UDP (IEC 62056-47, 4.3).

::

    version (2) = 0001 | source wPort (2) | destination wPort (2) | length (2) | APDU

There is no set-up, no acknowledgement and no check: the transport has those. In a stream the
header's version and ports tell a sound header from garbage.
"""

from __future__ import annotations

from typing import Self

from attrs import frozen
from construct import Bytes, Const, Int16ub, Struct, this

from dlmslite.errors import EncodeError, FramingError, StateError
from dlmslite.link.base import ApduReceived, Discarded, LinkClosed, LinkEvent, LinkOpened
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


class WrapperStream:
    """Takes octets of a stream in pieces of any size; gives the WPDUs among them.

    Args:
        max_apdu: A header that announces more octets than this is no header.
    """

    def __init__(self, max_apdu: int = LENGTH_MAX) -> None:
        self._max_apdu = max_apdu
        self._rest = bytearray()

    @property
    def remaining(self) -> bytes:
        """Octets of a WPDU that is not complete: at most one header and one APDU."""
        return bytes(self._rest)

    def feed(self, octets: bytes) -> tuple[list[Wpdu], list[bytes]]:
        """Take octets; return the WPDUs that they complete, and what was no part of any."""
        self._rest += octets
        if len(self._rest) < HEADER_SIZE:
            return [], []
        data = self._rest
        wpdus: list[Wpdu] = []
        noise: list[bytes] = []
        position = 0
        while len(data) - position >= HEADER_SIZE:
            length = int.from_bytes(data[position + 6 : position + 8])
            if not data.startswith(_VERSION_OCTETS, position) or length > self._max_apdu:
                found = data.find(_VERSION_OCTETS, position + 1)
                # The last octet may be the first of the next version.
                skipped = found if found >= 0 else len(data) - (data[-1:] == b"\x00")
                noise.append(bytes(data[position:skipped]))
                position = skipped
                continue
            end = position + HEADER_SIZE + length
            if end > len(data):
                break
            wpdus.append(Wpdu.decode(bytes(data[position:end])))
            position = end
        del data[:position]
        return wpdus, noise

    def reset(self) -> None:
        """Forget what waits."""
        self._rest.clear()


@frozen(kw_only=True)
class WrapperSettings:
    """How the two sides are called, and what is taken for a header.

    Attributes:
        client_port: The client's wPort: the client number, 16 for the public client.
        server_port: The server's wPort: the logical device, 1 for the management device.
        max_apdu: Longest APDU that is expected, in octets; a longer one is garbage.
        datagrams: Whether each piece of octets is one WPDU, whole or damaged, as over UDP; else
            they are a stream.
    """

    client_port: int = 16
    server_port: int = 1
    max_apdu: int = LENGTH_MAX
    datagrams: bool = False


class WrapperLink:
    """The wrapper as a link: it is up as soon as the transport is.

    Args:
        role: Which side we are. The server answers to the wPort that asked.
        settings: The wPorts.
    """

    def __init__(self, role: Role, settings: WrapperSettings) -> None:
        self.response_timeout = 0.0  # nothing is repeated on TCP
        self._role = role
        self._settings = settings
        is_client = role is Role.CLIENT
        self._own = settings.client_port if is_client else settings.server_port
        self._peer = settings.server_port if is_client else settings.client_port
        self._stream = WrapperStream(settings.max_apdu)
        self._is_open = False
        self._events: list[LinkEvent] = []
        self._outgoing: list[bytes] = []

    def open(self, now: float) -> None:  # noqa: ARG002  every link is told the time
        """Come up at once."""
        self._stream.reset()
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

    def receive(self, octets: bytes, now: float) -> None:  # noqa: ARG002  every link is told it
        """Take octets from the wire, in pieces of any size."""
        if self._settings.datagrams:
            self._receive_datagram(octets)
            return
        wpdus, noise = self._stream.feed(octets)
        self._events += [Discarded(lost, "noise") for lost in noise]
        for wpdu in wpdus:
            self._take(wpdu)

    def events(self) -> list[LinkEvent]:
        """What happened since the last call."""
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> bytes:
        """Octets for the wire since the last call; of datagrams the next one."""
        if self._settings.datagrams:
            return self._outgoing.pop(0) if self._outgoing else b""
        octets = b"".join(self._outgoing)
        self._outgoing.clear()
        return octets

    def next_deadline(self) -> float | None:
        """None: the wrapper waits for nothing; the owner's own deadline decides."""
        return None

    def deadline_passed(self, now: float) -> None:
        """Do nothing: there is no deadline."""

    def _receive_datagram(self, octets: bytes) -> None:
        """What is missing of a datagram never comes: the next one begins anew (W04)."""
        try:
            wpdu = Wpdu.decode(octets)
        except FramingError as error:
            self._events.append(Discarded(octets, error.code))
        else:
            self._take(wpdu)

    def _take(self, wpdu: Wpdu) -> None:
        broadcast = self._role is Role.SERVER and wpdu.destination == ALL_STATION
        from_peer = self._role is Role.SERVER or wpdu.source == self._peer
        if not (self._is_open and from_peer and (broadcast or wpdu.destination == self._own)):
            reason = "wrong-address" if self._is_open else "not-open"
            self._events.append(Discarded(wpdu.encode(), reason))
            return
        if self._role is Role.SERVER:
            self._peer = wpdu.source
        self._events.append(ApduReceived(wpdu.apdu, wpdu.source, wpdu.destination))
