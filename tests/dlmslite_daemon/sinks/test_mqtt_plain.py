"""The plain topic tree."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from rig.sink_suite import CARD, check_alarms, check_encoding, check_words
from strategies.readings import stored

from dlmslite_daemon.alarm import Alarm, AlarmEvent, Change, Condition, Severity
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.reading import Lane, Quality, Reading, Source, ValueKind
from dlmslite_daemon.sinks.base import Message, MeterCard, SeriesCard
from dlmslite_daemon.sinks.mqtt_plain import PlainEncoder, PlainMqtt

ENCODER = PlainEncoder("meters")


def reading(series: str, raw: int, number: int, **more: object) -> Reading:
    parts: dict[str, object] = {"scaler": -2, "host_ts_ms": 1_700_000_000_250, **more}
    kind = ValueKind.INTEGER
    return Reading("kitchen", series, 1_700_000_000_000, kind, raw, number=number, **parts)


@given(stored(), stored(Source.PROFILE))
def test_every_reading_goes_once_in_order(live: list[Reading], past: list[Reading]) -> None:
    check_encoding(ENCODER, live, Lane.LIVE)
    check_encoding(ENCODER, past, Lane.HISTORY)
    check_words(ENCODER)
    check_alarms(ENCODER, "kitchen")


@pytest.mark.parametrize(
    ("subject", "topic"),
    [
        ("kitchen", "meters/kitchen/alarm"),
        ("sink:tb", "meters/bridge/alarm"),
        ("bridge", "meters/bridge/alarm"),
    ],
)
def test_an_alarm_stands_under_its_meter_or_the_bridge(subject: str, topic: str) -> None:
    condition = Condition("silence", "nothing heard", Severity.ERROR, "watchdog", "since 10:00")
    alarm = Alarm(subject, condition, 1, 2, count=3, number=7).acknowledged("ann", 4)
    message = ENCODER.alarm(AlarmEvent(9, 4, Change.ACKNOWLEDGED, alarm))
    assert message.topic == topic
    assert json.loads(message.payload) == {
        "ts": 4,
        "seq": 9,
        "event": "acknowledged",
        "id": 7,
        "subject": subject,
        "code": "silence",
        "severity": "error",
        "category": "watchdog",
        "active": True,
        "raised": 1,
        "cleared": None,
        "count": 3,
        "flaps": 0,
        "acknowledged_by": "ann",
        "message": "nothing heard",
        "details": "since 10:00",
    }


def test_a_poll_is_one_payload_with_exact_numbers() -> None:
    (message,) = ENCODER.encode([reading("voltage", 22990, 7), reading("big", 2**70, 8)], Lane.LIVE)
    assert isinstance(message, Message)
    assert message.topic == "meters/kitchen/state"
    assert message.numbers == (7, 8)
    assert not message.retain
    assert message.payload.decode() == (
        '{"ts":1700000000000,"host_ts":1700000000250,"src":"live","seq":8,"q":"good",'
        '"values":{"voltage":229.90,"big":11805916207174113034.24}}'
    )
    values = json.loads(message.payload, parse_float=Decimal)["values"]
    assert values["big"] == Decimal(2**70).scaleb(-2)


def test_history_and_doubtful_values_go_their_own_way() -> None:
    profile = reading("voltage", 1, 9, source=Source.PROFILE, quality=Quality.SUSPECT)
    (message,) = ENCODER.encode([profile], Lane.HISTORY)
    assert isinstance(message, Message)
    assert message.topic == "meters/kitchen/history"
    assert json.loads(message.payload)["src"] == "profile"
    assert json.loads(message.payload)["q"] == "suspect"


def test_good_and_doubtful_values_of_one_poll_are_two_payloads() -> None:
    doubtful = reading("current", 1, 2, quality=Quality.SUSPECT)
    assert len(ENCODER.encode([reading("voltage", 1, 1), doubtful], Lane.LIVE)) == 2


def test_text_and_odd_floats_are_json_strings() -> None:
    text = Reading("kitchen", "s", 0, ValueKind.TEXT, text='a"b\n', number=1)
    nan = Reading("kitchen", "n", 0, ValueKind.FLOAT, text="nan", number=2)
    (message,) = ENCODER.encode([text, nan], Lane.LIVE)
    assert isinstance(message, Message)
    assert json.loads(message.payload)["values"] == {"s": 'a"b\n', "n": "nan"}


def test_hello_brings_back_everything_that_a_broker_may_have_lost() -> None:
    bridge, availability, info = ENCODER.hello((CARD,))
    assert bridge == Message("meters/bridge/state", b"online", retain=True)
    assert availability == Message("meters/kitchen/availability", b"online", retain=True)
    assert info.retain
    assert json.loads(info.payload) == {
        "name": "kitchen",
        "series": {"voltage": {"obis": "1.1.32.7.0.255", "unit": "V"}},
    }


def test_the_will_and_the_goodbye_say_offline() -> None:
    will = Message("meters/bridge/state", b"offline", retain=True)
    assert ENCODER.will == will
    assert ENCODER.goodbye((CARD,)) == [
        Message("meters/kitchen/availability", b"offline", retain=True),
        will,
    ]


def test_an_offline_meter_is_announced_as_such_and_a_removed_one_is_wiped() -> None:
    card = MeterCard("kitchen", online=False, series=(SeriesCard("e", "1.0.1.8.0.255"),))
    assert ENCODER.announce(card)[0].payload == b"offline"
    assert {message.payload for message in ENCODER.withdraw(card)} == {b""}


def test_the_settings_make_address_and_encoder() -> None:
    sink = PlainMqtt("broker", base="/lab/", username="u", secret="env:PW", tls=True)
    assert sink.encoder() == PlainEncoder("lab")
    address = sink.address("planted")
    assert (address.username, address.password, address.tls) == ("u", "planted", True)
    assert "planted" not in repr(address)
    with pytest.raises(ConfigError):
        PlainMqtt("broker", secret="in the open")
