"""Reads the last two hours of a load profile; the rows arrive while the blocks arrive."""

from __future__ import annotations

import datetime as dt

from options import meter_or_simulator

with meter_or_simulator("1.0.99.1.0.255") as (meter, names):
    profile = meter.profile(names[0])
    print("columns:", *(column.obis for column in profile.columns))
    now = dt.datetime.now(dt.UTC)
    for row in profile.rows(now - dt.timedelta(hours=2), now):
        print(row.time, *row)
    print("the first entry of all:", next(profile.entries(1, 1)).time)
