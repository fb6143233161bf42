"""Finds frames and APDUs in a capture, and where in the octets each of them stands.

Enters: the events of a capture, in order. Leaves: what was spoken, one APDU at a time, with the
sound frames that carried it. Segments are joined; what was sent twice is heard once. Octets that
are no sound frame are passed over: they are said by the events themselves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from attrs import Factory, field

from dlmslite.capture.base import Capture, connection_of
from dlmslite.errors import FramingError
from dlmslite.link.hdlc import llc
from dlmslite.link.hdlc.frames import SNRM, UI, Frame, I, decode_sound
from dlmslite.link.hdlc.resync import FLAG, FRAME_MAX, Resync
from dlmslite.link.wrapper import HEADER_SIZE, LENGTH_MAX, Wpdu, WrapperStream
from dlmslite.records import define, frozen
from dlmslite.trace import Direction

JOINED_MAX = 4 * 1024 * 1024  # octets of one APDU that are joined; more was never one
REPEATS = 7  # frames that may come again: as many as a window has


@frozen
class Unit:
    """One sound frame or WPDU.

    Attributes:
        start: Its place in all octets of its direction and connection.
        octets: The whole of it; HDLC with both flags.
        content: The decoded frame or WPDU.
    """

    start: int
    octets: bytes
    content: Frame | Wpdu


@frozen
class Spoken:
    """One APDU.

    Attributes:
        at: When it was complete, on the clock of the events.
        connection: On which connection.
        direction: From the client (``SENT``) or from the meter (``RECEIVED``).
        octets: The APDU, without LLC header or wrapper.
        units: The frames that carried it.
        is_push: Whether it came outside the sequence, in UI frames.
    """

    at: float
    connection: int
    direction: Direction
    octets: bytes
    units: tuple[Unit, ...]
    is_push: bool = False


class UnitFinder:
    """Finds the sound frames of one direction, in pieces of any size, and their places.

    Args:
        framing: ``hdlc`` or ``wrapper``.
    """

    def __init__(self, framing: str) -> None:
        self._resync = Resync() if framing == "hdlc" else None
        self._wrapper = WrapperStream()
        self._kept = bytearray()  # octets in which a frame may still be found
        self._start = 0  # the place of the first of them

    def feed(self, octets: bytes) -> list[Unit]:
        """Take octets; return what they complete."""
        self._kept += octets
        if self._resync is not None:
            return self._locate_frames(self._resync.feed(octets)[0])
        units = [self._locate(wpdu.encode(), wpdu) for wpdu in self._wrapper.feed(octets)[0]]
        self._forget(len(self._kept) - HEADER_SIZE - LENGTH_MAX)
        return units

    def flush(self) -> list[Unit]:
        """Give up what has only begun; return the frames behind such a beginning."""
        return self._locate_frames(self._resync.flush()[0]) if self._resync is not None else []

    def _locate_frames(self, bodies: list[bytes]) -> list[Unit]:
        units = []
        for body in bodies:
            try:
                frame = decode_sound(body)
            except FramingError:
                continue  # its check sequences are right and its contents mean nothing
            units.append(self._locate(FLAG + body + FLAG, frame))
        self._forget(len(self._kept) - FRAME_MAX - 2)
        return units

    def _locate(self, octets: bytes, content: Frame | Wpdu) -> Unit:
        place = self._kept.find(octets)
        unit = Unit(self._start + place, octets, content)
        # The closing flag may open the next frame.
        self._forget(place + len(octets) - (1 if self._resync is not None else 0))
        return unit

    def _forget(self, count: int) -> None:
        if count > 0:
            del self._kept[:count]
            self._start += count


@define(eq=False)
class _Sequence:
    """The segments of one kind of frame that make an APDU."""

    units: list[Unit] = Factory(list)
    size: int = 0

    def add(self, unit: Unit, information: bytes, *, more: bool) -> tuple[Unit, ...] | None:
        if llc.split(information)[0]:
            self.drop()  # a new APDU: the end of the one before was lost
        self.units.append(unit)
        self.size += len(information)
        if self.size > JOINED_MAX:
            self.drop()
        if more:
            return None
        units = tuple(self.units)
        self.drop()
        return units

    def drop(self) -> None:
        self.units = []
        self.size = 0


@define(eq=False)
class _Speaker:
    """One direction of one connection."""

    finder: UnitFinder
    numbered: _Sequence = Factory(_Sequence)
    unnumbered: _Sequence = Factory(_Sequence)
    heard: deque[tuple[int, bytes]] = field(factory=lambda: deque(maxlen=REPEATS))

    def join(self, frame: I | UI, unit: Unit) -> tuple[Unit, ...] | None:
        """The frames of an APDU that this one completes."""
        if isinstance(frame, UI):
            return self.unnumbered.add(unit, frame.information, more=frame.segmented)
        said = (frame.ns, frame.information)
        if said in self.heard:
            return None  # sent twice
        self.heard.append(said)
        return self.numbered.add(unit, frame.information, more=frame.segmented)

    def begin(self) -> None:
        """A new link: numbers begin anew."""
        self.heard.clear()
        self.numbered.drop()


class Listener:
    """Hears a capture, event by event.

    Args:
        framing: ``hdlc`` or ``wrapper``.
    """

    def __init__(self, framing: str) -> None:
        self._framing = framing
        self._speakers: dict[tuple[int, Direction], _Speaker] = {}

    def hear(
        self, connection: int, direction: Direction, octets: bytes
    ) -> tuple[list[Unit], list[tuple[tuple[Unit, ...], bytes, bool]]]:
        """Take octets; return the frames that they complete, and the APDUs.

        Returns:
            All frames; then for each APDU its frames, its octets, and whether it is a push.
        """
        speaker = self._speaker(connection, direction)
        return self._understand(connection, speaker, speaker.finder.feed(octets))

    def rest(
        self, connection: int, direction: Direction
    ) -> tuple[list[Unit], list[tuple[tuple[Unit, ...], bytes, bool]]]:
        """The same at the end, when nothing more comes."""
        speaker = self._speaker(connection, direction)
        return self._understand(connection, speaker, speaker.finder.flush())

    def _speaker(self, connection: int, direction: Direction) -> _Speaker:
        key = (connection, direction)
        if key not in self._speakers:
            self._speakers[key] = _Speaker(UnitFinder(self._framing))
        return self._speakers[key]

    def _understand(
        self, connection: int, speaker: _Speaker, units: list[Unit]
    ) -> tuple[list[Unit], list[tuple[tuple[Unit, ...], bytes, bool]]]:
        apdus: list[tuple[tuple[Unit, ...], bytes, bool]] = []
        for unit in units:
            frame = unit.content
            if isinstance(frame, Wpdu):
                if frame.apdu:
                    apdus.append(((unit,), frame.apdu, False))
            elif isinstance(frame, SNRM):
                for (number, _), other in self._speakers.items():
                    if number == connection:
                        other.begin()
            elif isinstance(frame, I | UI):
                whole = speaker.join(frame, unit)
                if whole:
                    apdu = llc.split(b"".join(information(part) for part in whole))[1]
                    if apdu:
                        apdus.append((whole, apdu, isinstance(frame, UI)))
        return units, apdus


def information(unit: Unit) -> bytes:
    """What a frame carries; empty for one that carries nothing."""
    content = unit.content
    return content.apdu if isinstance(content, Wpdu) else getattr(content, "information", b"")


def spoken(capture: Capture) -> Iterator[Spoken]:
    """Every APDU of a capture, in the order in which they were complete."""
    listener = Listener(capture.header.framing)
    ways: dict[tuple[int, Direction], float] = {}
    for event in capture.octets_on_the_wire():
        way = (connection_of(event), event.direction)
        ways[way] = event.at
        for units, octets, is_push in listener.hear(*way, event.octets)[1]:
            yield Spoken(event.at, *way, octets, units, is_push)
    for way, at in ways.items():
        for units, octets, is_push in listener.rest(*way)[1]:
            yield Spoken(at, *way, octets, units, is_push)
