"""Invariant: any octets are a BER field or a DecodeError within them, never any other exception.

What is a field is encoded and decoded to the same field again.
"""

from __future__ import annotations

import construct
from harness import run

from dlmslite.encoding import ber, codec
from dlmslite.errors import DecodeError

ALLOWED = (DecodeError,)  # the octets are no field

FIELD = ber.Field(
    0x60,
    construct.Struct(
        "number" / ber.integer(0xA1, what="number"),
        "text" / ber.octet_string(0xA2, what="text"),
        "bits" / ber.bit_string(0x83, what="bits"),
        ber.EndOfFields(),
    ),
    what="field",
)


def test_one_input(data: bytes) -> None:
    """Decode, and where that succeeds, encode and decode again."""
    try:
        value = codec.parse(FIELD, data)
    except ALLOWED as error:
        check_offset(error, data)
        return
    again = codec.parse(FIELD, codec.build(FIELD, value))
    assert (again.number, again.text, again.bits) == (value.number, value.text, value.bits)


def check_offset(error: DecodeError, data: bytes) -> None:
    """A fault is found within the octets, or where more of them should be."""
    assert 0 <= error.offset <= len(data)


if __name__ == "__main__":
    run("fuzz_ber", test_one_input)
