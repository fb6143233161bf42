"""Where the numbers of the policies come from, and how they are changed."""

from __future__ import annotations

import pytest
from rig.engine import settings_of

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine.tuning import (
    BATTERY_PATIENCE,
    OF_EACH_METER,
    OF_THE_PROCESS,
    Changes,
    Knob,
    Tuning,
    merged,
)
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.backoff import Recovery
from dlmslite_daemon.policies.base import POLICIES, ConnectFailed
from dlmslite_daemon.policies.breaker import Breaker
from dlmslite_daemon.store.memory import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(FakeClock())


def tuning(store: MemoryStore, **file: dict[str, object]) -> Tuning:
    return Tuning(file, store, FakeClock())


def knob(of: Tuning, name: str, meter: str = "") -> Knob:
    policy, _, field = name.partition(".")
    settings = settings_of("kitchen", policies={"breaker": {"limit": 3}}) if meter else None
    return next(k for k in of.knobs(settings) if (k.policy, k.name) == (policy, field))


def test_every_policy_of_polling_is_of_each_meter_or_of_the_process() -> None:
    names = {name for name, _ in POLICIES.items()}
    assert names == {*OF_EACH_METER, *OF_THE_PROCESS}


def test_the_meter_goes_before_the_operator_the_file_and_the_default(store: MemoryStore) -> None:
    made = tuning(store, breaker={"limit": 5, "pause": 60.0})
    assert knob(made, "breaker.window") == Knob("breaker", "window", 3600.0, "default")
    assert knob(made, "breaker.limit") == Knob("breaker", "limit", 5, "file")
    made.change({"breaker": {"limit": 4}})
    assert knob(made, "breaker.limit") == Knob("breaker", "limit", 4, "operator")
    assert knob(made, "breaker.limit", "kitchen") == Knob("breaker", "limit", 3, "meter")
    chain = made.chain(settings_of("kitchen", policies={"breaker": {"limit": 3}}))
    breaker = chain.find(Breaker)
    assert breaker is not None
    assert (breaker.settings.limit, breaker.settings.pause) == (3, 60.0)


def test_a_change_survives_a_restart_and_is_taken_back_by_none(store: MemoryStore) -> None:
    tuning(store).change({"busy": {"waits": [5, 10]}, "breaker": {"limit": 4}})
    again = tuning(store, breaker={"limit": 5})
    assert knob(again, "busy.waits").value == [5.0, 10.0]
    assert knob(again, "breaker.limit").value == 4
    again.change({"breaker": {"limit": None}})
    assert knob(again, "breaker.limit") == Knob("breaker", "limit", 5, "file")
    assert "policies.breaker" not in store.settings("policies.")


@pytest.mark.parametrize(
    ("changes", "key", "hint"),
    [
        ({"brake": {"limit": 1}}, "policies.brake", "breaker"),
        ({"breaker": {"limits": 1}}, "policies.breaker.limits", "limit"),
        ({"breaker": {"limit": 0}}, "policies.breaker.limit", ""),
        ({"breaker": {"limit": "5"}}, "policies.breaker.limit", ""),
        ({"busy": {"waits": []}}, "policies.busy.waits", ""),
        ({"credentials": {"refusals": 3}}, "policies.credentials.refusals", ""),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    store: MemoryStore, changes: Changes, key: str, hint: str
) -> None:
    made = tuning(store)
    before = list(made.knobs())
    with pytest.raises(ConfigError) as refused:
        made.change({"silence": {"seconds": 5.0}, **changes})
    assert refused.value.key == key
    assert hint in refused.value.hint
    assert list(made.knobs()) == before
    assert store.settings("") == {}


def test_a_meter_has_no_numbers_of_what_all_share(store: MemoryStore) -> None:
    made = tuning(store)
    made.change({"connect_rate": {"connects": 5}})
    assert made.settings("connect_rate").connects == 5
    with pytest.raises(ConfigError, match="whole process"):
        made.changed(settings_of("kitchen"), {"connect_rate": {"connects": 5}})


def test_a_change_that_no_meter_could_live_with_is_refused(store: MemoryStore) -> None:
    store.add_meter(settings_of("kitchen", policies={"breaker": {"pause_limit": 400.0}}))
    with pytest.raises(ConfigError):
        tuning(store).change({"breaker": {"pause": 500.0}})


def test_a_meters_own_numbers_are_changed_and_taken_back(store: MemoryStore) -> None:
    made = tuning(store)
    kitchen = made.changed(settings_of("kitchen"), {"breaker": {"limit": 5, "pause": 60.0}})
    assert kitchen.policies == {"breaker": {"limit": 5, "pause": 60.0}}
    kitchen = made.changed(kitchen, {"breaker": {"limit": None}, "busy": {"kept": 10.0}})
    assert kitchen.policies == {"breaker": {"pause": 60.0}, "busy": {"kept": 10.0}}
    assert made.changed(kitchen, {"breaker": {"pause": None}}).policies == {"busy": {"kept": 10.0}}


def test_a_file_without_sense_is_refused_and_a_stored_row_of_another_version_left_out(
    store: MemoryStore,
) -> None:
    with pytest.raises(ConfigError) as refused:
        tuning(store, breaker={"limit": 0})
    assert refused.value.key == "policies.breaker.limit"
    store.save_setting("policies.breaker", '{"gone": 1}')
    store.save_setting("policies.busy", '{"kept": 10}')
    made = tuning(store)
    assert knob(made, "breaker.limit").source == "default"
    assert knob(made, "busy.kept").source == "operator"


def test_a_meter_on_battery_is_not_hurried_after(store: MemoryStore) -> None:
    recovery = tuning(store).chain(settings_of("m", battery=True, every=900.0)).find(Recovery)
    assert recovery is not None
    assert recovery.learn(ConnectFailed("no"), 0.0).not_before >= BATTERY_PATIENCE


def test_none_strikes_out_and_other_tables_stay() -> None:
    assert merged({"a": {"x": 1, "y": 2}}, {"a": {"x": None}, "b": {"z": 3}}) == {
        "a": {"y": 2},
        "b": {"z": 3},
    }
