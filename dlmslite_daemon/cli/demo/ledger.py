"""What a subscriber of the broker has received, by meter; shared by two threads."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable

from attrs import frozen

from dlmslite_daemon.api.exact_json import loads

Key = tuple[str, str, int]
"""A reading's meter, series and time: receivers tell repeated ones by it."""


@frozen
class Heard:
    """What arrived of one meter.

    Attributes:
        readings: Different readings.
        repeated: How often one came again.
        last_ms: The time of the newest, ms UTC; None before the first.
    """

    readings: int = 0
    repeated: int = 0
    last_ms: int | None = None


class Ledger:
    """Keeps the key of each reading that arrived under a base topic.

    Args:
        base: The first level of the topics.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._lock = threading.Lock()
        self._keys: dict[str, set[Key]] = {}
        self._repeated: Counter[str] = Counter()
        self.messages = 0

    def __call__(self, topic: str, payload: bytes) -> None:
        """Enter one message; what holds no readings is counted and no more."""
        base, _, rest = topic.partition("/")
        meter, _, leaf = rest.rpartition("/")
        with self._lock:
            self.messages += 1
            if base != self._base or leaf not in {"state", "history"} or meter == "bridge":
                return
            content = loads(payload)
            points = content if isinstance(content, list) else [content]
            known = self._keys.setdefault(meter, set())
            for point in points:
                for series in point["values"]:
                    key = (meter, series, int(point["ts"]))
                    self._repeated[meter] += key in known
                    known.add(key)

    def heard(self, meter: str) -> Heard:
        """What arrived of one meter."""
        with self._lock:
            known = self._keys.get(meter, set())
            last = max((ts for _, _, ts in known), default=None)
            return Heard(len(known), self._repeated[meter], last)

    def missing(self, keys: Iterable[Key]) -> list[Key]:
        """Those of the given readings that have not arrived."""
        with self._lock:
            return [key for key in keys if key not in self._keys.get(key[0], ())]
