"""A capture as packets that Wireshark opens, and packets of others as a capture.

Written: each connection becomes a TCP stream to port 4059, the port of DLMS, with hand-shake,
sequence numbers, acknowledgements and end, whatever the wire was; a capture of datagrams becomes
UDP. Stock Wireshark has no dissector for DLMS, but streams can be followed and plug-ins find them.
The addresses are those that RFC 5737 keeps for documentation: the client is 192.0.2.1, the meter
192.0.2.2; the time is the wall clock's.

Read: the TCP streams and UDP datagrams of the wanted port, put in order; retransmissions are taken
once, and what is missing is said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import IO

from attrs import Factory, evolve

from dlmslite.capture import packet_file
from dlmslite.capture.base import (
    CLOSED_BY_CLIENT,
    CLOSED_BY_METER,
    CONNECTED,
    CONNECTION,
    TRANSPORT,
    Capture,
    Header,
    connection_of,
    is_on_the_wire,
)
from dlmslite.capture.packets import (
    DATAGRAM_MAX,
    PAYLOAD_MAX,
    TCP,
    UDP,
    WINDOW,
    Flags,
    Packet,
    Station,
)
from dlmslite.errors import DecodeError, EncodeError
from dlmslite.records import define
from dlmslite.trace import Direction, TraceEvent

PORT = 4059  # registered with IANA as dlms/cosem
CLIENT_HOST, METER_HOST = "192.0.2.1", "192.0.2.2"  # TEST-NET-1 (RFC 5737)
FIRST_CLIENT_PORT = 49_152  # of the ports that IANA leaves to clients
CLIENT_PORTS = 16_384
WAITING_MAX = 1024  # segments held back until those before them come; then those are lost
_SPAN = 1 << 32  # sequence numbers are counted modulo this
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_CLOSED = {CLOSED_BY_CLIENT: Direction.SENT, CLOSED_BY_METER: Direction.RECEIVED}
_OTHER = {Direction.SENT: Direction.RECEIVED, Direction.RECEIVED: Direction.SENT}


# ---------------------------------------------------------------- writing


@define(eq=False)
class _Stream:
    """One connection that is being written: its client's port, and where each side has come to."""

    client: Station
    next: dict[Direction, int]  # the number of the next octet
    unacknowledged: dict[Direction, int] = Factory(lambda: dict.fromkeys(_OTHER, 0))
    closed: bool = False


