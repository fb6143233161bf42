"""The three-phase model is what the single-phase one is not: lists, large frames, event logs."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.client import connect
from dlmslite.simulator.models.base import EPOCH
from dlmslite.simulator.models.three_phase import (
    DAILY_PROFILE,
    ENERGY_IMPORT,
    EVENT_CODE,
    EVENT_CODES,
    EVENT_LOG,
    LOAD_PROFILE,
    NEUTRAL_CURRENT,
    PHASES,
    POWER,
    ThreePhaseLoad,
    current,
    power,
    three_phase,
    voltage,
)
from dlmslite.simulator.serve import serve
from dlmslite.values.time_policy import TimePolicy

NOW = dt.datetime(2026, 3, 1, 12, 7, tzinfo=dt.UTC)
MOMENTS = st.integers(0, 10**9).map(lambda seconds: EPOCH + dt.timedelta(seconds=seconds))


def test_the_registers_of_the_phases_are_those_of_the_obis_list() -> None:
    assert [str(voltage(phase)) for phase in PHASES] == [
        "1.0.32.7.0.255",
        "1.0.52.7.0.255",
        "1.0.72.7.0.255",
    ]
    assert [current(phase).octets[2] for phase in PHASES] == [31, 51, 71]
    assert [power(phase).octets[2] for phase in PHASES] == [21, 41, 61]


@given(st.lists(MOMENTS, min_size=2), st.integers(0, 60))
def test_energy_never_falls(moments: list[dt.datetime], seed: int) -> None:
    load = ThreePhaseLoad(seed)
    for measure in (load.energy, load.reactive_energy):
        energies = [measure(moment) for moment in sorted(moments)]
        assert all(before <= after for before, after in pairwise(energies))


@given(MOMENTS, st.integers(0, 60))
def test_every_value_fits_its_register(moment: dt.datetime, seed: int) -> None:
    load = ThreePhaseLoad(seed)

    for phase in PHASES:
        assert 2_200 < load.voltage(phase, moment) < 2_400
        assert 0 <= load.current(phase, moment) < 2_000
    assert 0 <= load.neutral_current(moment) < 2_000
    assert load.total_power(moment) == sum(load.power(phase, moment) for phase in PHASES)


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_many_registers_are_read_in_one_request(framing: str) -> None:
    names = [ENERGY_IMPORT, POWER, NEUTRAL_CURRENT, *map(voltage, PHASES), *map(current, PHASES)]
    requests = []
    with (
        serve(three_phase(days=1, seed=1), framing=framing, wall_clock=lambda: NOW) as meter,
        connect(meter.url, timeout=5.0, trace=requests.append) as client,
    ):
        client.read_many(names)
        before = len(requests)
        found = client.read_many(names)
        sent = [one for one in requests[before:] if one.direction.value == "sent"]

    load = ThreePhaseLoad(1)
    assert all(result.ok for result in found.values())
    assert found[str(ENERGY_IMPORT)].value.raw == load.energy(NOW) > 2**32
    assert found[str(voltage(2))].value.raw == load.voltage(2, NOW)
    assert len(sent) == 1


def test_large_frames_and_windows_are_agreed() -> None:
    with serve(three_phase(days=1)) as meter, connect(meter.url, timeout=5.0) as client:
        assert client.info.link == {
            "max_info_transmit": 2030,
            "max_info_receive": 2030,
            "window_transmit": 7,
            "window_receive": 7,
        }
        assert client.info.max_pdu == 0xFFFF


def test_the_profiles_and_the_event_log_are_read_by_range() -> None:
    start = NOW - dt.timedelta(days=2)
    with (
        serve(three_phase(days=5), wall_clock=lambda: NOW) as meter,
        connect(meter.url, timeout=5.0) as client,
    ):
        quarters = list(client.profile(LOAD_PROFILE).rows(start, NOW))
        daily = list(client.profile(DAILY_PROFILE).rows(start, NOW))
        events = list(client.profile(EVENT_LOG).rows(start, NOW))

    load = ThreePhaseLoad()
    assert len(quarters) == 2 * 96
    assert quarters[-1][voltage(1)].raw == load.voltage(1, NOW.replace(minute=0))
    assert [row.time.day for row in daily] == [28, 1]
    assert daily[0][ENERGY_IMPORT].raw == load.energy(
        NOW.replace(month=2, day=28, hour=0, minute=0)
    )
    assert [row.time for row in events] == [time for time in load.events(NOW) if time >= start]
    assert 3 <= len(events) <= 9
    assert {row[EVENT_CODE] for row in events} <= set(EVENT_CODES)


def test_the_clock_shows_the_zone_that_was_asked_for() -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    with serve(three_phase(days=1, zone=zone)) as meter, connect(meter.url, timeout=5.0) as client:
        shown = client.clock().shown

    assert shown.deviation == -120
    assert TimePolicy().aware(shown).utcoffset() == dt.timedelta(hours=2)
