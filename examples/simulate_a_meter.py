"""Simulates a meter that loses one answer in ten, and reads it all the same."""

from __future__ import annotations

from options import arguments

import dlmslite
from dlmslite.simulator.faults import FaultPlan
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve

options = arguments("1.1.32.7.0.255")
lossy = FaultPlan(seed=7, loss=0.1)
with serve(single_phase(serial="EXAMPLE0001"), faults=lossy) as simulated:
    url = options.url or simulated.url
    with dlmslite.connect(url, client=options.client, server=options.server, timeout=1.5) as meter:
        for _ in range(10):
            print(*(f"{name} {meter.read(name)}" for name in options.obis))
