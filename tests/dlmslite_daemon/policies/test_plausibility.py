"""Readings that are hard to believe are marked; none is ever left out."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import IdentityKnown, PollFinished, Subject
from dlmslite_daemon.policies.plausibility import (
    Plausibility,
    PlausibilitySettings,
    ReadingsTaken,
)
from dlmslite_daemon.reading import Quality, Reading, Source, ValueKind

OBIS = {
    "voltage": "1.1.32.7.0.255",
    "current": "1.1.31.7.0.255",
    "power": "1.1.1.7.0.255",
    "export": "1.1.2.7.0.255",
    "energy": "1.1.1.8.0.255",
    "frequency": "1.1.14.7.0.255",
    "text": "0.0.96.1.0.255",
    "voltage_l2": "1.1.52.7.0.255",
    "current_l2": "1.1.51.7.0.255",
    "power_l2": "1.1.41.7.0.255",
}
UNITS = {
    "voltage": "V", "current": "A", "power": "W", "export": "W", "energy": "Wh",
    "frequency": "Hz", "text": "", "voltage_l2": "V", "current_l2": "A", "power_l2": "W",
}  # fmt: skip


def fresh(**settings: object) -> Plausibility:
    return PlausibilitySettings(**settings).policy(Subject("x"), 0.0)


def reading(series: str, value: str, ts_ms: int = 0, source: Source = Source.LIVE) -> Reading:
    number = Decimal(value)
    _, digits, exponent = number.as_tuple()
    raw = int("".join(map(str, digits))) * (-1 if number < 0 else 1)
    return Reading(
        "m",
        series,
        ts_ms,
        ValueKind.INTEGER,
        raw=raw,
        scaler=int(exponent),
        unit=UNITS[series],
        source=source,
    )


def taken(policy: Plausibility, *readings: Reading, drift: float | None = None) -> Plausibility:
    return policy.learn(ReadingsTaken(policy.judge(readings, OBIS), OBIS, drift), 0.0)


def doubted(policy: Plausibility, *readings: Reading) -> set[str]:
    """The series that are marked; none is missing and no value changed."""
    judged = policy.judge(readings, OBIS)
    assert [evolve(one, quality=Quality.GOOD) for one in judged] == list(readings)
    return {one.series for one in judged if one.quality is Quality.SUSPECT}


def codes(policy: Plausibility) -> list[str]:
    return [condition.code for condition in policy.conditions(0.0)]


@pytest.mark.parametrize(
    ("series", "value", "suspect"),
    [
        ("frequency", "50.02", False),
        ("frequency", "45", False),
        ("frequency", "44.99", True),
        ("frequency", "65.01", True),
        ("voltage", "229.90", False),
        ("voltage", "1000.1", True),
        ("voltage", "-1", True),
        ("current", "9999999", False),
    ],
)
def test_a_value_outside_its_band_is_marked(series: str, value: str, suspect: bool) -> None:
    policy, one = fresh(), reading(series, value)
    assert doubted(policy, one) == ({series} if suspect else set())
    assert codes(taken(policy, one)) == (["value_out_of_band"] if suspect else [])


def test_a_band_of_a_series_goes_before_that_of_its_unit() -> None:
    policy = fresh(bands={"V": (200.0, 250.0), "voltage": (100.0, 140.0)})
    assert doubted(policy, reading("voltage", "127")) == set()
    assert doubted(policy, reading("voltage_l2", "127")) == {"voltage_l2"}


def test_volts_times_amperes_and_no_watts_is_what_the_laboratory_saw() -> None:
    # old-bridge.md 1.4: 180 VA, while the power register said 0.5 W.
    policy = fresh()
    poll = (reading("voltage", "135.19"), reading("current", "1.329"), reading("power", "0.5"))
    assert doubted(policy, *poll) == {"voltage", "current", "power"}
    after = taken(policy, *poll)
    assert codes(after) == ["power_mismatch"]
    assert "is the other direction read?" in after.conditions(0.0)[0].message
    # The other direction explains it.
    assert doubted(policy, *poll, reading("export", "179")) == set()


def test_more_watts_than_all_phases_could_carry_are_marked() -> None:
    policy = fresh()
    one = (reading("voltage", "230"), reading("current", "1"))
    # One phase of perhaps three: 3 x 230 VA and a quarter.
    assert doubted(policy, *one, reading("power", "862")) == set()
    assert doubted(policy, *one, reading("power", "863")) == {"voltage", "current", "power"}
    second = (reading("voltage_l2", "230"), reading("current_l2", "1"))
    assert doubted(policy, *second, reading("power_l2", "288")) >= {"power_l2"}
    assert doubted(policy, *second, reading("power_l2", "280")) == set()


def test_below_fifty_voltamperes_nobody_can_tell() -> None:
    poll = (reading("voltage", "230"), reading("current", "0.05"), reading("power", "0"))
    assert doubted(fresh(), *poll) == set()


def test_energy_that_goes_back_is_marked_once_and_counts_on_from_there() -> None:
    policy = taken(fresh(), reading("energy", "1000"))
    assert doubted(policy, reading("energy", "1000")) == set()
    policy_after = taken(policy, reading("energy", "999"))
    assert doubted(policy, reading("energy", "999")) == {"energy"}
    assert codes(policy_after) == ["energy_backwards"]
    assert doubted(policy_after, reading("energy", "1000")) == set()
    assert doubted(fresh(backwards=False), reading("energy", "1")) == set()


def test_power_may_fall_and_rows_of_history_are_no_backwards() -> None:
    policy = taken(fresh(), reading("power", "1000"), reading("energy", "500"))
    assert doubted(policy, reading("power", "1")) == set()
    assert doubted(policy, reading("energy", "400", source=Source.PROFILE)) == set()


def test_a_voltage_that_stands_still_for_an_hour_is_marked() -> None:
    policy = fresh()
    for minute in range(60):
        one = reading("voltage", "229.90", minute * 60_000)
        assert doubted(policy, one) == set()
        policy = taken(policy, one)
    still = reading("voltage", "229.90", 3_600_000)
    assert doubted(policy, still) == {"voltage"}
    assert codes(taken(policy, still)) == ["value_stuck"]
    assert doubted(policy, reading("voltage", "229.91", 3_600_000)) == set()


def test_a_phase_without_voltage_and_a_few_polls_an_hour_are_no_standstill() -> None:
    policy = fresh()
    for hour in range(20):
        policy = taken(policy, reading("voltage_l2", "0", hour * 3_600_000))
        policy = taken(policy, reading("voltage", "230", hour * 3_600_000))
    assert codes(policy) == []


def test_a_clock_that_is_off_marks_what_has_its_time_from_it() -> None:
    policy = taken(fresh(), reading("voltage", "230"), drift=-61.0)
    assert codes(policy) == ["clock_drift"]
    assert doubted(policy, reading("voltage", "230")) == set()
    assert doubted(policy, reading("energy", "1", source=Source.PROFILE)) == {"energy"}
    with_time = evolve(reading("voltage", "230", 100_000), meter_ts_ms=39_000)
    assert doubted(fresh(), with_time) == {"voltage"}
    assert doubted(fresh(), evolve(with_time, meter_ts_ms=41_000)) == set()
    assert codes(taken(policy, drift=3.0)) == []


def test_what_is_no_number_is_left_alone() -> None:
    text = Reading("m", "text", 0, ValueKind.TEXT, text="12345")
    nan = Reading("m", "voltage", 0, ValueKind.FLOAT, text="nan", unit="V")
    assert doubted(fresh(), text, nan) == set()


def test_what_a_restart_remembers_is_compared_but_doubts_nothing_now() -> None:
    low = ReadingsTaken((reading("voltage", "-5"), reading("energy", "900")), OBIS, remembered=True)
    policy = fresh().learn(low, 0.0)
    assert codes(policy) == []
    assert doubted(policy, reading("energy", "899")) == {"energy"}
    # Another meter counts from where it is.
    assert doubted(policy.learn(IdentityKnown("B2"), 0.0), reading("energy", "1")) == set()


@given(
    polls=st.lists(
        st.dictionaries(
            st.sampled_from([key for key in OBIS if key != "text"]),
            st.decimals(-2000, 100_000, places=2).map(str),
            max_size=6,
        ),
        max_size=8,
    )
)
def test_nothing_is_dropped_or_changed_and_judging_teaches_nothing(
    polls: list[dict[str, str]],
) -> None:
    policy = fresh()
    for number, poll in enumerate(polls):
        readings = [reading(key, value, number * 60_000) for key, value in poll.items()]
        first = doubted(policy, *readings)
        assert doubted(policy, *readings) == first
        after = taken(policy, *readings)
        assert {key for doubt in after.doubts for key in doubt.series} == first
        assert bool(after.conditions(0.0)) is bool(first)
        policy = after


def test_other_events_teach_nothing_and_other_settings_forget_nothing() -> None:
    policy = taken(fresh(), reading("energy", "1000"))
    assert policy.learn(PollFinished(1, 1), 1.0) is policy
    tuned = policy.retuned(fresh(drift=5.0))
    assert tuned.settings.drift == 5.0
    assert doubted(tuned, reading("energy", "1")) == {"energy"}
    assert tuned.shown(0.0) == {"doubts": [], "drift": None}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bands", {"V": (2.0, 1.0)}),
        ("power_excess", -0.1),
        ("power_least", 1.0),
        ("stuck_after", 0.0),
        ("stuck_polls", 1),
        ("drift", 0.0),
    ],
)
def test_settings_without_sense_are_refused(field: str, value: object) -> None:
    with pytest.raises(ConfigError) as refused:
        PlausibilitySettings(**{field: value})
    assert refused.value.key.startswith(field)
