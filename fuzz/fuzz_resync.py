"""Invariant: any octets give frames and noise, and the same frames whole and octet by octet.

Nothing is ever raised; what ``resync`` passes has sound check sequences, so decoding it fails for
its contents alone; and never more octets wait than one frame has.
"""

from __future__ import annotations

from harness import run

from dlmslite.errors import FramingError
from dlmslite.link.hdlc.frames import decode, decode_sound
from dlmslite.link.hdlc.resync import FRAME_MAX, Resync

ALLOWED = (FramingError,)  # a sound frame with contents that mean nothing
CODES = {"bad-control", "bad-parameters", "unexpected-information"}


def frames(pieces: list[bytes]) -> list[bytes]:
    """The sound frames of one feeding."""
    resync = Resync()
    found = []
    for piece in pieces:
        found += resync.feed(piece)[0]
        assert len(resync._rest) <= FRAME_MAX + 1  # noqa: SLF001 - the bound is what is tested
    return found + resync.flush()[0]


def test_one_input(data: bytes) -> None:
    """Whole, then octet by octet; the same frames both ways."""
    found = frames([data])
    assert found == frames([data[index : index + 1] for index in range(len(data))])
    for body in found:
        try:
            frame = decode_sound(body)
        except ALLOWED as error:
            if error.code not in CODES:
                raise
        else:
            assert decode(frame.encode()) == frame


if __name__ == "__main__":
    run("fuzz_resync", test_one_input)
