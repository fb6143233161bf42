"""Invariant: any octets are an APDU or a DecodeError within them, never any other exception.

What is an APDU is described, and encoded and decoded to the same APDU again.
"""

from __future__ import annotations

from harness import run

from dlmslite.apdu.base import decode
from dlmslite.apdu.describe import describe
from dlmslite.errors import DecodeError

ALLOWED = (DecodeError,)  # the octets are no APDU, or a utf8-string in it is no UTF-8


def test_one_input(data: bytes) -> None:
    """Decode as strictly and as leniently as can be."""
    for lenient in (False, True):
        try:
            apdu = decode(data, lenient=lenient)
        except ALLOWED as error:
            check_offset(error, data)
            continue
        assert decode(apdu.encode(), lenient=lenient) == apdu
        try:
            described = describe(apdu)
        except ALLOWED:
            continue  # a utf8-string in it is no UTF-8
        assert described["apdu"] == apdu.NAME


def check_offset(error: DecodeError, data: bytes) -> None:
    """A fault is found within the octets, or where more of them should be."""
    assert 0 <= error.offset <= len(data)


if __name__ == "__main__":
    run("fuzz_apdu", test_one_input)
