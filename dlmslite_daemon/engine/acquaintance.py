"""What a meter's policies are told of it at the start, and after another meter took its place."""

from __future__ import annotations

from collections.abc import Mapping

from dlmslite_daemon.policies.base import IdentityKnown
from dlmslite_daemon.policies.chain import Chain
from dlmslite_daemon.policies.identity import Identity
from dlmslite_daemon.policies.plausibility import ReadingsTaken
from dlmslite_daemon.reading import Reading

# In the meter's notebook:
SERIAL = "serial"  # who it is
SERIAL_FROM = "serial-from"  # which of its objects says so
SWAPPED = "swapped"  # ms UTC since which another meter stands there


def acquainted(
    chain: Chain,
    notebook: Mapping[str, str],
    latest: Mapping[str, Reading],
    obis: Mapping[str, str],
    now: float,
) -> Chain:
    """The policies that know who should stand there, and what it said last.

    Args:
        chain: The policies.
        notebook: The meter's notebook.
        latest: The newest stored reading of each series.
        obis: The logical name of each series.
        now: The time, s.
    """
    since = int(notebook.get(SWAPPED, "0"))
    readings = tuple(reading for reading in latest.values() if reading.ts_ms >= since)
    known = IdentityKnown(notebook.get(SERIAL, ""), notebook.get(SERIAL_FROM, ""))
    chain = chain.learn(known, now)
    return chain.learn(ReadingsTaken(readings, obis, remembered=True), now)


def identity_notes(chain: Chain) -> dict[str, str]:
    """What the notebook should hold of who stands there."""
    identity = chain.find(Identity)
    if identity is None or not identity.known:
        return {}
    return {SERIAL: identity.known, SERIAL_FROM: identity.source}


def serial_of(chain: Chain) -> str:
    """The serial number of the meter that should stand there; empty while unknown."""
    identity = chain.find(Identity)
    return "" if identity is None else identity.known
