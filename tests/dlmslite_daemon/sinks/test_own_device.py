"""The topics of a meter that speaks for itself."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.sink_suite import CARD, check_encoding
from strategies.readings import stored

from dlmslite_daemon.alarm import Alarm, AlarmEvent, Change, Condition
from dlmslite_daemon.reading import Lane, Reading, Source, ValueKind
from dlmslite_daemon.sinks.base import Message, Refusal
from dlmslite_daemon.sinks.own_device import DeviceEncoder

DEVICE, LEGACY = DeviceEncoder(8192), DeviceEncoder(8192, "Medidor 1")


@pytest.mark.parametrize("name", ["", "Medidor 1"])
@given(readings=stored(), past=stored(Source.PROFILE), payload_max=st.integers(300, 1000))
def test_every_reading_goes_once_within_the_size(
    name: str, readings: list[Reading], past: list[Reading], payload_max: int
) -> None:
    encoder = DeviceEncoder(payload_max, name)
    check_encoding(encoder, readings, Lane.LIVE)
    check_encoding(encoder, past, Lane.HISTORY)
    for product in encoder.encode(readings, Lane.LIVE):
        assert isinstance(product, Refusal) or len(product.payload) <= payload_max


@given(stored())
def test_a_poll_is_one_object_with_its_time_and_exact_values(readings: list[Reading]) -> None:
    for message in LEGACY.encode(readings, Lane.LIVE):
        assert isinstance(message, Message)
        assert message.topic == "v1/devices/me/telemetry"
        said = json.loads(message.payload, parse_float=Decimal)
        assert said.keys() == {"ts", "values"}
        assert said["values"]["device_name"] == "Medidor 1"


def test_a_value_that_never_fits_is_refused_for_good() -> None:
    reading = Reading("m", "text", 5, ValueKind.TEXT, text="x" * 400, number=7)
    (product,) = DeviceEncoder(300).encode([reading], Lane.LIVE)
    assert isinstance(product, Refusal)
    assert product.numbers == (7,)


def test_units_are_told_to_thingsboard_and_not_to_the_old_gateway() -> None:
    (message,) = DEVICE.hello((CARD,))
    assert message.topic == "v1/devices/me/attributes"
    assert json.loads(message.payload) == {
        "units": {"voltage": "V"},
        "obis": {"voltage": "1.1.32.7.0.255"},
    }
    assert LEGACY.hello((CARD,)) == []
    for encoder in (DEVICE, LEGACY):
        assert (encoder.will, encoder.withdraw(CARD), encoder.goodbye((CARD,))) == (None, [], [])


def test_thingsboard_is_asked_and_the_old_broker_only_shown_a_message() -> None:
    assert DEVICE.listening().answers == "v1/devices/me/attributes/response/+"
    assert LEGACY.listening().answers == ""
    assert LEGACY.listening().message.topic == "v1/devices/me/telemetry"


@pytest.mark.parametrize("encoder", [DEVICE, LEGACY])
def test_an_alarm_is_telemetry_of_the_device(encoder: DeviceEncoder) -> None:
    alarm = Alarm("m1", Condition("silence", "nothing heard"), 1, 2, number=7)
    event = AlarmEvent(3, 5, Change.RAISED, alarm)
    message = encoder.alarm(event)
    assert encoder.alarm(event) == message
    said = json.loads(message.payload)
    assert (message.topic, said["ts"]) == ("v1/devices/me/telemetry", 5)
    assert said["values"]["alarm_silence"] is True
    assert said["values"].get("device_name", "") == encoder.device_name


def test_words_of_an_alarm_go_where_there_is_no_room() -> None:
    alarm = Alarm("m1", Condition("silence", "x" * 500, details="y" * 500), 1, 2, number=7)
    message = DeviceEncoder(400).alarm(AlarmEvent(3, 5, Change.RAISED, alarm))
    assert len(message.payload) <= 400
