"""Invariant: any octets are one Data value, rows of a profile, or DecodeError, never any other.

What is a value has a tree of the same octets, and rows come out the same whether the octets arrive
whole or one by one.
"""

from harness import run

from dlmslite.errors import DecodeError
from dlmslite.values.data import Data, decode_plain
from dlmslite.values.describe import describe
from dlmslite.values.rows import RowDecoder, decode_rows

ALLOWED = (DecodeError,)  # when: the octets are no sound value, or not a whole one


def test_one_input(data: bytes) -> None:
    """As one value, then as rows, whole and octet by octet."""
    rows = None
    try:
        value = Data.decode(data)
    except ALLOWED:
        pass
    else:
        rows = value.plain if data[0] == 1 and all(type(x) is tuple for x in value.plain) else None
        check_tree(value)
    for pieces in ([data], [data[i : i + 1] for i in range(len(data))]):
        assert rows_of(pieces) == (repr(rows) if rows is not None else None)
    if rows is not None:
        assert repr(decode_rows(data)) == repr(rows)


def check_tree(value: Data) -> None:
    """A value can be explained, and made again from its tree with lengths in their short form."""
    try:
        describe(value)
        again = Data.of_tree(value.tree())
    except ALLOWED:
        return  # a utf8-string in it is no UTF-8
    assert repr(again.plain) == repr(value.plain)
    assert repr(decode_plain(again.octets)[0]) == repr(value.plain)


def rows_of(pieces: list[bytes]) -> str | None:
    """The rows as text, in which NaN equals itself; None where they are refused."""
    decoder = RowDecoder()
    rows = []
    try:
        for piece in pieces:
            for batch in decoder.feed(piece):
                rows += batch.rows
        decoder.finish()
    except ALLOWED:
        return None
    return repr(rows)


if __name__ == "__main__":
    run("fuzz_data", test_one_input)
