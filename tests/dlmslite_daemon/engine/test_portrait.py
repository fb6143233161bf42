"""The observed state: what an operator sees first."""

from __future__ import annotations

import pytest
from attrs import evolve
from rig.engine import settings_of

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine.health import Observed
from dlmslite_daemon.engine.portrait import Portrait, Situation
from dlmslite_daemon.engine.series import SeriesBook
from dlmslite_daemon.engine.tally import Tally
from dlmslite_daemon.meters.plan import Plan
from dlmslite_daemon.policies.base import ConnectFailed, Subject
from dlmslite_daemon.policies.breaker import BreakerSettings
from dlmslite_daemon.policies.chain import Chain
from dlmslite_daemon.policies.credentials import CredentialGuard, CredentialSettings
from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.records import Desired

CLOCK = FakeClock(start=1000.0, utc_ms=5_000_000)
RECORD = MemoryStore(CLOCK).add_meter(settings_of("kitchen"))
CHAIN = Chain((BreakerSettings(limit=1).policy(Subject("kitchen"), 1000.0),))
CALM = Situation(RECORD, CHAIN, None, "", next_time=1010.0)


@pytest.fixture
def portrait() -> Portrait:
    return Portrait("10.0.0.5:3333", CLOCK, SeriesBook((), Plan(), {}), Tally())


def test_it_begins_connecting_and_follows_the_polls(portrait: Portrait) -> None:
    assert portrait.draw(CALM).observed is Observed.CONNECTING
    for asked, good, word, observed in (
        (2, 2, "complete", Observed.ONLINE),
        (2, 1, "partial", Observed.DEGRADED),
        (2, 0, "empty", Observed.OFFLINE),
        (0, 0, "empty", Observed.OFFLINE),
    ):
        assert portrait.polled(asked, good) == word
        assert portrait.draw(CALM).observed is observed


def test_an_operator_a_guard_and_a_breaker_outrank_the_last_poll(portrait: Portrait) -> None:
    portrait.polled(1, 1)
    broken = evolve(CALM, chain=CHAIN.learn(ConnectFailed("refused"), 1000.0))
    assert portrait.draw(broken).observed is Observed.BREAKER_OPEN
    assert portrait.draw(broken).breaker_until_ms == 5_000_000 + 60_000
    refused = evolve(
        broken, guard=CredentialGuard(CredentialSettings(), refused=2, diagnostic="13")
    )
    assert portrait.draw(refused).observed is Observed.AUTH_ERROR
    assert "13" in portrait.draw(refused).reason
    paused = evolve(refused, record=evolve(RECORD, desired=Desired.PAUSED))
    assert portrait.draw(paused).observed is Observed.PAUSED


def test_times_are_utc_and_never_is_none(portrait: Portrait) -> None:
    seen = portrait.draw(CALM)
    assert seen.next_attempt_ms == 5_010_000
    assert seen.since_ms == 5_000_000
    assert portrait.draw(evolve(CALM, next_time=float("inf"))).next_attempt_ms is None
    portrait.blame("E-X", "what", "do this")
    fault = portrait.draw(CALM).last_fault
    assert fault is not None
    assert (fault.code, fault.at_ms) == ("E-X", 5_000_000)
