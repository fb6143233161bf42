"""Reads registers of a meter: read_register.py [URL OBIS...] --help; simulates one without URL."""

from options import meter_or_simulator

with meter_or_simulator("1.1.32.7.0.255", "1.1.1.8.0.255") as (meter, names):
    for name, result in meter.read_many(names).items():
        print(name, result.value if result.ok else result.error)
