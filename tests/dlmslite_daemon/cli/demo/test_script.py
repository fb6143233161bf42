"""What was planned happens once, at its time; a key does the same by hand."""

from __future__ import annotations

from attrs import define

from dlmslite_daemon.cli.demo.script import Outage, Script, toggle


@define
class Lamp:
    broken: bool = False

    def break_it(self) -> None:
        self.broken = True

    def heal(self) -> None:
        self.broken = False


def test_an_outage_begins_and_ends_once() -> None:
    lamp = Lamp()
    script = Script([Outage(5.0, 3.0, lamp, "the lamp")])
    assert script.play(4.9) == []
    assert script.play(5.1) == ["the lamp breaks for 3 s"]
    assert lamp.broken
    assert script.play(7.9) == []
    assert script.play(8.0) == ["the lamp is back"]
    assert not lamp.broken
    assert script.play(9.0) == []


def test_a_look_that_comes_late_does_both_in_order() -> None:
    lamp = Lamp()
    script = Script([Outage(1.0, 1.0, lamp, "the lamp")])
    assert script.play(60.0) == ["the lamp breaks for 1 s", "the lamp is back"]
    assert not lamp.broken


def test_it_ends_by_itself_if_told() -> None:
    assert not Script([]).over(1e9)
    assert not Script([], 20.0).over(19.9)
    assert Script([], 20.0).over(20.0)


def test_a_key_breaks_what_works_and_heals_what_does_not() -> None:
    lamp = Lamp()
    assert toggle(lamp, "the lamp") == "the lamp breaks"
    assert lamp.broken
    assert toggle(lamp, "the lamp") == "the lamp is back"
    assert not lamp.broken
