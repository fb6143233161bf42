"""The way of a reading over the API."""

from __future__ import annotations

from rig.bridge import NOW_MS, Bridge, ask, reading

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.engine.passages import Passages
from dlmslite_daemon.sinks.base import Acknowledged, Message, Outcome


def test_the_whole_way(parts: Bridge) -> None:
    parts.store.add_sink(SinkSettings("plain", "mqtt", options={"host": "h"}))
    parts.keep(reading("voltage", NOW_MS, 22990))
    frames, passages = parts.services.log.frames, parts.services.passages
    assert frames is not None
    assert isinstance(passages, Passages)
    tap = frames.tap("kitchen", "")
    tap(True, bytes.fromhex("7ea019030330ecc8e6e600c001c100030101200700ff02000000007e"))
    tap(False, b"\x01\x02")
    passages.published("plain", "plain", 9, Message("t", b"{}", (1,)), ["kitchen"])
    passages.answered("plain", Acknowledged(9, Outcome.SENT))
    status, content = ask(parts.app, "GET", "/api/meters/kitchen/trace?series=voltage")
    assert status == 200
    assert (content["series"], content["obis"]) == ("voltage", "1.1.32.7.0.255")
    assert content["request"]["direction"] == "sent"
    assert [reply["octets"] for reply in content["replies"]] == ["0102"]
    assert content["row"]["number"] == 1
    (delivery,) = content["deliveries"]
    message = delivery["message"]
    assert (delivery["acknowledged"], message["message_id"], message["reason"]) == (
        True,
        9,
        "success",
    )


def test_a_message_that_is_not_remembered(parts: Bridge) -> None:
    parts.store.add_sink(SinkSettings("plain", "mqtt", options={"host": "h"}))
    parts.keep(reading("voltage", NOW_MS, 22990))
    content = ask(parts.app, "GET", "/api/meters/kitchen/trace")[1]
    assert content["request"] is None
    assert content["missing"]
    assert content["deliveries"][0]["message"] is None


def test_nothing_stored_and_nobody_there(parts: Bridge) -> None:
    status, content = ask(parts.app, "GET", "/api/meters/kitchen/trace")
    assert (status, content["error"]["code"]) == (404, "E-READING-NONE")
    assert ask(parts.app, "GET", "/api/meters/nobody/trace")[0] == 404
    assert ask(parts.app, "GET", "/api/meters/kitchen/trace?series=x")[0] == 404
