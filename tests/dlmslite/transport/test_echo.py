"""S03: what a line gives back of what was sent is taken out, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rig.feeding import pieces

from dlmslite.transport.echo import PENDING_MAX, EchoFilter


@given(st.binary(min_size=1, max_size=40), st.binary(max_size=40))
def test_s03_a_whole_echo_is_taken_out_however_it_comes(sent: bytes, answer: bytes) -> None:
    for name, parts in pieces(sent + answer):
        line = EchoFilter()
        line.sent(sent)
        assert b"".join(line.received(part) for part in parts) == answer, name


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_s03_a_line_without_echo_loses_no_octet_of_an_answer(sent: bytes, answer: bytes) -> None:
    # The answer differs from what was sent in its first octets: addresses, or the direction.
    line = EchoFilter()
    line.sent(b"\x01" + sent)
    assert line.received(b"\x02" + answer) == b"\x02" + answer


def test_s03_an_answer_that_begins_like_an_echo_is_handed_over_whole() -> None:
    line = EchoFilter()
    line.sent(b"\x7e\xa0\x07\x03")
    assert line.received(b"\x7e\xa0") == b""
    assert line.received(b"\x1e\x21") == b"\x7e\xa0\x1e\x21"
    assert line.received(b"\x07\x03") == b"\x07\x03"


def test_s03_echoes_of_several_writes_come_in_order() -> None:
    line = EchoFilter()
    line.sent(b"one")
    line.sent(b"two")
    assert line.received(b"onet") == b""
    assert line.received(b"woanswer") == b"answer"
    line.sent(b"three")
    assert line.received(b"threeyes") == b"yes"


def test_what_never_comes_back_is_forgotten() -> None:
    line = EchoFilter()
    for _ in range(100):
        line.sent(bytes(PENDING_MAX // 2))
        assert len(line._expected) <= PENDING_MAX
    line.sent(b"question")
    line.reset()
    assert line.received(b"question") == b"question"
