"""Invariant: any octets give M-Bus frames and noise, the same whole and octet by octet.

Nothing is lost: each octet is in a frame or in the noise. What is passed as sound decodes, or is no
segment; the link above gives events and never raises; and never more octets wait than one frame
has.
"""

from __future__ import annotations

from harness import run

from dlmslite.errors import FramingError
from dlmslite.link.base import LinkEvent
from dlmslite.link.mbus.frames import FRAME_MAX, MbusFrame, frame_size
from dlmslite.link.mbus.link import MbusLink, MbusSettings
from dlmslite.link.mbus.stream import MbusStream

ALLOWED = (FramingError,)  # a sound frame that is no segment


def frames(pieces: list[bytes]) -> list[bytes]:
    """The sound frames of one feeding."""
    stream = MbusStream()
    found, lost = [], 0
    for piece in [*pieces, None]:
        taken, noise = stream.flush() if piece is None else stream.feed(piece)
        found += taken
        lost += sum(len(entry.octets) for entry in noise)
        assert len(stream._rest) < FRAME_MAX  # noqa: SLF001 - the bound is what is tested
    assert lost + sum(map(len, found)) == sum(map(len, pieces))
    return found


def listen(data: bytes) -> list[LinkEvent]:
    """What a link tells of it, with a silence at the end."""
    link = MbusLink(MbusSettings(max_apdu=1000))
    link.open(0.0)
    link.receive(data, 1.0)
    while (deadline := link.next_deadline()) is not None:
        link.deadline_passed(deadline)
    return link.events()


def test_one_input(data: bytes) -> None:
    """Whole, then octet by octet; the same frames both ways."""
    found = frames([data])
    assert found == frames([data[index : index + 1] for index in range(len(data))])
    for octets in found:
        try:
            frame = MbusFrame.decode(octets)
        except ALLOWED as error:
            if error.code != "no-segment":
                raise
        else:
            if frame_size(octets[1]) == octets[1] + 6:  # a T210-D writes what we do not
                assert frame.encode() == octets
    listen(data)


if __name__ == "__main__":
    run("fuzz_mbus", test_one_input)
