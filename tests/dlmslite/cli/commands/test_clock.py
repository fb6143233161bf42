"""``dlmslite clock``: the meter's time and how far it is off."""

from __future__ import annotations

import datetime as dt
import json

from rig.shell import shell

from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve


def test_a_clock_that_is_off_is_said_to_be() -> None:
    for offset, word in ((600, "ahead of"), (-600, "behind")):
        meter = single_phase(days=1, clock_offset=dt.timedelta(seconds=offset))
        with serve(meter) as running:
            said = shell("clock", running.url)
        assert said.code == 0
        assert word in said.out


def test_json_has_time_and_drift() -> None:
    with serve(single_phase(days=1, clock_offset=dt.timedelta(hours=1))) as running:
        answer = json.loads(shell("clock", running.url, "--json").out)
    assert abs(answer["drift_seconds"] - 3600) < 60
    assert dt.datetime.fromisoformat(answer["time"]).tzinfo is not None
