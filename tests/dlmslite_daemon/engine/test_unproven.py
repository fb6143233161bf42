"""One association comes before any poll; what was proven is not asked again."""

from __future__ import annotations

import pytest
from rig.engine import Bench

from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.engine.health import Fault
from dlmslite_daemon.engine.trial import Trial
from dlmslite_daemon.engine.unproven import CREDENTIALS, UNPROVEN, is_unproven, prove
from dlmslite_daemon.errors import BridgeError, UnknownMeter


class Engine:
    """An engine whose trials end as the test says."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.tried = 0

    def try_meter(self, settings: MeterSettings, seconds: float) -> Trial:
        assert settings.name == "kitchen"
        assert seconds > 0
        self.tried += 1
        return self.trial


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.add("kitchen")
    bench.store.note("kitchen", {CREDENTIALS: UNPROVEN})
    return bench


def test_an_association_proves_even_if_a_value_does_not_come(bench: Bench) -> None:
    engine = Engine(Trial(ok=False, seconds=1, association="SN 1, PDU 1024"))
    assert is_unproven(bench.store, "1")
    prove(engine, bench.store, "1")
    assert engine.tried == 1
    assert not is_unproven(bench.store, "kitchen")


@pytest.mark.parametrize(
    ("fault", "code"),
    [(Fault("E-METER-AUTH", "wrong password"), "E-METER-AUTH"), (None, "E-METER-UNPROVEN")],
)
def test_a_refusal_leaves_it_unproven(bench: Bench, fault: Fault | None, code: str) -> None:
    with pytest.raises(BridgeError, match="stays paused") as caught:
        prove(Engine(Trial(ok=False, seconds=1, fault=fault)), bench.store, "kitchen")
    assert caught.value.code == code
    assert "meter set kitchen" in caught.value.hint
    assert is_unproven(bench.store, "kitchen")


def test_a_meter_that_is_not_there(bench: Bench) -> None:
    with pytest.raises(UnknownMeter):
        is_unproven(bench.store, "nobody")
