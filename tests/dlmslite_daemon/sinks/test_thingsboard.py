"""ThingsBoard's gateway topics."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from rig.sink_suite import CARD, check_alarms, check_encoding, check_words
from strategies.readings import stored

from dlmslite_daemon.alarm import Alarm, AlarmEvent, Change, Condition
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.reading import Lane, Reading, Source, ValueKind
from dlmslite_daemon.sinks.base import Message, Refusal
from dlmslite_daemon.sinks.per_meter import is_per_meter
from dlmslite_daemon.sinks.thingsboard import PAYLOAD_MAX, GatewayEncoder, ThingsBoard

ENCODER = GatewayEncoder()


def reading(meter: str, series: str, ts_ms: int, raw: int, number: int) -> Reading:
    return Reading(meter, series, ts_ms, ValueKind.INTEGER, raw, -1, number=number)


@given(stored(), stored(Source.PROFILE), st.integers(256, 1000))
def test_every_reading_goes_once_within_the_size(
    live: list[Reading], past: list[Reading], payload_max: int
) -> None:
    encoder = GatewayEncoder(payload_max=payload_max)
    check_encoding(encoder, live, Lane.LIVE)
    check_encoding(encoder, past, Lane.HISTORY)
    check_words(encoder)
    check_alarms(encoder, "kitchen")
    for product in encoder.encode(live, Lane.LIVE):
        if isinstance(product, Message):
            assert len(product.payload) <= payload_max


@given(stored())
def test_the_payload_says_what_the_readings_say(readings: list[Reading]) -> None:
    said = {}
    for message in GatewayEncoder().encode(readings, Lane.LIVE):
        assert isinstance(message, Message)
        assert message.topic == "v1/gateway/telemetry"
        for device, points in json.loads(message.payload, parse_float=Decimal).items():
            for point in points:
                for key, value in point["values"].items():
                    said.setdefault((device, key, point["ts"]), []).append(value)
    wanted = {r.key for r in readings}
    assert said.keys() == wanted
    newest = {r.key: r for r in readings}
    for key, values in said.items():
        exact = newest[key]
        last = exact.text if exact.text is not None else Decimal(exact.value_text())
        assert last in [Decimal(v) if isinstance(v, int) else v for v in values]


def test_meters_and_times_share_a_message() -> None:
    readings = [
        reading("a", "v", 1, 2299, 1),
        reading("a", "i", 1, 5, 2),
        reading("b", "v", 1, 2301, 3),
        reading("a", "v", 2, 2300, 4),
    ]
    (message,) = ENCODER.encode(readings, Lane.LIVE)
    assert isinstance(message, Message)
    assert message.numbers == (1, 2, 3, 4)
    assert message.payload.decode() == (
        '{"a":[{"ts":1,"values":{"v":229.9,"i":0.5}},{"ts":2,"values":{"v":230.0}}],'
        '"b":[{"ts":1,"values":{"v":230.1}}]}'
    )


def test_29_a_payload_over_the_limit_is_cut_and_one_value_over_it_is_refused() -> None:
    long = Reading("a", "s", 3, ValueKind.TEXT, text="x" * PAYLOAD_MAX, number=500)
    readings = [reading("a", f"series_{n}", 1, n, n) for n in range(499)]
    products = ENCODER.encode([*readings, long, reading("a", "v", 4, 1, 501)], Lane.LIVE)
    messages = [product for product in products if isinstance(product, Message)]
    assert len(messages) > 1
    assert max(len(message.payload) for message in messages) <= PAYLOAD_MAX
    (refusal,) = [product for product in products if isinstance(product, Refusal)]
    assert refusal.numbers == (500,)
    assert messages[-1].numbers[-1] == 501


def test_every_live_meter_connects_again_after_each_connect() -> None:
    dead = evolve(CARD, name="cellar", online=False)
    connect, attributes = ENCODER.hello((CARD, dead))
    assert connect.topic == "v1/gateway/connect"
    assert json.loads(connect.payload) == {"device": "kitchen", "type": "default"}
    assert attributes.topic == "v1/gateway/attributes"
    assert json.loads(attributes.payload) == {
        "kitchen": {"units": {"voltage": "V"}, "obis": {"voltage": "1.1.32.7.0.255"}}
    }


def test_a_meter_that_went_offline_disconnects() -> None:
    (message,) = ENCODER.announce(evolve(CARD, online=False))
    assert message == Message("v1/gateway/disconnect", b'{"device":"kitchen"}')
    assert ENCODER.withdraw(CARD) == [message]
    assert ENCODER.goodbye((CARD, evolve(CARD, online=False))) == [message]


def test_thingsboard_needs_no_will_and_proves_that_it_listens() -> None:
    assert ENCODER.will is None
    assert ENCODER.listening().answers == "v1/devices/me/attributes/response/+"


def test_the_token_is_the_user_name() -> None:
    sink = ThingsBoard("tb", secret="env:TOKEN", device_type="meter")
    address = sink.address("planted")
    assert (address.username, address.password) == ("planted", "")
    assert "planted" not in repr(address)
    assert sink.encoder() == GatewayEncoder("meter", PAYLOAD_MAX)


@pytest.mark.parametrize(
    "wrong", [{"mode": "pigeon"}, {"payload_max": 10}, {"secret": "in the open"}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        ThingsBoard("tb", **wrong)


def test_an_alarm_is_telemetry_of_its_device_that_a_rule_can_turn_on_and_off() -> None:
    alarm = Alarm("kitchen", Condition("silence", "nothing heard"), 1, 2, number=7)
    raised = GatewayEncoder().alarm(AlarmEvent(8, 5, Change.RAISED, alarm))
    cleared = GatewayEncoder().alarm(AlarmEvent(9, 6, Change.CLEARED, alarm.cleared(6)))
    assert raised.topic == cleared.topic == "v1/gateway/telemetry"
    (point,) = json.loads(raised.payload)["kitchen"]
    assert (point["ts"], point["values"]["alarm_silence"]) == (5, True)
    assert point["values"]["alarm"]["message"] == "nothing heard"
    assert json.loads(cleared.payload)["kitchen"][0]["values"]["alarm_silence"] is False


@pytest.mark.parametrize("subject", ["bridge", "sink:tb"])
def test_an_alarm_of_no_meter_is_telemetry_of_the_gateway(subject: str) -> None:
    alarm = Alarm(subject, Condition("sink_down", "away"), 1, 2, number=7)
    message = GatewayEncoder().alarm(AlarmEvent(8, 5, Change.RAISED, alarm))
    assert message.topic == "v1/devices/me/telemetry"
    assert json.loads(message.payload)["values"]["alarm_sink_down"] is True


@pytest.mark.parametrize("size", [10, 400, 9000])
def test_29_an_alarm_fits_whatever_is_said_in_it(size: int) -> None:
    condition = Condition("silence", "m" * size, details="d" * size)
    alarm = Alarm("kitchen", condition, 1, 2, number=7)
    message = GatewayEncoder(payload_max=512).alarm(AlarmEvent(8, 5, Change.RAISED, alarm))
    assert len(message.payload) <= 512
    values = json.loads(message.payload)["kitchen"][0]["values"]
    assert values["alarm"]["code"] == "silence"
    assert ("message" in values["alarm"]) is (size == 10)


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "device", "secret": "env:T"},
        {"mode": "legacy", "secret": "env:T"},
        {"mode": "device", "tokens": {"a": "in the open"}},
        {"mode": "legacy", "tokens": {"a": "env:T"}},
        {"mode": "device", "device_names": {"a": "b"}},
        {"meters": ("a",)},
    ],
)
def test_what_a_mode_has_no_use_for_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        ThingsBoard("host", **options)


def test_a_client_and_a_token_for_each_meter() -> None:
    sink = ThingsBoard("host", mode="device", tokens={"kitchen": "env:T"})
    assert is_per_meter(sink)
    own = sink.own(4, "kitchen")
    assert (own.secret, own.client_id) == ("env:T", "")
    assert sink.encoder() == own.encoder
    with pytest.raises(ConfigError, match="cellar has no token"):
        sink.own(5, "cellar")


def test_the_old_broker_gets_the_old_client_ids_and_names() -> None:
    sink = ThingsBoard("host", 1884, mode="legacy", device_names={"m1": "Medidor 1"})
    assert sink.own(4, "m1").client_id == "dlms_meter_4"
    (message,) = sink.own(4, "m1").encoder.encode([reading("m1", "v", 5, 2299, 1)], Lane.LIVE)
    assert message == Message(
        "v1/devices/me/telemetry",
        b'{"ts":5,"values":{"v":229.9,"device_name":"Medidor 1"}}',
        (1,),
    )
    assert ThingsBoard("host", mode="legacy", meters=("a",)).carries("a")
    assert not ThingsBoard("host", mode="legacy", meters=("a",)).carries("b")


def test_the_bridge_speaks_for_itself_where_it_has_a_device() -> None:
    alarm = AlarmEvent(3, 5, Change.RAISED, Alarm("sink:tb", Condition("sink_down", "gone"), 1, 2))
    told = {}
    for names in ({}, {"bridge": "Puente"}):
        own = ThingsBoard("host", 1884, mode="legacy", device_names=names).of_bridge()
        assert own is not None
        assert own.client_id == "dlms_bridge"
        values = json.loads(own.encoder.alarm(alarm).payload)["values"]
        assert values["alarm_sink_down"] is True
        told[bool(names)] = values["device_name"]
    assert told == {False: "dlmslite-bridge", True: "Puente"}
    device = ThingsBoard("host", mode="device", tokens={"kitchen": "env:T", "bridge": "env:B"})
    own = device.of_bridge()
    assert own is not None
    assert own.secret == "env:B"
    assert ThingsBoard("host", mode="device", tokens={"kitchen": "env:T"}).of_bridge() is None


def test_a_gateway_is_one_connection() -> None:
    assert not is_per_meter(ThingsBoard("host"))
