from __future__ import annotations

import pytest

from dlmslite.errors import StateError
from dlmslite.link.base import Discarded, FrameCount, LinkClosed, LinkOpened, NotificationReceived
from dlmslite.link.mbus.frames import MbusFrame
from dlmslite.link.mbus.link import MbusLink, MbusSettings

FIRST = MbusFrame(segment=0, final=False, data=b"\xdb\x08")
LAST = MbusFrame(segment=1, final=True, data=b"rest")
WHOLE = NotificationReceived(b"\xdb\x08rest", 1, 0x67)


def opened() -> MbusLink:
    link = MbusLink(MbusSettings(inter_octet_timeout=0.5))
    link.open(0.0)
    assert link.events() == [LinkOpened()]
    return link


def test_a_telegram_of_two_frames_is_one_notification() -> None:
    link = opened()
    for octet in FIRST.encode() + LAST.encode():
        link.receive(bytes((octet,)), 1.0)
    assert link.events() == [WHOLE]
    assert link.frames == FrameCount(received=2)
    assert link.data_to_send() == b""
    assert link.next_deadline() is None


def test_half_a_frame_is_given_up_when_the_line_falls_silent() -> None:
    link = opened()
    stump = LAST.encode()[:9]
    link.receive(stump + FIRST.encode() + LAST.encode()[:-1], 1.0)
    assert link.next_deadline() == 1.5
    link.deadline_passed(1.4)
    link.receive(LAST.encode()[-1:], 1.45)
    link.deadline_passed(1.95)
    assert link.events()[-1] == WHOLE


def test_what_belongs_to_no_telegram_is_reported() -> None:
    link = opened()
    link.receive(LAST.encode() + b"\xe5", 1.0)
    assert link.events() == [
        Discarded(b"\xe5", "noise"),
        Discarded(LAST.encode(), "out-of-sequence"),
    ]


def test_nothing_is_sent() -> None:
    with pytest.raises(StateError):
        opened().send(b"\xc0", 1.0)


def test_a_closed_link_delivers_nothing() -> None:
    link = opened()
    link.close(1.0)
    link.receive(MbusFrame(data=b"push").encode(), 1.0)
    link.close(2.0)
    closed, discarded, again = link.events()
    assert (closed, again) == (LinkClosed(reason="disconnect"), LinkClosed(reason="not-open"))
    assert discarded.reason == "not-open"


def test_opening_again_forgets_half_a_telegram() -> None:
    link = opened()
    link.receive(FIRST.encode(), 1.0)
    link.open(2.0)
    link.receive(LAST.encode(), 2.0)
    assert link.events() == [LinkOpened(), Discarded(LAST.encode(), "out-of-sequence")]
