"""The show itself: looks at the daemon through its API, draws, takes keys, gives the verdict."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from dlmslite_daemon.cli.demo.ledger import Ledger
from dlmslite_daemon.cli.demo.screen import Keys, Scene, Screen
from dlmslite_daemon.cli.demo.script import Breakable, Script, toggle
from dlmslite_daemon.cli.demo.verdict import Verdict, judge, settle
from dlmslite_daemon.cli.reach import Door

FRAME_SECONDS = 0.5  # between two tables
SETTLE_SECONDS = 30.0  # for what is pending at the end; the longest back-off is well below

ARRIVE_SECONDS = 5.0  # from the broker's acknowledgement to the subscriber


class Actor(Breakable, Protocol):
    """A meter that plays."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def note(self) -> str:
        """What is special about it; empty for nothing."""
        ...

    @property
    def healthy(self) -> bool:
        """Whether its readings must arrive for the show to be good."""
        ...


class Show:
    """One run.

    Args:
        door: The daemon.
        actors: The meters.
        broker: The broker.
        ledger: What its subscriber has received.
        script: What happens when.
    """

    def __init__(
        self,
        door: Door,
        actors: Sequence[Actor],
        broker: Breakable,
        ledger: Ledger,
        script: Script,
    ) -> None:
        self._door = door
        self._actors = actors
        self._broker = broker
        self._ledger = ledger
        self._script = script
        self._news: list[str] = []
        self._begun = time.monotonic()
        self._next_actor = 0

    def run(self, screen: Screen, keys: Keys) -> None:
        """Play until the script is over or somebody presses ``q``."""
        with keys.listening():
            while not self._script.over(self._elapsed):
                self._news += self._script.play(self._elapsed)
                screen.show(self._scene())
                pressed = keys.pressed(FRAME_SECONDS)
                if "q" in pressed:
                    return
                for key in pressed:
                    self._press(key)

    def end(self, screen: Screen) -> Verdict:
        """Heal everything, let what is stored arrive, show the last table, and judge."""
        for what in (self._broker, *self._actors):
            if what.broken:
                what.heal()
        self._news.append("every meter is paused now, so that the books can be compared")
        settle(self._door, SETTLE_SECONDS)
        screen.show(self._scene(), last=True)
        healthy = [actor.name for actor in self._actors if actor.healthy]
        return judge(self._door, self._ledger, healthy, ARRIVE_SECONDS)

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._begun

    def _press(self, key: str) -> None:
        if key == "s":
            self._news.append(toggle(self._broker, "the broker"))
        if key == "b":
            broken = next((actor for actor in self._actors if actor.broken), None)
            if broken is None:
                healthy = [actor for actor in self._actors if actor.healthy]
                broken = healthy[self._next_actor % len(healthy)]
                self._next_actor += 1
            self._news.append(toggle(broken, broken.name))

    def _scene(self) -> Scene:
        sinks = self._door.ask("GET", "/api/sinks")["sinks"]
        return Scene(
            seconds=self._elapsed,
            meters=self._door.ask("GET", "/api/meters")["meters"],
            notes={actor.name: actor.note for actor in self._actors},
            heard={actor.name: self._ledger.heard(actor.name) for actor in self._actors},
            sink=sinks[0] if sinks else {},
            broker=not self._broker.broken,
            news=self._news,
        )
