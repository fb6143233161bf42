"""A link is good once, for ten minutes; a session ends by itself."""

from __future__ import annotations

import pytest

from dlmslite_daemon.api.caller import Caller, Role
from dlmslite_daemon.api.sessions import (
    LINK_SECONDS,
    LINKS_MAX,
    SESSION_SECONDS,
    SESSIONS_MAX,
    Sessions,
)
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.errors import NotAllowed

ANNA = Caller("anna", Role.OPERATOR)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sessions(clock: FakeClock) -> Sessions:
    return Sessions(clock)


def test_a_link_opens_one_session_and_no_second(sessions: Sessions) -> None:
    code = sessions.make_link(ANNA)
    key, session = sessions.redeem(code)
    assert sessions.get(key) == session
    assert session.caller == ANNA
    with pytest.raises(NotAllowed, match="E-SIGNIN"):
        sessions.redeem(code)


def test_a_link_is_over_after_ten_minutes(sessions: Sessions, clock: FakeClock) -> None:
    in_time, too_late = sessions.make_link(ANNA), sessions.make_link(ANNA)
    clock.advance(LINK_SECONDS - 1)
    assert sessions.redeem(in_time)
    clock.advance(1)
    with pytest.raises(NotAllowed):
        sessions.redeem(too_late)


def test_a_jump_of_the_wall_clock_ends_nothing(sessions: Sessions, clock: FakeClock) -> None:
    code = sessions.make_link(ANNA)
    clock.jump_wall(86_400)
    key, _ = sessions.redeem(code)
    clock.jump_wall(86_400)
    assert sessions.get(key)


def test_a_session_ends_by_itself_or_by_a_word(sessions: Sessions, clock: FakeClock) -> None:
    key, session = sessions.open(ANNA)
    assert session.expires_ms == clock.utc_ms() + SESSION_SECONDS * 1000
    other, _ = sessions.open(ANNA)
    sessions.close(other)
    sessions.close(other)
    assert sessions.get(other) is None
    clock.advance(SESSION_SECONDS)
    assert sessions.get(key) is None


def test_neither_links_nor_sessions_grow_without_end(sessions: Sessions) -> None:
    first = sessions.make_link(ANNA)
    for _ in range(LINKS_MAX):
        sessions.make_link(ANNA)
    with pytest.raises(NotAllowed):
        sessions.redeem(first)
    oldest, _ = sessions.open(ANNA)
    newest = [sessions.open(ANNA)[0] for _ in range(SESSIONS_MAX)][-1]
    assert (sessions.get(oldest), sessions.get(newest) is not None) == (None, True)
