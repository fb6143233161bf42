"""Invariant: any octets give WPDUs and noise, the same WPDUs whole and octet by octet.

With a known route and without; and never more octets wait than one WPDU has, with the few behind
the last one among which a header may have begun.
"""

from __future__ import annotations

from harness import run

from dlmslite.errors import FramingError
from dlmslite.link.wrapper import HEADER_SIZE, Wpdu, WrapperStream

ALLOWED = (FramingError,)  # the input as one WPDU: another version, too short, too long

MAX_APDU = 512  # octets: a header that announces more is garbage


ROUTE = bytes.fromhex("00010010")


def wpdus(pieces: list[bytes], route: bytes) -> list[Wpdu]:
    """The WPDUs of one feeding."""
    stream = WrapperStream(MAX_APDU)
    stream.route = route
    found = []
    for piece in pieces:
        found += stream.feed(piece)[0]
        assert len(stream._rest) < 2 * HEADER_SIZE + MAX_APDU  # noqa: SLF001 - what is tested
    return found + stream.flush()[0]


def test_one_input(data: bytes) -> None:
    """Whole, then octet by octet; the same WPDUs both ways."""
    for route in (b"", ROUTE):
        whole = wpdus([data], route)
        assert whole == wpdus([data[index : index + 1] for index in range(len(data))], route)
    try:
        wpdu = Wpdu.decode(data)
    except ALLOWED:
        return
    assert wpdu.encode() == data


if __name__ == "__main__":
    run("fuzz_wrapper", test_one_input)
