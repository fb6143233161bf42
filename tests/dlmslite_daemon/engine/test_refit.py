"""Changes to meters that stand: tried first, saved when accepted, never under a wrong name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import define, evolve, field
from rig.engine import Bench, settings_of
from rig.fake_client import unreachable

from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.engine.acquaintance import SERIAL, SWAPPED
from dlmslite_daemon.engine.health import Fault
from dlmslite_daemon.engine.refit import Refit
from dlmslite_daemon.engine.trial import Trial
from dlmslite_daemon.engine.tuning import OF_EACH_METER, Tuning
from dlmslite_daemon.errors import BridgeError, ConfigError, UnknownMeter
from dlmslite_daemon.policies.flapping import FlappingSettings
from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.records import MeterRecord

GOOD = Trial(True, 1.0, "PDU 1024", serial="A1", opening_seconds=0.3, poll_seconds=0.6)
REFUSED = Trial(False, 1.0, fault=Fault("E-METER-CREDENTIALS", "the password is wrong"))


@define
class Engine:
    """A control that tries what it is told, and remembers."""

    store: MemoryStore
    trial: Trial = GOOD
    tried: list[MeterSettings] = field(factory=list)
    told: list[Any] = field(factory=list)
    meanwhile: Callable[[], object] | None = None

    def try_meter(self, settings: MeterSettings, seconds: float) -> Trial:
        self.tried.append(settings)
        if self.meanwhile is not None:
            self.meanwhile()
        return self.trial

    def add_meter(self, settings: MeterSettings) -> MeterRecord:
        return self.store.add_meter(settings)

    def set_meter(self, settings: MeterSettings) -> MeterRecord:
        return self.store.set_meter(settings)

    def swapped(self, name: str) -> None:
        self.told.append(name)

    def retune(self, *settings: object) -> None:
        self.told.append(settings)


@define
class Stage:
    """A refit with a meter on its line."""

    bench: Bench = field(factory=Bench)
    engine: Engine = field(init=False)
    refit: Refit = field(init=False)

    def __attrs_post_init__(self) -> None:
        bench = self.bench
        bench.add("kitchen")
        self.engine = Engine(bench.store)
        tuning = Tuning({}, bench.store, bench.clock)
        board = bench.shared.board
        self.refit = Refit(bench.store, board, bench.clock, self.engine, tuning)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def client(number: int) -> Any:
    return lambda settings: evolve(settings, client=number)


def test_the_new_pair_is_tried_before_it_is_saved(stage: Stage) -> None:
    done = stage.refit.change("kitchen", client(32))
    assert done.saved
    assert stage.engine.tried[0].client == 32
    assert stage.bench.store.meter("kitchen").settings.client == 32
    assert done.record is not None
    assert stage.bench.store.notebook("kitchen")[SERIAL] == "A1"


def test_the_old_pair_stays_until_the_new_one_is_accepted(stage: Stage) -> None:
    stage.engine.trial = REFUSED
    done = stage.refit.change("kitchen", client(32))
    assert not done.saved
    assert done.trial is not None
    assert done.trial.fault is not None
    assert stage.bench.store.meter("kitchen").settings.client == 16
    assert stage.refit.change("kitchen", client(32), force=True).saved
    assert stage.bench.store.meter("kitchen").settings.client == 32


def test_what_touches_no_wire_needs_no_trial(stage: Stage) -> None:
    done = stage.refit.change("kitchen", lambda settings: evolve(settings, every=2.0))
    assert (done.saved, done.trial, stage.engine.tried) == (True, None, [])
    assert [warning.code for warning in done.warnings] == ["W-INTERVAL"]


def test_a_meter_that_the_file_names_is_changed_until_the_next_start_and_it_is_said(
    stage: Stage,
) -> None:
    bench = stage.bench
    tuning = Tuning({}, bench.store, bench.clock)
    refit = Refit(
        bench.store, bench.shared.board, bench.clock, stage.engine, tuning, of_file={"kitchen"}
    )
    done = refit.change("kitchen", client(32))
    assert done.saved
    assert [warning.code for warning in done.warnings] == ["W-METER-FILE"]


def test_a_change_made_while_the_trial_ran_is_not_lost(stage: Stage) -> None:
    store = stage.bench.store
    other = evolve(store.meter("kitchen").settings, every=33.0)
    stage.engine.meanwhile = lambda: store.set_meter(other)
    stage.refit.change("kitchen", client(32))
    settings = stage.bench.store.meter("kitchen").settings
    assert (settings.client, settings.every) == (32, 33.0)


def test_another_meter_at_the_new_place_is_not_taken_for_the_old_one(stage: Stage) -> None:
    stage.bench.store.note("kitchen", {SERIAL: "OLD"})

    def move(settings: MeterSettings) -> MeterSettings:
        return evolve(settings, url="tcp+hdlc://10.0.0.9:3333")

    with pytest.raises(BridgeError, match="A1 instead of OLD") as refused:
        stage.refit.change("kitchen", move)
    assert refused.value.hint.endswith("with --force, then dlmslite-bridge meter swap kitchen")
    assert refused.value.code == "E-METER-IDENTITY"
    assert "10.0.0.5" in stage.bench.store.meter("kitchen").settings.url
    stage.engine.trial = evolve(GOOD, serial="OLD")
    assert stage.refit.change("kitchen", move).saved
    # One that tells nothing is taken, with a warning.
    stage.engine.trial = evolve(GOOD, serial="")
    done = stage.refit.change("kitchen", client(32))
    assert done.saved
    assert [warning.code for warning in done.warnings] == ["W-METER-IDENTITY"]
    assert stage.bench.store.notebook("kitchen")[SERIAL] == "OLD"


def test_a_move_of_a_meter_that_nobody_knew_says_whom_it_met(stage: Stage) -> None:
    done = stage.refit.change(
        "kitchen", lambda settings: evolve(settings, url="tcp+hdlc://10.0.0.9:3333")
    )
    assert done.saved
    assert ["A1 is kitchen" in warning.message for warning in done.warnings] == [True]


def test_a_swap_makes_the_meter_that_answers_the_known_one(stage: Stage) -> None:
    stage.bench.store.note("kitchen", {SERIAL: "OLD"})
    done = stage.refit.swap("kitchen")
    assert (done.saved, done.known) == (True, "OLD")
    notebook = stage.bench.store.notebook("kitchen")
    assert (notebook[SERIAL], notebook[SWAPPED]) == ("A1", str(stage.bench.clock.utc_ms()))
    assert stage.engine.told == ["kitchen"]


def test_a_swap_to_another_serial_number_than_the_label_says_is_refused(stage: Stage) -> None:
    with pytest.raises(BridgeError) as refused:
        stage.refit.swap("kitchen", "B2")
    assert refused.value.code == "E-METER-IDENTITY"
    stage.engine.trial = REFUSED
    assert not stage.refit.swap("kitchen").saved
    assert SERIAL not in stage.bench.store.notebook("kitchen")
    assert stage.engine.told == []


def test_a_line_that_would_be_too_full_is_refused_without_force(stage: Stage) -> None:
    stage.engine.trial = evolve(GOOD, poll_seconds=9.0)
    garage = settings_of("garage", every=10.0)
    with pytest.raises(BridgeError) as refused:
        stage.refit.add(garage)
    assert refused.value.code == "E-LINE-OVERLOAD"
    assert len(stage.bench.store.meters()) == 1
    done = stage.refit.add(garage, force=True)
    assert done.saved
    assert [warning.code for warning in done.warnings] == ["E-LINE-OVERLOAD"]
    # 0.3 s to open, 9 s to read, 2 s of rest, each 10 s.
    assert done.load.share == pytest.approx(1.13)
    assert done.load.unmeasured == ("kitchen",)
    assert stage.bench.store.notebook("garage")[SERIAL] == "A1"


def test_a_meter_that_was_not_accepted_is_not_added(stage: Stage) -> None:
    stage.engine.trial = REFUSED
    assert not stage.refit.add(settings_of("garage")).saved
    with pytest.raises(ConfigError):
        stage.refit.add(settings_of("garage", policies={"brake": {"limit": 1}}))
    with pytest.raises(UnknownMeter):
        stage.refit.change("attic", client(32))


def test_the_load_of_lines_is_that_of_real_polls(stage: Stage) -> None:
    bench = stage.bench
    bench.run(bench.poller(bench.store.meter("kitchen")), 50.0)
    (load,) = stage.refit.loads()
    assert load.line == "10.0.0.5:3333"
    assert load.share == pytest.approx(0.01)  # 0.1 s each 10 s
    assert bench.seen("kitchen").associations_24h == 1


def test_numbers_for_all_meters_reach_lines_and_gates(stage: Stage) -> None:
    stage.refit.tune({"credentials": {"refusals": 1}, "breaker": {"limit": 4}})
    ((credentials, rate, flapping),) = stage.engine.told
    assert flapping == FlappingSettings()
    assert (credentials.refusals, rate.connects) == (1, 30)
    with pytest.raises(ConfigError):
        stage.refit.tune({"brake": {}})
    assert len(stage.engine.told) == 1
    stage.refit.reload({"breaker": {"limit": 2, "pause": 9.0}}, ())
    knobs = {(knob.policy, knob.name): knob.value for knob in stage.refit.tuning.knobs()}
    assert (knobs["breaker", "limit"], knobs["breaker", "pause"]) == (4, 9.0)  # an operator's stays
    with pytest.raises(ConfigError):
        stage.refit.reload({"breaker": {"limit": 0}}, ())
    assert len(stage.engine.told) == 2


def test_every_policy_of_a_meter_is_shown_with_its_next_attempt(stage: Stage) -> None:
    bench = stage.bench
    assert stage.refit.policies("kitchen") == ()
    refit = stage.refit
    settings = settings_of("kitchen", password="env:PW")
    record = bench.store.set_meter(settings)
    bench.meters["kitchen"].refuse = [unreachable()]
    poller = bench.poller(record)
    bench.run(poller, 0.5)
    waiting = next(s for s in refit.policies("kitchen") if s.policy == "recovery")
    assert (waiting.action, waiting.state["failures"]) == ("wait", 1)
    assert waiting.until_ms is not None
    assert 0 < waiting.until_ms - bench.clock.utc_ms() <= 2400
    bench.run(poller, 15.0)
    states = {state.policy: state for state in refit.policies("kitchen")}
    assert tuple(states) == (*OF_EACH_METER, "credentials")
    assert states["credentials"].state["closed"] is False
    assert states["breaker"].state["failures"] == 1
    assert states["breaker"].action == "try"
    assert states["identity"].state["strange"] is False
