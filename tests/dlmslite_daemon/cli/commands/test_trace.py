"""``trace``: each station with its time; what did not arrive is exit code 1."""

from __future__ import annotations

from rig.bridge import NOW_MS, Bridge, reading
from rig.bridge_shell import Shell

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.sinks.base import Acknowledged, Message, Outcome
from dlmslite_daemon.store.records import DeadLetter

REQUEST = bytes.fromhex("7ea019030330ecc8e6e600c001c100030101200700ff02000000007e")


def stocked(daemon: Bridge) -> None:
    daemon.store.add_sink(SinkSettings("plain", "mqtt", options={"host": "h"}))
    daemon.keep(reading("voltage", NOW_MS, 22990))


def test_from_the_request_to_the_puback(shell: Shell, daemon: Bridge) -> None:
    stocked(daemon)
    assert daemon.services.log.frames is not None
    assert daemon.services.passages is not None
    tap = daemon.services.log.frames.tap("kitchen", "")
    tap(True, REQUEST)
    tap(False, b"\x01\x02")
    daemon.services.passages.published(
        "plain", "plain", 9, Message("meters/kitchen/state", b"{}", (1,)), ["kitchen"]
    )
    said = shell("trace", "kitchen")
    assert said.code == 1
    assert "in flight" in said.out
    daemon.clock.advance(0.04)
    daemon.services.passages.answered("plain", Acknowledged(9, Outcome.SENT))
    said = shell("trace", "kitchen", "voltage")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "kitchen voltage (1.1.32.7.0.255)"
    assert lines[1].startswith("request  2023-11-14T22:13:20.000Z → kitchen:")
    assert REQUEST.hex() in said.out
    assert lines[3].startswith("reply    ")
    assert "value    229.90 V = 22990 * 10^-2" in lines
    assert "row      number 1, measured 2023-11-14T22:13:20.000Z, live, good" in lines
    assert lines[-1].startswith("sink     plain: message 9 on meters/kitchen/state, 2 octets")
    assert lines[-1].endswith("after 40 ms: 0 success")


def test_what_did_not_arrive_is_exit_code_1(shell: Shell, daemon: Bridge) -> None:
    stocked(daemon)
    said = shell("trace", "kitchen")
    assert (said.code, "not acknowledged; its message is not remembered" in said.out) == (1, True)
    daemon.store.add_dead_letter(DeadLetter("plain", Lane.LIVE, 1, 1, "t", b"", "too large", 5))
    assert "in the dead letters: too large" in shell("trace", "kitchen").out
    assert shell("trace", "kitchen", "--json").json["row"]["number"] == 1


def test_a_meter_without_a_sink(shell: Shell, daemon: Bridge) -> None:
    daemon.keep(reading("voltage", NOW_MS, 22990))
    said = shell("trace", "kitchen")
    assert said.code == 0
    assert "none was to get it" in said.out


def test_nothing_to_trace(shell: Shell, daemon: Bridge) -> None:
    del daemon
    said = shell("trace", "kitchen")
    assert (said.code, said.err.split(":")[0]) == (1, "E-READING-NONE")
    assert shell("trace", "nobody").code == 3
