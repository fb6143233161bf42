"""A capture answers a client as the meter did, whatever client asks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from rig.captures import PASSWORD, STARTED, event, recorded

from dlmslite.capture.base import Capture, Header
from dlmslite.capture.conversation import spoken
from dlmslite.capture.redact import redact
from dlmslite.capture.replay import ReplayedMeter, Tape
from dlmslite.client import Client, connect
from dlmslite.errors import DecodeError, ServiceError
from dlmslite.link.hdlc.settings import HdlcSettings
from dlmslite.link.wrapper import WrapperSettings
from dlmslite.procedures.authentication import Lls
from dlmslite.simulator.models.single_phase import CURRENT, ENERGY, PROFILE, SERIAL, VOLTAGE
from dlmslite.simulator.serve import RunningMeter
from dlmslite.trace import Direction


@contextlib.contextmanager
def replayed(capture: Capture, **options: Any) -> Iterator[tuple[Client, Tape]]:
    tape = Tape.of(capture)
    with (
        RunningMeter(lambda: ReplayedMeter(tape), framing=tape.framing) as meter,
        connect(meter.url, **{"max_pdu": 512, "timeout": 5.0, **options}) as client,
    ):
        yield client, tape


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_client_reads_what_was_read(framing: str) -> None:
    seen: dict[str, Any] = {}

    def act(client: Client) -> None:
        seen["values"] = client.read_many([ENERGY, VOLTAGE, SERIAL])
        seen["rows"] = [str(row) for row in client.profile(PROFILE).entries(1, 40)]

    capture = recorded(framing, act)

    with replayed(capture) as (client, tape):
        assert client.read_many([ENERGY, VOLTAGE, SERIAL]) == seen["values"]
        rows = [str(row) for row in client.profile(PROFILE).entries(1, 40)]
        assert rows == seen["rows"]
        assert len(rows) == 40
        assert tape.missed == 0


def test_another_client_with_other_frames_and_in_another_order_is_answered_too() -> None:
    with replayed(recorded(), client=17, max_info=64, window=1) as (client, tape):
        assert client.read(SERIAL) == b"SIM12345678"
        assert client.read(VOLTAGE).unit.symbol == "V"
        assert tape.missed == 0


def test_what_was_not_recorded_is_refused_and_the_rest_goes_on() -> None:
    with replayed(recorded()) as (client, tape):
        with pytest.raises(ServiceError):
            client.get(CURRENT, class_id=3)
        assert tape.missed == 1
        assert client.get(SERIAL, class_id=1) == b"SIM12345678"


def test_values_that_changed_are_given_in_their_order_and_then_from_the_beginning() -> None:
    values: list[int] = []

    def act(client: Client) -> None:
        values.extend(client.get(VOLTAGE, class_id=3) for _ in range(3))

    capture = recorded("hdlc", act)
    tape = Tape.of(capture)
    exchange = next(one for one in tape.exchanges if one.request[:1] == b"\xc0")

    answers = [tape.play(exchange.request).answer for _ in range(4)]

    recorded_answers = [one.answer for one in tape.exchanges if one.request[:1] == b"\xc0"]
    assert [answer[3:] for answer in answers] == [
        answer[3:] for answer in [*recorded_answers, recorded_answers[0]]
    ]


def test_the_invoke_id_is_that_of_the_one_who_asks() -> None:
    tape = Tape.of(recorded())
    exchange = next(one for one in tape.exchanges if one.request[:1] == b"\xc0")
    request = exchange.request[:2] + b"\x0c" + exchange.request[3:]

    assert tape.play(request).answer[2] == 0x0C


def test_any_password_is_taken_since_the_recorded_one_may_be_struck_out() -> None:
    capture = redact(recorded(auth=Lls(PASSWORD)))

    with replayed(capture, client=32, auth=Lls("another")) as (client, _):
        assert client.read(SERIAL) == b"*" * 11


def test_the_link_is_as_the_meter_had_it() -> None:
    tape = Tape.of(recorded())

    assert isinstance(tape.settings, HdlcSettings)
    assert (tape.settings.max_info_transmit, tape.settings.window_receive) == (128, 1)
    assert tape.server == "1"
    wrapped = Tape.of(recorded("wrapper"))
    assert isinstance(wrapped.settings, WrapperSettings)
    assert wrapped.server == "1"


def test_answers_may_take_as_long_as_they_took() -> None:
    capture = recorded()
    slow = Capture(
        capture.header,
        tuple(
            event(one.octets, one.direction, at=number * 0.5)
            for number, one in enumerate(capture.octets_on_the_wire())
        ),
    )
    tape = Tape.of(slow)
    first = next(one for one in spoken(slow))
    assert tape.exchanges[0].seconds == 0.5
    meter = ReplayedMeter(tape, timing=True)
    meter.open(0.0)
    snrm, aarq = (
        one.octets
        for one in list(slow.octets_on_the_wire())[:3:2]
        if one.direction is Direction.SENT
    )
    meter.receive(snrm, 0.0)
    assert meter.data_to_send()
    meter.receive(aarq, 1.0)

    assert first.octets in aarq
    assert meter.data_to_send() == b""
    assert meter.next_deadline() is not None
    meter.deadline_passed(1.5)
    assert tape.exchanges[0].answer in meter.data_to_send()


def test_a_request_that_is_neither_get_nor_known_gets_an_exception() -> None:
    tape = Tape.of(recorded())

    assert tape.play(b"\x05\x01").answer == b"\xd8\x01\x03"
    assert tape.missed == 1


def test_a_capture_without_a_conversation_is_no_meter() -> None:
    with pytest.raises(DecodeError, match="no request that was answered"):
        Tape.of(Capture(Header(started=STARTED), (event(b"Port already in use\r\n"),)))
