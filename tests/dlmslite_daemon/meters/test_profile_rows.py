"""The newest rows of the first load profile that is there."""

from __future__ import annotations

from collections.abc import Iterator

from dlmslite.simulator.meter import SimulatedMeter
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.meters.client import library_connect
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.meters.profile_rows import ProfileSeen, look_at_profile
from dlmslite_daemon.meters.reader import Reader


def seen(meter: SimulatedMeter, count: int) -> Iterator[ProfileSeen]:
    with serve(meter) as running:
        settings = MeterSettings("kitchen", running.url)
        clock = SystemClock()
        reader = Reader(settings, "", Line(settings.endpoint, clock), clock, library_connect)
        reader.open()
        yield look_at_profile(reader, count)
        reader.close()


def test_the_newest_rows_are_read() -> None:
    (profile,) = seen(single_phase(days=1), 20)

    assert (profile.obis, profile.period, profile.rows) == ("1.0.99.1.0.255", 900, 20)
    assert profile.in_use > 20
    assert profile.first < profile.last
    assert "0.0.1.0.0.255/2" in profile.columns


def test_a_meter_without_a_profile_says_so() -> None:
    (profile,) = seen(SimulatedMeter(objects=()), 20)

    assert (profile.obis, profile.rows) == ("", 0)
    assert profile.told.startswith("1.0.99.1.0.255: ")
