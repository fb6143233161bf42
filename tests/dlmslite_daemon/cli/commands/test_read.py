"""``read``."""

from __future__ import annotations

from attrs import evolve
from rig.bridge import GOOD_VALUE, Bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.config.schema import SeriesSettings
from dlmslite_daemon.errors import BridgeError


def test_one_value_is_shown_with_its_unit(shell: Shell, daemon: Bridge) -> None:
    said = shell("read", "1", "1.1.32.7.0.255")
    assert (said.code, said.out) == (0, "229.90 V\n")
    (_, name, series, _), *_ = daemon.control.calls
    assert (name, series) == ("kitchen", SeriesSettings("read", "1.1.32.7.0.255"))


def test_attribute_and_class_are_told(shell: Shell, daemon: Bridge) -> None:
    said = shell("read", "kitchen", "0-0:96.1.0*255:2", "--class", "1", "--json")
    assert said.json["result"]["text"] == "229.90"
    wanted = SeriesSettings("read", "0-0:96.1.0*255", 1, 2)
    assert daemon.control.calls[0][2] == wanted


def test_what_is_no_single_value_is_shown_as_it_is(shell: Shell, daemon: Bridge) -> None:
    daemon.control.value = evolve(GOOD_VALUE, text=None, error="a list", content="[1, 2]")
    said = shell("read", "kitchen", "1.1.99.1.0.255:3", "--class", "7")
    assert (said.code, said.out) == (0, "[1, 2]\n")


def test_a_value_that_does_not_come_is_exit_code_1(shell: Shell, daemon: Bridge) -> None:
    error, code = "1.1.32.7.0.255: object-undefined", "E-OBJECT-UNDEFINED"
    daemon.control.value = evolve(GOOD_VALUE, text=None, error=error, code=code)
    said = shell("read", "kitchen", "1.1.99.1.0.255")
    assert said.code == 1
    assert said.err.splitlines()[0] == "E-OBJECT-UNDEFINED: 1.1.32.7.0.255: object-undefined"
    assert "--class" in said.err.splitlines()[1]
    asked = shell("read", "kitchen", "1.1.99.1.0.255", "--json")
    assert (asked.code, asked.json["success"]) == (1, False)
    assert asked.json["error"]["code"] == asked.json["result"]["code"] == "E-OBJECT-UNDEFINED"
    daemon.control.value = BridgeError("the meter is silent", code="E-METER-SILENT")
    said = shell("read", "kitchen", "1.1.99.1.0.255")
    assert (said.code, said.err) == (1, "E-METER-SILENT: the meter is silent\n")


def test_an_unknown_meter_and_a_bad_name_are_told(shell: Shell, daemon: Bridge) -> None:
    assert shell("read", "attic", "1.1.32.7.0.255").code == 3
    said = shell("read", "kitchen", "voltage")
    assert said.code == 2
    assert "'voltage' is no OBIS code" in said.err
