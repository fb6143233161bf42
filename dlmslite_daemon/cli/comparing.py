"""Old and new side by side: what the old bridge published beside what is stored here.

The old bridge says ``{"ts":ms,"values":{…}}`` on ``v1/devices/me/telemetry``, or the values alone;
later ones name the meter as ``device_name`` among them. Its numbers are floats without units: the
units are those of its nine measurements. Two bridges never read at the same moment, so values agree
within a tolerance; what cannot be explained by time is shown as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from attrs import define, evolve, field, frozen

from dlmslite_daemon.importers.handover import OBIS

TOPIC = "v1/devices/me/telemetry"
DEVICE = "device_name"
KEYS_MAX = 10_000  # of both sides; a broker may carry anything
OURS_MAX = 100_000  # messages of ours whose times are remembered
_EXACT = Decimal("0.001")  # differences below do not count, whatever the percentage


@frozen
class Point:
    """One value that was heard.

    Attributes:
        device: Who it is of; empty where the message does not say.
        key: Which measurement.
        ts_ms: When it was published, ms UTC.
        value: The value.
    """

    device: str
    key: str
    ts_ms: int
    value: Decimal


def points(payload: bytes, now_ms: int) -> list[Point]:
    """The values in one message of the old bridge; none if it is no such message.

    Args:
        payload: Its octets.
        now_ms: When it came: its time, where it has none.
    """
    try:
        said = json.loads(payload, parse_float=Decimal)
    except (ValueError, RecursionError):
        return []
    return [
        point
        for one in (said if isinstance(said, list) else [said])
        for point in _points(one, now_ms)
    ]


def _points(said: Any, now_ms: int) -> Iterator[Point]:
    if not isinstance(said, dict):
        return
    values = said.get("values", said)
    ts_ms = said.get("ts", now_ms) if values is not said else now_ms
    if not isinstance(values, dict) or not _is_whole(ts_ms):
        return
    device = values.get(DEVICE, "")
    for key, value in values.items():
        if isinstance(value, Decimal) or _is_whole(value):
            yield Point(device if isinstance(device, str) else "", key, ts_ms, Decimal(value))


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@frozen
class Track:
    """One series on one side.

    Attributes:
        count: How many values came.
        value: The last of them.
        ts_ms: Its time.
        gap_ms: The longest time between two.
        unit: Their unit; empty where none is known.
    """

    count: int = 0
    value: Decimal | None = None
    ts_ms: int | None = None
    gap_ms: int = 0
    unit: str = ""

    def then(self, value: Decimal, ts_ms: int) -> Track:
        """The same with one more; one that is older than the last is counted alone."""
        if self.ts_ms is not None and ts_ms < self.ts_ms:
            return evolve(self, count=self.count + 1)
        gap = 0 if self.ts_ms is None else ts_ms - self.ts_ms
        gap_ms = max(self.gap_ms, gap)
        return evolve(self, count=self.count + 1, value=value, ts_ms=ts_ms, gap_ms=gap_ms)


@frozen
class Pair:
    """One series on both sides.

    Attributes:
        meter: Whose; the device's name where no meter has it.
        key: Which.
        old: The old bridge's.
        new: Ours.
        difference: New minus old; None unless both have a value.
        verdict: ``same``, ``differs``, ``units differ``, ``only old``, ``only new``.
    """

    meter: str
    key: str
    old: Track
    new: Track
    difference: Decimal | None
    verdict: str

    def view(self) -> dict[str, Any]:
        """The pair as JSON."""
        return {
            "meter": self.meter,
            "series": self.key,
            "old": _track_view(self.old),
            "new": _track_view(self.new),
            "difference": self.difference,
            "verdict": self.verdict,
        }


def _track_view(track: Track) -> dict[str, Any]:
    return {
        "count": track.count,
        "value": track.value,
        "ts": track.ts_ms,
        "longest_gap_ms": track.gap_ms,
        "unit": track.unit,
    }


@define
class Comparison:
    """What was heard and what is stored, while it is gathered.

    Attributes:
        meters: Meter names by what the old bridge calls them.
        only: The one meter that messages without a name are of; empty if there are several.
        unplaced: Messages of which nobody can tell whose they are.
    """

    meters: Mapping[str, str]
    only: str = ""
    unplaced: int = 0
    _old: dict[tuple[str, str], Track] = field(factory=dict)
    _new: dict[tuple[str, str], Track] = field(factory=dict)
    _pending: dict[tuple[str, str, int], Decimal] = field(factory=dict)

    @property
    def heard(self) -> int:
        """How many values the old bridge said."""
        return sum(track.count for track in self._old.values()) + len(self._pending)

    def hear(self, found: Iterable[Point]) -> None:
        """Values of one message of the old broker; ours among them go out when they are known."""
        for point in found:
            meter = self.meters.get(point.device, point.device) or self.only
            if not meter:
                self.unplaced += 1
            elif len(self._pending) < OURS_MAX:
                self._pending[meter, point.key, point.ts_ms] = point.value

    def stored(self, meter: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Readings of ours, oldest first; what we published ourselves is not the old bridge's."""
        for row in rows:
            value, key, ts_ms = row["value"], row["series"], row["ts"]
            if isinstance(value, str):
                continue
            if self._pending.get((meter, key, ts_ms)) == value:
                del self._pending[meter, key, ts_ms]
            known = self._new.get((meter, key), Track())
            unit = row["unit"] or known.unit
            self._new[meter, key] = evolve(known.then(Decimal(value), ts_ms), unit=unit)

    def settle(self) -> None:
        """Count what is left as the old bridge's."""
        for (meter, key, ts_ms), value in self._pending.items():
            if len(self._old) < KEYS_MAX or (meter, key) in self._old:
                unit = OBIS[key][1] if key in OBIS else ""
                known = self._old.get((meter, key), Track(unit=unit))
                self._old[meter, key] = known.then(value, ts_ms)
        self._pending.clear()

    def pairs(self, percent: float) -> list[Pair]:
        """Every series of the meters that either side has.

        Args:
            percent: How far the values may differ, in percent of the old one.
        """
        keys = sorted(self._old.keys() | self._new.keys())
        return [
            _pair(*key, self._old.get(key, Track()), self._new.get(key, Track()), percent)
            for key in keys
        ]


def _pair(meter: str, key: str, old: Track, new: Track, percent: float) -> Pair:
    if old.value is None or new.value is None:
        verdict = "only new" if old.value is None else "only old"
        return Pair(meter, key, old, new, None, verdict)
    difference = new.value - old.value
    if old.unit and new.unit and old.unit != new.unit:
        return Pair(meter, key, old, new, difference, "units differ")
    allowed = max(abs(old.value) * Decimal(str(percent)) / 100, _EXACT)
    verdict = "same" if abs(difference) <= allowed else "differs"
    return Pair(meter, key, old, new, difference, verdict)
