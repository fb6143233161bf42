"""The way of the last reading; what is not known is None, with a word why."""

from __future__ import annotations

import pytest
from rig.engine import Bench

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.engine.passages import Passages
from dlmslite_daemon.engine.trace import trace
from dlmslite_daemon.errors import BridgeError, UnknownMeter, UnknownSeries
from dlmslite_daemon.meters.frames import FrameRing
from dlmslite_daemon.reading import Lane, Reading, ValueKind
from dlmslite_daemon.sinks.base import Acknowledged, Message, Outcome
from dlmslite_daemon.store.records import DeadLetter

VOLTAGE = bytes.fromhex("0101200700ff02")  # 1.1.32.7.0.255, attribute 2


class Stage:
    def __init__(self) -> None:
        self.bench = Bench()
        self.bench.add("kitchen")
        self.store = self.bench.store
        self.store.add_sink(SinkSettings("plain", "mqtt", options={"host": "h"}))
        self.frames = FrameRing(self.bench.clock)
        self.passages = Passages(self.bench.clock)

    def exchange(self, wanted: bytes, *replies: bytes) -> None:
        tap = self.frames.tap("kitchen", "")
        tap(True, b"\x01" + wanted)
        for reply in replies:
            tap(False, b"\x01" + reply)

    def store_one(self, series: str = "voltage") -> Reading:
        now_ms = self.bench.clock.utc_ms()
        reading = Reading("kitchen", series, now_ms, ValueKind.INTEGER, 2299, -1, host_ts_ms=now_ms)
        self.store.append([reading]).result()
        return self.store.latest("kitchen")[series]


def test_a_reading_is_followed_from_the_wire_to_the_acknowledgement() -> None:
    stage = Stage()
    stage.exchange(b"another", b"no")
    stage.exchange(VOLTAGE, b"yes", b"and more")
    stage.exchange(b"next", b"no")
    number = stage.store_one().number or 0
    stage.passages.published("plain", "plain", 3, Message("t", b"{}", (number,)), ["kitchen"])
    stage.passages.answered("plain", Acknowledged(3, Outcome.SENT))
    found = trace(stage.store, stage.frames, stage.passages, "kitchen")
    assert found.request is not None
    assert found.request.octets == b"\x01" + VOLTAGE
    assert [frame.octets for frame in found.replies] == [b"\x01yes", b"\x01and more"]
    assert (found.reading.number, found.missing) == (number, "")
    (delivery,) = found.deliveries
    assert delivery.acknowledged
    assert delivery.passage is not None
    assert delivery.passage.message_id == 3


def test_without_memory_the_cursor_still_tells() -> None:
    stage = Stage()
    stage.store_one()
    assert not trace(stage.store, None, None, "1").deliveries[0].acknowledged
    stage.store.advance("plain", Lane.LIVE, "", 1)
    found = trace(stage.store, None, None, "1")
    assert found.deliveries[0].acknowledged
    assert (found.request, found.missing) == (
        None,
        "no daemon runs; only a running one remembers frames",
    )


def test_why_there_are_no_frames() -> None:
    stage = Stage()
    stage.store_one()
    found = trace(stage.store, stage.frames, stage.passages, "kitchen")
    assert found.missing == "no frame of this meter is remembered"
    stage.exchange(b"another", b"no")
    found = trace(stage.store, stage.frames, stage.passages, "kitchen")
    assert "ciphered" in found.missing


def test_a_dead_letter_is_no_acknowledgement() -> None:
    stage = Stage()
    stage.store_one()
    stage.store.add_dead_letter(DeadLetter("plain", Lane.LIVE, 1, 1, "t", b"", "too large", 5))
    stage.store.advance("plain", Lane.LIVE, "", 1)
    (delivery,) = trace(stage.store, None, None, "kitchen").deliveries
    assert (delivery.acknowledged, delivery.dead) == (False, "too large")


def test_sinks_that_were_never_to_get_it_are_left_out() -> None:
    stage = Stage()
    stage.store_one()
    stage.store.add_sink(SinkSettings("late", "mqtt", options={"host": "h"}))
    options = {"host": "h", "mode": "legacy", "meters": ["cellar"]}
    stage.store.add_sink(SinkSettings("old", "thingsboard", options=options), from_beginning=True)
    stage.store.add_sink(SinkSettings("off", "mqtt", enabled=False), from_beginning=True)
    assert [one.sink for one in trace(stage.store, None, None, "kitchen").deliveries] == ["plain"]


def test_what_is_not_there() -> None:
    stage = Stage()
    with pytest.raises(BridgeError) as caught:
        trace(stage.store, None, None, "kitchen")
    assert caught.value.code == "E-READING-NONE"
    with pytest.raises(UnknownSeries):
        trace(stage.store, None, None, "kitchen", "nothing")
    with pytest.raises(UnknownMeter):
        trace(stage.store, None, None, "nobody")
