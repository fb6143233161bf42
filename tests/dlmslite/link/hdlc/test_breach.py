from __future__ import annotations

import pytest

from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.breach import reject
from dlmslite.link.hdlc.frames import RR, I
from dlmslite.link.hdlc.segments import Segment
from dlmslite.link.hdlc.window import Window

C, S = Address(16), Address(1, 17, 4)


def counters() -> Window:
    window = Window(7, 7)
    for _ in range(3):
        window.number(Segment(b"", more=False))
    for ns in range(5):
        window.arrived(ns)
    return window


@pytest.mark.parametrize(
    ("why", "reasons"),
    [
        ("bad-control", ("undefined control octet",)),
        ("unexpected-information", ("undefined control octet", "unexpected information field")),
        ("too-long", ("information field too long",)),
        ("never-sent", ("invalid N(R)",)),
    ],
)
def test_l10_a_rejection_says_what_and_why(why: str, reasons: tuple[str, ...]) -> None:
    told = reject(RR(S, C, 6).encode()[1:-1], why, counters())
    assert told is not None
    destination, source, rejection = told
    assert (destination, source) == (S, C)
    assert (rejection.rejected_control, rejection.vs, rejection.vr) == (0xD1, 3, 5)
    assert (rejection.cr, rejection.reasons) == (False, reasons)


@pytest.mark.parametrize("why", ["duplicate", "out-of-sequence", "bad-sequence", "bad-parameters"])
def test_what_a_repetition_heals_is_not_rejected(why: str) -> None:
    assert reject(I(S, C, 1, 1).encode()[1:-1], why, counters()) is None


def test_i04_nothing_is_said_without_a_poll() -> None:
    assert reject(RR(S, C, 6, pf=False).encode()[1:-1], "never-sent", counters()) is None
