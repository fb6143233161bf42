"""Guards and the connect rate, asked by several threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine.shared import Gates
from dlmslite_daemon.policies.base import Action, Forced, ProofAccepted, ProofRefused, ProofSent
from dlmslite_daemon.policies.credentials import CredentialSettings
from dlmslite_daemon.policies.rate_limit import ConnectRate, ConnectRateSettings
from dlmslite_daemon.store.memory import MemoryStore


def gates(store: MemoryStore) -> Gates:
    return Gates(store, CredentialSettings(), ConnectRate(ConnectRateSettings(connects=10)))


def test_11_two_refusals_close_the_guard_across_a_restart() -> None:
    store = MemoryStore(FakeClock())
    before = gates(store)
    for _ in range(2):
        assert before.may_prove("k", 0.0).action is Action.TRY
        before.learn("k", ProofSent(), 0.0)
        before.learn("k", ProofRefused("13"), 0.0)
    assert before.may_prove("k", 0.0).action is Action.STOP
    after = gates(store)
    assert after.may_prove("k", 1e9).action is Action.STOP
    assert after.may_prove("another", 1e9).action is Action.TRY
    after.learn("k", Forced(), 0.0)
    assert after.may_prove("k", 0.0).action is Action.TRY
    after.learn("k", ProofSent(), 0.0)
    after.learn("k", ProofAccepted(), 0.0)
    assert not gates(store).guard("k").closed


def test_many_threads_never_connect_faster_than_the_rate() -> None:
    shared = gates(MemoryStore(FakeClock()))
    with ThreadPoolExecutor(8) as pool:
        moments = sorted(pool.map(shared.reserve, [0.0] * 100))
    assert all(
        later - earlier >= 1.0 for earlier, later in zip(moments, moments[10:], strict=False)
    )
