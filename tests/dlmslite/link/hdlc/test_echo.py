from __future__ import annotations

from dlmslite.link.hdlc.echo import Echo


def test_h08_what_was_said_comes_back_once() -> None:
    echo = Echo()
    echo.said([b"one", b"two"])
    assert echo.is_ours(b"one", may_be_theirs=False)
    assert not echo.is_ours(b"one", may_be_theirs=False)
    assert echo.is_ours(b"two", may_be_theirs=False)


def test_what_the_peer_could_say_too_is_theirs_until_an_echo_was_heard() -> None:
    echo = Echo()
    echo.said([b"one", b"two"])
    assert not echo.is_ours(b"one", may_be_theirs=True)
    assert not echo.is_heard
    assert echo.is_ours(b"two", may_be_theirs=False)
    assert echo.is_ours(b"one", may_be_theirs=True)


def test_the_turn_before_is_over() -> None:
    echo = Echo()
    echo.said([b"one"])
    echo.said([b"push"], anew=False)
    assert echo.is_ours(b"one", may_be_theirs=False)
    echo.said([b"two"])
    assert not echo.is_ours(b"push", may_be_theirs=False)
