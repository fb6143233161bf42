"""The show: keys break and heal, the script is played, the end heals everything and judges."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

import pytest
from attrs import define
from rich.console import Console
from rig.bridge import Bridge

from dlmslite_daemon.cli.demo import show as module
from dlmslite_daemon.cli.demo.ledger import Ledger
from dlmslite_daemon.cli.demo.screen import Screen
from dlmslite_daemon.cli.demo.script import Outage, Script
from dlmslite_daemon.cli.demo.show import Show
from dlmslite_daemon.cli.reach import Where
from dlmslite_daemon.config.schema import SinkSettings


@define
class Puppet:
    name: str
    healthy: bool = True
    note: str = ""
    broken: bool = False

    def break_it(self) -> None:
        self.broken = True

    def heal(self) -> None:
        self.broken = False


class Typed:
    """Keys that somebody presses, one after each table."""

    def __init__(self, keys: str) -> None:
        self._keys = iter(keys)

    @contextlib.contextmanager
    def listening(self) -> Iterator[Typed]:
        yield self

    def pressed(self, seconds: float) -> str:
        del seconds
        return next(self._keys, "q")


@define
class Theatre:
    show: Show
    actors: list[Puppet]
    broker: Puppet
    out: io.StringIO
    screen: Screen


@pytest.fixture
def theatre(daemon: Bridge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Theatre]:
    monkeypatch.setattr(module, "SETTLE_SECONDS", 0.2)
    monkeypatch.setattr(module, "ARRIVE_SECONDS", 0.2)
    daemon.store.add_sink(SinkSettings("demo", "mqtt"))
    actors = [Puppet("kitchen"), Puppet("garage", healthy=False)]
    broker = Puppet("the broker")
    script = Script([Outage(0.0, 0.0, actors[1], "garage")])
    way = Where().open(offline=False)
    out = io.StringIO()
    show = Show(way, actors, broker, Ledger("meters"), script)
    yield Theatre(show, actors, broker, out, Screen(Console(file=out, width=200)))
    way.close()


def test_keys_break_and_heal_meters_and_the_broker(theatre: Theatre) -> None:
    theatre.show.run(theatre.screen, Typed("b"))
    assert theatre.actors[0].broken
    theatre.show.run(theatre.screen, Typed("bs"))
    assert not theatre.actors[0].broken
    assert theatre.broker.broken
    assert "garage breaks for 0 s" in theatre.out.getvalue()


def test_the_end_heals_everything_and_judges_the_healthy(theatre: Theatre) -> None:
    theatre.show.run(theatre.screen, Typed("bs"))
    verdict = theatre.show.end(theatre.screen)
    assert not theatre.broker.broken
    assert not theatre.actors[0].broken
    assert verdict.silent == ["kitchen"]
    assert "every meter is paused now" in theatre.out.getvalue()


def test_it_ends_when_the_script_is_over(theatre: Theatre, daemon: Bridge) -> None:
    way = Where().open(offline=False)
    try:
        show = Show(way, theatre.actors, theatre.broker, Ledger("meters"), Script([], 0.0))
        show.run(theatre.screen, Typed("s"))
    finally:
        way.close()
    assert not theatre.broker.broken
    assert theatre.out.getvalue() == ""
