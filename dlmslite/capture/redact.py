"""A capture that can be shown: without passwords, keys and serial numbers.

What is struck out of an APDU is in ``strike.py``. Here the APDUs are put back into their frames:
lengths stay, check sequences are made anew, times and pieces are those that were. What is in no
sound frame is struck out, too, since it may be a damaged one; words that a converter says stay,
without long numbers. Kept are addresses: some meters use the last digits of their serial number as
HDLC address, and the notes of the capture say which endpoint it was.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from attrs import Factory, evolve

from dlmslite.capture.base import CONNECTION, Capture, connection_of, is_on_the_wire
from dlmslite.capture.conversation import Listener, Unit, information, spoken
from dlmslite.capture.strike import STAR, Known, learn, strike
from dlmslite.link.hdlc import llc
from dlmslite.link.hdlc.frames import FRMR, SNRM, UA, UI, I
from dlmslite.link.wrapper import Wpdu
from dlmslite.records import define
from dlmslite.trace import Direction

_WORDS = re.compile(rb"[\r\n]*[ -}]+(?: [ -}]+)+[\r\n]*")
_LONG_NUMBER = re.compile(rb"\d{4,}")
_FLAG = 0x7E

Way = tuple[int, Direction]


@define(eq=False)
class _Stream:
    """One direction of one connection: what was said, and what may be shown of it."""

    octets: bytearray = Factory(bytearray)
    units: list[Unit] = Factory(list)
    shown: dict[int, bytes] = Factory(dict)  # by the place of a frame: its information field


def redact(capture: Capture) -> Capture:
    """The capture without secrets and serial numbers, octet for octet as long as it was."""
    known = Known()
    for one in spoken(capture):
        learn(one.octets, one.connection, known)
    known.asked.clear()
    streams = _rewrite(capture, known)
    clean = {way: _clean(stream) for way, stream in streams.items()}
    places = dict.fromkeys(clean, 0)
    events = []
    for event in capture.events:
        if is_on_the_wire(event):
            way = (connection_of(event), event.direction)
            start = places[way]
            places[way] = start + len(event.octets)
            shown = bytes(clean[way][start : places[way]])
        else:
            shown = _stars(event.octets)
        # Details may hold what was said, in any form; which connection it was is not among it.
        number = MappingProxyType({CONNECTION: connection_of(event)})
        events.append(evolve(event, octets=shown, details=number))
    return Capture(capture.header, tuple(events))


def _rewrite(capture: Capture, known: Known) -> dict[Way, _Stream]:
    """Find every frame, and what may be shown of each that carries an APDU."""
    listener = Listener(capture.header.framing)
    streams: dict[Way, _Stream] = {}
    for event in capture.octets_on_the_wire():
        way = (connection_of(event), event.direction)
        stream = streams.setdefault(way, _Stream())
        stream.octets += event.octets
        _take(stream, listener.hear(*way, event.octets), way[0], known)
    for way, stream in streams.items():
        _take(stream, listener.rest(*way), way[0], known)
    return streams


def _take(
    stream: _Stream,
    heard: tuple[list[Unit], list[tuple[tuple[Unit, ...], bytes, bool]]],
    connection: int,
    known: Known,
) -> None:
    units, apdus = heard
    stream.units += units
    for carriers, apdu, _ in apdus:
        whole = b"".join(information(unit) for unit in carriers)
        head = whole[: len(whole) - len(apdu)]  # the LLC header
        rest = head + strike(apdu, connection, known)
        for unit in carriers:
            size = len(information(unit))
            stream.shown[unit.start] = rest[:size]
            rest = rest[size:]


def _clean(stream: _Stream) -> bytearray:
    """What may be shown of all octets of a direction."""
    octets = stream.octets
    said = {
        information(unit): stream.shown[unit.start]
        for unit in stream.units
        if unit.start in stream.shown
    }
    place = 0
    for unit in stream.units:
        octets[place : unit.start] = _noise(bytes(octets[place : unit.start]))
        place = unit.start + len(unit.octets)
        octets[unit.start : place] = _shown(unit, stream, said)
    octets[place:] = _noise(bytes(octets[place:]))
    return octets


def _shown(unit: Unit, stream: _Stream, said: dict[bytes, bytes]) -> bytes:
    """A frame as it may be shown, with new check sequences."""
    frame = unit.content
    shown = stream.shown.get(unit.start)
    if isinstance(frame, Wpdu):
        return evolve(frame, apdu=shown if shown is not None else _stars(frame.apdu)).encode()
    carried = information(unit)
    if not carried or isinstance(frame, SNRM | UA | FRMR):
        return unit.octets
    if shown is None and isinstance(frame, I | UI):
        shown = said.get(carried)  # the same was said twice
    if shown is None:
        head, rest = llc.split(carried)
        shown = head + _stars(rest)
    return evolve(frame, information=shown).encode()  # type: ignore[arg-type] # RR and RNR carry nothing


def _noise(octets: bytes) -> bytes:
    if _WORDS.fullmatch(octets):
        return _LONG_NUMBER.sub(lambda number: _stars(number[0]), octets)
    return bytes(octet if octet == _FLAG else STAR for octet in octets)


def _stars(octets: bytes) -> bytes:
    return bytes([STAR]) * len(octets)