class PcapWriter:
    """Writes a capture as it grows; ``write`` is a tap.

    Args:
        stream: Binary and open; whoever opened it closes it.
        header: Where and when; nothing else of it is in the file.
    """

    def __init__(self, stream: IO[bytes], header: Header) -> None:
        self._file = packet_file.PacketWriter(stream)
        self._header = header
        self._meter = Station(METER_HOST, PORT)
        self._streams: dict[int, _Stream] = {}
        self._count = 0
        self._last: TraceEvent | None = None

    def write(self, event: TraceEvent) -> None:
        """Add one event; what is no octets of the wire and no end of a connection is left out.

        Raises:
            EncodeError: A datagram is too long, or the time does not fit the format.
        """
        number = connection_of(event)
        if is_on_the_wire(event):
            if self._header.datagrams:
                self._put_datagram(event, number)
            else:
                self._put_octets(event, self._stream(event, number))
        elif event.layer == TRANSPORT and not self._header.datagrams:
            if event.note == CONNECTED:
                self._stream(event, number)
            elif event.note in _CLOSED and number in self._streams:
                self._end(event, self._streams[number], _CLOSED[event.note])
        self._last = event

    def close(self) -> None:
        """End every connection that has no end yet."""
        for stream in self._streams.values():
            if self._last is not None:
                self._end(self._last, stream, Direction.SENT)

    def _stream(self, event: TraceEvent, number: int) -> _Stream:
        """The stream of a connection; its hand-shake is written when it is new."""
        stream = self._streams.get(number)
        if stream is None or stream.closed:
            port = FIRST_CLIENT_PORT + self._count % CLIENT_PORTS
            first = {Direction.SENT: 1000, Direction.RECEIVED: 2000}
            stream = _Stream(Station(CLIENT_HOST, port), first)
            self._streams[number] = stream
            self._count += 1
            self._put(event, stream, Direction.SENT, Flags.SYN)
            self._put(event, stream, Direction.RECEIVED, Flags.SYN | Flags.ACK)
            self._put(event, stream, Direction.SENT, Flags.ACK)
        return stream

    def _put_octets(self, event: TraceEvent, stream: _Stream) -> None:
        octets, direction = event.octets, event.direction
        for start in range(0, len(octets), PAYLOAD_MAX):
            piece = octets[start : start + PAYLOAD_MAX]
            if stream.unacknowledged[direction] + len(piece) > WINDOW // 2:
                # Whoever only listens acknowledges, too: a window that is full ends a stream.
                self._put(event, stream, _OTHER[direction], Flags.ACK)
            self._put(event, stream, direction, Flags.PSH | Flags.ACK, piece)

    def _end(self, event: TraceEvent, stream: _Stream, first: Direction) -> None:
        if not stream.closed:
            self._put(event, stream, first, Flags.FIN | Flags.ACK)
            self._put(event, stream, _OTHER[first], Flags.FIN | Flags.ACK)
            self._put(event, stream, first, Flags.ACK)
            stream.closed = True

    def _put(
        self,
        event: TraceEvent,
        stream: _Stream,
        direction: Direction,
        flags: Flags,
        payload: bytes = b"",
    ) -> None:
        packet = Packet(
            source=stream.client,
            destination=self._meter,
            payload=payload,
            sequence=stream.next[direction],
            acknowledged=stream.next[_OTHER[direction]] if Flags.ACK in flags else 0,
            flags=flags,
        )
        counted = len(payload) + (1 if flags & (Flags.SYN | Flags.FIN) else 0)
        stream.next[direction] = (stream.next[direction] + counted) % _SPAN
        stream.unacknowledged[direction] += counted
        stream.unacknowledged[_OTHER[direction]] = 0
        self._write(event, packet, direction)

    def _put_datagram(self, event: TraceEvent, number: int) -> None:
        if len(event.octets) > DATAGRAM_MAX:
            raise EncodeError(f"a datagram of {len(event.octets)} octets: UDP has {DATAGRAM_MAX}")
        port = FIRST_CLIENT_PORT + (number - 1) % CLIENT_PORTS
        packet = Packet(
            source=Station(CLIENT_HOST, port),
            destination=self._meter,
            protocol=UDP,
            payload=event.octets,
        )
        self._write(event, packet, event.direction)

    def _write(self, event: TraceEvent, packet: Packet, direction: Direction) -> None:
        if direction is Direction.RECEIVED:
            packet = evolve(packet, source=packet.destination, destination=packet.source)
        moment = (self._header.time_of(event) - _EPOCH) // _MICROSECOND
        self._file.write(moment * 1000, packet.encode())


# ---------------------------------------------------------------- reading


