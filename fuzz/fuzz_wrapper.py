"""Invariant: any octets give WPDUs and noise, the same WPDUs whole and octet by octet."""

from __future__ import annotations

from harness import run

from dlmslite.errors import FramingError
from dlmslite.link.wrapper import HEADER_SIZE, Wpdu, WrapperStream

ALLOWED = (FramingError,)  # the input as one WPDU: another version, too short, too long

MAX_APDU = 512  # octets: a header that announces more is garbage


def wpdus(pieces: list[bytes]) -> list[Wpdu]:
    """The WPDUs of one feeding."""
    stream = WrapperStream(MAX_APDU)
    found = []
    for piece in pieces:
        found += stream.feed(piece)[0]
        assert len(stream.remaining) < HEADER_SIZE + MAX_APDU
    return found


def test_one_input(data: bytes) -> None:
    """Whole, then octet by octet; the same WPDUs both ways."""
    assert wpdus([data]) == wpdus([data[index : index + 1] for index in range(len(data))])
    try:
        wpdu = Wpdu.decode(data)
    except ALLOWED:
        return
    assert wpdu.encode() == data


if __name__ == "__main__":
    run("fuzz_wrapper", test_one_input)
