"""``series list|add|rm``."""

from __future__ import annotations

from rig.bridge import Bridge
from rig.bridge_shell import Shell


def test_series_are_added_listed_and_removed(shell: Shell, daemon: Bridge) -> None:
    said = shell("series", "add", "kitchen", "power=1.1.1.7.0.255", "demand=1.0.1.4.0.255:3")
    assert (said.code, said.out) == (0, "kitchen is read for power, demand too\n")
    lines = shell("series", "list", "1").out.splitlines()
    assert lines[-1].split() == ["demand", "1.0.1.4.0.255", "3", "-", "yes"]
    assert shell("series", "rm", "1", "power").code == 0
    assert [s["key"] for s in shell("series", "list", "1", "--json").json["series"]] == [
        "voltage",
        "energy",
        "demand",
    ]


def test_what_is_no_series_is_refused_before_anything_is_added(
    shell: Shell, daemon: Bridge
) -> None:
    said = shell("series", "add", "kitchen", "power=1.1.1.7.0.255", "power")
    assert said.code == 2
    assert "KEY=OBIS" in said.err
    assert len(daemon.store.meter("kitchen").settings.series) == 2


def test_an_unknown_meter_is_exit_code_3(shell: Shell, daemon: Bridge) -> None:
    assert shell("series", "add", "attic", "power=1.1.1.7.0.255").code == 3
    assert shell("series", "rm", "attic", "power", "--json").code == 3


def test_a_series_is_changed(shell: Shell, daemon: Bridge) -> None:
    said = shell("series", "set", "1", "voltage", "--obis", "1.1.99.1.0.255:3", "--class", "7")
    assert (said.code, said.out) == (0, "voltage of 1 is changed\n")
    (voltage, _) = daemon.store.meter("kitchen").settings.series
    assert (voltage.obis, voltage.attribute, voltage.class_id) == ("1.1.99.1.0.255", 3, 7)
    said = shell("series", "set", "kitchen", "voltage", "--off", "--unit", "V", "--json")
    assert (said.json["series"]["enabled"], said.json["series"]["unit"]) == (False, "V")
    assert shell("series", "set", "kitchen", "voltage").code == 2
    assert shell("series", "set", "kitchen", "nothing", "--on").code == 1