def decode(octets: bytes, *, port: int | None = None) -> Capture:
    """Read a whole file.

    Args:
        octets: pcap or pcapng.
        port: The meter's port; None takes 4059, or where that is not in the file, every stream
            that begins like HDLC or like a wrapper.

    Raises:
        DecodeError: It is no such file (see ``packet_file.read``), or ``no-conversation`` when
            nothing in it goes to or from the port.
    """
    packets = [
        (found.nanoseconds, packet)
        for found in packet_file.read(octets)
        if (packet := Packet.decode(found.octets)) is not None
    ]
    wanted = _ports(packets, port)
    chosen = [item for item in packets if {item[1].source.port, item[1].destination.port} & wanted]
    if not chosen:
        raise DecodeError(
            "no-conversation",
            "no packet of a DLMS conversation; name the meter's port if it is not 4059",
        )
    datagrams = all(packet.protocol == UDP for _, packet in chosen)
    began = chosen[0][0]
    events = list(_events(chosen, began, wanted))
    first = next((event.octets for event in events if event.octets), b"")
    header = Header(
        started=_EPOCH + dt.timedelta(microseconds=began // 1000),
        framing="wrapper" if first.startswith(b"\x00\x01") else "hdlc",
        datagrams=datagrams,
    )
    return Capture(header, tuple(events))


def _ports(packets: Iterable[tuple[int, Packet]], port: int | None) -> set[int]:
    """The ports that meters listen on in these packets."""
    if port is not None:
        return {port}
    packets = list(packets)
    used = {station.port for _, item in packets for station in (item.source, item.destination)}
    if PORT in used:
        return {PORT}
    seen: set[frozenset[Station]] = set()
    found: set[int] = set()
    for _, packet in packets:
        ends = frozenset((packet.source, packet.destination))
        if packet.payload and ends not in seen:
            seen.add(ends)  # the first octets of a conversation are the client's
            if packet.payload.startswith((b"\x7e\xa0", b"\x00\x01\x00")):
                found.add(packet.destination.port)
    return found


@define(eq=False)
class _Way:
    """One direction of a TCP stream that is being put in order."""

    next: int | None = None
    waiting: dict[int, bytes] = Factory(dict)

    def take(self, packet: Packet) -> tuple[bytes, int]:
        """The octets that are in order now, and how many before them were never captured."""
        start = packet.sequence + (1 if Flags.SYN in packet.flags else 0)
        if self.next is None or Flags.SYN in packet.flags:
            self.next = start % _SPAN
        if len(packet.payload) > len(self.waiting.get(start % _SPAN, b"")):
            self.waiting[start % _SPAN] = packet.payload
        octets, lost = self._in_order(), 0
        while len(self.waiting) > WAITING_MAX:
            lost += self._give_up()
            octets += self._in_order()
        return octets, lost

    def rest(self) -> tuple[bytes, int]:
        """The same at the end of the capture, when nothing more comes."""
        octets, lost = b"", 0
        while self.waiting:
            lost += self._give_up()
            octets += self._in_order()
        return octets, lost

    def _in_order(self) -> bytes:
        octets = b""
        while self.waiting:
            start = min(self.waiting, key=self._ahead)
            known = -self._ahead(start)  # octets of it that are here already
            if known < 0:
                break
            piece = self.waiting.pop(start)[known:]
            octets += piece
            self.next = ((self.next or 0) + len(piece)) % _SPAN
        return octets

    def _give_up(self) -> int:
        """Go on at the nearest octets that wait; how many are missing before them."""
        nearest = min(self.waiting, key=self._ahead)
        lost = self._ahead(nearest)
        self.next = nearest
        return lost

    def _ahead(self, number: int) -> int:
        """How far a number is ahead of the next one, half the circle each way."""
        return (number - (self.next or 0) + _SPAN // 2) % _SPAN - _SPAN // 2


@define(eq=False)
class _Conversation:
    """One connection of the file."""

    number: int
    ways: dict[Direction, _Way] = Factory(
        lambda: {Direction.SENT: _Way(), Direction.RECEIVED: _Way()}
    )
    closed: bool = False


def _events(
    packets: Iterable[tuple[int, Packet]], began: int, meters: set[int]
) -> Iterator[TraceEvent]:
    conversations: dict[frozenset[Station], _Conversation] = {}
    everybody: list[_Conversation] = []
    at = 0.0
    for moment, packet in packets:
        at = (moment - began) / 1e9
        sent = packet.destination.port in meters
        direction = Direction.SENT if sent else Direction.RECEIVED
        ends = frozenset((packet.source, packet.destination))
        opens = packet.protocol == TCP and packet.flags & (Flags.SYN | Flags.ACK) == Flags.SYN
        known = conversations.get(ends)
        if known is None or (opens and known.closed):
            known = conversations[ends] = _Conversation(len(everybody) + 1)
            everybody.append(known)
            if opens:
                yield _internal(at, CONNECTED, known)
        if packet.protocol == UDP:
            if packet.payload:
                yield _event(at, direction, packet.payload, known)
            continue
        yield from _put_in_order(at, direction, known, known.ways[direction].take(packet))
        if packet.flags & (Flags.FIN | Flags.RST) and not known.closed:
            known.closed = True
            yield _internal(at, CLOSED_BY_CLIENT if sent else CLOSED_BY_METER, known)
    for known in everybody:
        for direction, way in known.ways.items():
            yield from _put_in_order(at, direction, known, way.rest())


def _put_in_order(
    at: float, direction: Direction, known: _Conversation, taken: tuple[bytes, int]
) -> Iterator[TraceEvent]:
    octets, lost = taken
    if lost:
        yield _internal(at, f"{lost} octets are not in the capture", known)
    if octets:
        yield _event(at, direction, octets, known)


def _event(
    at: float, direction: Direction, octets: bytes, known: _Conversation, note: str = ""
) -> TraceEvent:
    details = MappingProxyType({CONNECTION: known.number})
    return TraceEvent(
        at=at, layer=TRANSPORT, direction=direction, octets=octets, note=note, details=details
    )


def _internal(at: float, note: str, known: _Conversation) -> TraceEvent:
    return _event(at, Direction.INTERNAL, b"", known, note)
