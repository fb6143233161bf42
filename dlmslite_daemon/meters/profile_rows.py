"""A look at a meter's load profile: which one it has, its period, and its newest rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from attrs import frozen

import dlmslite
from dlmslite_daemon.meters.client import Client
from dlmslite_daemon.meters.reader import Reader

PROFILES = ("1.0.99.1.0.255", "1.0.99.2.0.255", "0.0.99.1.0.255")  # where load profiles are
_PROFILE_CLASS, _PERIOD, _IN_USE = 7, 4, 7


@frozen
class ProfileSeen:
    """What a load profile is like.

    Attributes:
        obis: Its logical name; empty where the meter has none of the usual ones.
        period: Seconds between two rows.
        in_use: How many rows it holds.
        columns: The captured objects, as text.
        rows: How many were read.
        first: The time of the oldest row that was read, as text.
        last: The time of the newest.
        told: What went wrong; empty where nothing did.
    """

    obis: str = ""
    period: int = 0
    in_use: int = 0
    columns: tuple[str, ...] = ()
    rows: int = 0
    first: str = ""
    last: str = ""
    told: str = ""


def look_at_profile(reader: Reader, count: int) -> ProfileSeen:
    """Read the newest rows of the first load profile that the meter has.

    Args:
        reader: A session that stands.
        count: How many rows.

    Raises:
        MeterFailed: The session broke.
    """
    told = ""
    for obis in PROFILES:
        try:
            return reader.use(partial(_look, obis=obis, count=count))
        except (dlmslite.ServiceError, dlmslite.DecodeError, dlmslite.ConfigurationError) as error:
            told = told or f"{obis}: {error.args[0] if error.args else type(error).__name__}"
    return ProfileSeen(told=told)


def _look(client: Client, obis: str, count: int) -> ProfileSeen:
    in_use = int(client.get(obis, _IN_USE, class_id=_PROFILE_CLASS))
    period = int(client.get(obis, _PERIOD, class_id=_PROFILE_CLASS))
    handle = client.profile(obis)
    rows = list(handle.entries(max(1, in_use - count + 1), count)) if in_use else []
    times = [str(row.time) for row in rows]
    return ProfileSeen(
        obis=obis,
        period=period,
        in_use=in_use,
        columns=_names(handle.columns),
        rows=len(rows),
        first=times[0] if times else "",
        last=times[-1] if times else "",
    )


def _names(columns: Sequence[Any]) -> tuple[str, ...]:
    return tuple(f"{column.obis}/{column.attribute}" for column in columns)
