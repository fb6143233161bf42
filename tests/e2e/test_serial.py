"""The daemon on serial ports: a bus with two meters, and an optical head that changes its speed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from attrs import frozen
from rig.broker import Broker, Subscriber
from rig.daemon import Daemon, until
from rig.running_bridge import HEAD, LAB_PASSWORD, RunningBridge

from dlmslite.link.mode_e.settings import ModeESettings
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serial_line import LineHabits, RunningLine, serve_line

pytestmark = pytest.mark.e2e

METER = """
[meters.{name}]
url = "{url}"
server = 1
physical = {physical}
client = 1
auth = "lls"
password = "env:METER_PASSWORD"
every = {every}
timeout = 3.0

[meters.{name}.series]
voltage = "1.1.32.7.0.255"
energy = "1.1.1.8.0.255"
"""
ADDRESSES = {"left": 17, "right": 18}  # on the bus; the head's meter has 17, too


@frozen
class Lines:
    """A bridge that has nothing but serial ports.

    Attributes:
        bridge: The bridge.
        bus: Where left and right are.
        head: An optical head that is signed on to by mode E.
    """

    bridge: RunningBridge
    bus: RunningLine
    head: RunningLine

    def complete(self, name: str) -> int:
        """How many polls of a meter brought everything."""
        return int(self.bridge.meter(name)["polls"]["complete"])

    def polled(self, name: str, times: int = 3) -> None:
        """Until a meter was polled so many times more."""
        before = self.complete(name)
        until(lambda: self.complete(name) >= before + times, f"{name} is polled {times} times")

    def arrived(self, name: str) -> set[Decimal]:
        """The energies of a meter that the subscriber has."""
        heard = [
            json.loads(message.payload, parse_float=Decimal)
            for message in list(self.bridge.subscriber.messages)
            if message.topic == f"meters/{name}/state"
        ]
        return {content["values"]["energy"] for content in heard if "energy" in content["values"]}


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lines]:
    folder = tmp_path_factory.mktemp("serial")
    meters = {
        (1, physical): single_phase(serial=f"BUS-{name}", seed=physical, days=1)
        for name, physical in ADDRESSES.items()
    }
    alone = {(1, 17): single_phase(serial="HEAD", seed=3, days=1)}
    with contextlib.ExitStack() as stack:
        bus = stack.enter_context(serve_line(meters, path=folder / "bus"))
        habits = LineHabits(sign_on=ModeESettings())
        head = stack.enter_context(serve_line(alone, habits=habits, path=folder / "head"))
        broker = stack.enter_context(Broker(folder))
        subscriber = stack.enter_context(Subscriber(broker.port))
        tables = [HEAD.format(port=broker.port)]
        for name, physical in ADDRESSES.items():
            tables.append(METER.format(name=name, url=bus.url, physical=physical, every=2.0))
        tables.append(METER.format(name="head", url=head.url, physical=17, every=5.0))
        (folder / "bridge.toml").write_text("".join(tables), encoding="utf-8")
        daemon = Daemon(folder, "--config", "bridge.toml", METER_PASSWORD=LAB_PASSWORD)
        stack.enter_context(daemon)
        bridge = RunningBridge(folder, daemon, broker, subscriber, {}, {})
        until(lambda: "address " in daemon.said(), "it says where it is")
        bridge.all_online()
        yield Lines(bridge, bus, head)


def test_a_bus_and_an_optical_head_are_read_and_delivered(lines: Lines) -> None:
    for name in ("left", "right", "head"):
        lines.polled(name, 2)

    serials = {
        name: lines.bridge.meter(name)["serial_number"] for name in ("left", "right", "head")
    }
    assert serials == {"left": "BUS-left", "right": "BUS-right", "head": "HEAD"}
    # Each meter's energy is its own: it starts from its seed and only grows.
    assert lines.arrived("left")
    assert lines.arrived("right")
    assert lines.arrived("head")
    assert not lines.arrived("left") & lines.arrived("right")


def test_a_meter_that_falls_silent_keeps_nobody_else_on_the_bus_from_being_read(
    lines: Lines,
) -> None:
    everybody = lines.bus.servers
    lines.bus.servers = [one for one in everybody if one is not everybody[1]]
    try:
        until(lambda: lines.bridge.meter("right")["observed"] != "online", "right is missed")
        lines.polled("left")
        assert lines.bridge.meter("left")["observed"] == "online"
        assert "E-METER-SILENT" in lines.bridge.shell("status", "right").out
        said = lines.bridge.shell("test", "right", "--json")
        assert (said.code, said.json["finding"]["cause"]) == (1, "meter-silent")
        lines.polled("left")
    finally:
        lines.bus.servers = everybody
    assert lines.bridge.shell("resume", "right", "--force").code == 0
    lines.bridge.wait_for("right", "online")


@pytest.mark.parametrize(("name", "other"), [("left", "right"), ("head", "left")])
def test_a_test_is_made_between_two_polls(lines: Lines, name: str, other: str) -> None:
    lost = lines.bridge.meter(other)["session"]["reassociations"]
    said = lines.bridge.shell("test", name, "--json")

    assert (said.code, said.json["finding"]["cause"]) == (0, "ok"), said.json
    rungs = [rung["name"] for rung in said.json["finding"]["rungs"]]
    assert rungs == [
        "line", "connect", "banner", "link", "public", "association", "identity", "clock",
        "register",
    ]  # fmt: skip
    lines.polled(name)
    lines.polled(other)
    assert lines.bridge.meter(other)["session"]["reassociations"] == lost


def test_a_pause_of_one_leaves_the_bus_to_the_other(lines: Lines) -> None:
    assert lines.bridge.shell("pause", "left").code == 0
    lines.bridge.wait_for("left", "paused")
    paused_at = lines.complete("left")
    lines.polled("right")

    assert lines.complete("left") == paused_at
    assert lines.bridge.shell("resume", "left").code == 0
    lines.bridge.wait_for("left", "online")


def test_an_adapter_that_is_pulled_out_and_put_back_is_found_again(lines: Lines) -> None:
    lines.bus.unplug()
    try:
        until(lambda: lines.bridge.meter("left")["observed"] != "online", "left is missed")
        said = lines.bridge.shell("test", "left", "--json")
        assert (said.code, said.json["finding"]["cause"]) == (1, "converter-device")
    finally:
        lines.bus.plug_in()
    for name in ADDRESSES:
        lines.bridge.wait_for(name, "online", 90)
        lines.polled(name)
