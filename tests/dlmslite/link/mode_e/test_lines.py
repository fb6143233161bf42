"""Messages of a sign-on among whatever else is on a line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.feeding import check, pieces
from strategies.sign_ons import messages

from dlmslite.link.mode_e.lines import LINE_MAX, Lines
from dlmslite.link.mode_e.messages import Message

ROUGH = st.one_of(
    st.binary(max_size=60),
    messages().map(lambda message: message.encode()),
    st.binary(min_size=LINE_MAX, max_size=2 * LINE_MAX).map(lambda octets: b"/" + octets),
)


def make() -> Callable[[bytes], list[bytes]]:
    lines = Lines()
    return lambda octets: lines.feed(octets)[0]


@given(st.lists(messages(), max_size=4))
def test_every_message_comes_out_however_it_is_fed(sent: list[Message]) -> None:
    octets = b"".join(message.encode() for message in sent)
    check(make, octets, [message.encode() for message in sent], tail=b"/?")


@given(st.lists(ROUGH, max_size=5).map(b"".join))
def test_the_lines_do_not_depend_on_the_pieces_and_no_octet_is_lost(octets: bytes) -> None:
    expected = make()(octets)
    for name, parts in pieces(octets):
        lines = Lines()
        found, total = [], 0
        for part in parts:
            whole, noise = lines.feed(part)
            found += whole
            total += sum(map(len, whole + noise))
            assert len(lines._rest) < LINE_MAX
        assert found == expected, name
        assert total + len(lines._rest) == len(octets)


def test_s04_wake_up_nuls_are_no_part_of_a_message() -> None:
    lines, noise = Lines().feed(bytes(66) + b"/?!\r\n")
    assert lines == [b"/?!\r\n"]
    assert noise == [bytes(66)]


def test_a_parity_bit_is_taken_off() -> None:
    even = bytes(octet | (octet.bit_count() % 2) << 7 for octet in b"/LGZ5\\2ZMD\r\n")
    assert Lines().feed(even) == ([b"/LGZ5\\2ZMD\r\n"], [])


@pytest.mark.parametrize("before", [b"/LG", b"\x06", b"noise", b"/" * 500])
def test_a_message_that_was_cut_does_not_spoil_the_next(before: bytes) -> None:
    lines, noise = Lines().feed(before + b"/LGZ5\\2ZMD\r\n")
    assert lines == [b"/LGZ5\\2ZMD\r\n"]
    assert noise == [before]


def test_an_endless_line_is_noise() -> None:
    lines = Lines()
    lines.feed(b"/" + b"x" * LINE_MAX)
    assert lines.feed(b"xx\r\n/?!\r\n")[0] == [b"/?!\r\n"]


def test_reset_forgets_half_a_line() -> None:
    lines = Lines()
    lines.feed(b"/LGZ")
    lines.reset()
    assert lines.feed(b"5\r\n")[0] == []
