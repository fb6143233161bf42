"""The end of the demonstration: nothing more is stored, everything stored is delivered, or not."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from dlmslite_daemon.cli.demo.ledger import Key, Ledger
from dlmslite_daemon.cli.reach import Door, segment

PAGE = 5000  # readings asked for at once
LOOK = 0.2  # seconds between two looks
CALM = 3  # looks without anything to do, since a batch waits for its commit as long as one look


@frozen
class Verdict:
    """How it ended.

    Attributes:
        stored: Readings in the store.
        pending: Those that were not acknowledged.
        missing: Those that the subscriber has not received.
        silent: Healthy meters of which nothing was received.
    """

    stored: int
    pending: int
    missing: Sequence[Key]
    silent: Sequence[str]

    @property
    def good(self) -> bool:
        """Whether everything stored was acknowledged and received, from every healthy meter."""
        return not (self.pending or self.missing or self.silent)

    def lines(self) -> list[str]:
        """What to say about it."""
        arrived = self.stored - len(self.missing)
        said = [
            f"{self.stored} readings stored, {self.stored - self.pending} acknowledged",
            f"{arrived} of them received by the subscriber",
        ]
        if self.silent:
            said.append(f"nothing was received of {', '.join(self.silent)}")
        said.append("every stored reading arrived" if self.good else "FAILED")
        return said


def settle(door: Door, seconds: float) -> None:
    """Pause every meter, then wait until nothing is pending or the time is over."""
    tick = threading.Event()
    for row in _meters(door):
        door.ask("POST", f"/api/meters/{segment(row['name'])}/pause", {})
    calm = 0
    for _ in range(int(seconds / LOOK)):
        busy = any(row["pending"] or row["observed"] != "paused" for row in _meters(door))
        calm = 0 if busy else calm + 1
        if calm == CALM:
            return
        tick.wait(LOOK)


def judge(door: Door, ledger: Ledger, healthy: Sequence[str], seconds: float) -> Verdict:
    """Compare what is stored with what was received.

    Args:
        door: The daemon.
        ledger: What the subscriber received.
        healthy: The meters that must have delivered something.
        seconds: How long what is still on its way may take.
    """
    tick = threading.Event()
    looks = max(1, int(seconds / LOOK))
    for _ in range(looks):
        # Looked at anew each time: a poll's last batch may have been on its way to the disk.
        verdict = _compared(door, ledger, healthy)
        if not (verdict.pending or verdict.missing):
            break
        tick.wait(LOOK)
    return verdict


def _compared(door: Door, ledger: Ledger, healthy: Sequence[str]) -> Verdict:
    rows = _meters(door)
    stored = [key for row in rows for key in _stored(door, row["name"])]
    return Verdict(
        stored=len(stored),
        pending=sum(row["pending"] for row in rows),
        missing=ledger.missing(stored),
        silent=[name for name in healthy if not ledger.heard(name).readings],
    )


def _meters(door: Door) -> list[dict[str, Any]]:
    meters: list[dict[str, Any]] = door.ask("GET", "/api/meters")["meters"]
    return meters


def _stored(door: Door, meter: str) -> list[Key]:
    keys: list[Key] = []
    until = None
    while True:
        query = {"limit": PAGE, "until": until}
        answer = door.ask("GET", f"/api/meters/{segment(meter)}/readings", query=query)
        keys += [(meter, one["series"], one["ts"]) for one in answer["readings"]]
        until = answer["next_until"]
        if until is None:
            return keys
