"""The sign-on of mode E between two sides that really change speed, on a fake clock."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig import wires
from rig.pair import Pair
from strategies.sign_ons import messages

from dlmslite.errors import DeadlineExceeded, LinkError, StateError
from dlmslite.link.base import (
    ApduReceived,
    Discarded,
    LinkClosed,
    LinkFailed,
    LinkOpened,
    SpeedWanted,
)
from dlmslite.link.hdlc.link import HdlcLink
from dlmslite.link.hdlc.settings import HdlcSettings
from dlmslite.link.mode_e.link import IDLE_RESET, ModeELink, Phase
from dlmslite.link.mode_e.messages import Identification
from dlmslite.link.mode_e.settings import ModeESettings
from dlmslite.role import Role

REQUEST = b"/?!\r\n"
ACK = bytes.fromhex("063235320d0a")
METER = Identification(manufacturer="LGZ", baud_char="5", identification="ZMD3")
FAST = Identification(manufacturer="LGz", baud_char="5", identification="ZMD3")
MODE_C = Identification(manufacturer="ELS", baud_char="5", identification="EM24", mode_e=False)
START = SpeedWanted(300, "7E1", allowance=11.0)


def link(role: Role, **settings: Any) -> ModeELink:
    behind = HdlcLink(role, HdlcSettings(inactivity_timeout=settings.pop("inactivity", 0.0)))
    settings = {"identification": METER} | settings
    return ModeELink(role, ModeESettings(**settings), behind)


class Port:
    """One side at the speed that its link wants; what a side at another speed says is rubbish."""

    def __init__(self, side: ModeELink) -> None:
        self.link = side
        self.baud = 0
        self.peer: Port = self
        self._waiting: list[Any] = []

    def events(self) -> list[Any]:
        self._pull()
        events, self._waiting = self._waiting, []
        return events

    def data_to_send(self) -> bytes:
        self._pull()
        self.peer._pull()
        octets = self.link.data_to_send()
        if self.baud == self.peer.baud:
            return octets
        return bytes((octet * 73 + 41) & 0xFF for octet in octets)

    def _pull(self) -> None:
        for event in self.link.events():
            self._waiting.append(event)
            if isinstance(event, SpeedWanted):
                self.baud = event.baud

    def __getattr__(self, name: str) -> Any:
        return getattr(self.link, name)


def pair(lines: Any = None, *, server: Any = None, **client: Any) -> Pair:
    """Both sides open; the server answers an APDU with itself."""
    reader, meter = Port(link(Role.CLIENT, **client)), Port(link(Role.SERVER, **(server or {})))
    reader.peer, meter.peer = meter, reader

    def echo(event: Any, now: float) -> None:
        if isinstance(event, ApduReceived):
            meter.send(event.octets, now)

    both = Pair(reader, meter, lines or wires.clean(), echo)
    meter.open(0.0)
    reader.open(0.0)
    return both


def is_up(both: Pair) -> bool:
    return any(isinstance(event, LinkOpened) for event in both.client_events)


def failures(both: Pair) -> list[Any]:
    return [event.error for event in both.client_events if isinstance(event, LinkFailed)]


def said(both: Pair, who: str) -> list[tuple[float, bytes]]:
    return [(at, octets) for at, side, octets in both.log if side == who]


def test_s01_sign_on_at_300_7e1_then_hdlc_at_the_offered_speed_8n1() -> None:
    both = pair()
    assert both.run(lambda: is_up(both), 10.0)
    speeds = [event for event in both.client_events if isinstance(event, SpeedWanted)]
    assert [(event.baud, event.format) for event in speeds] == [(300, "7E1"), (9600, "8N1")]
    texts = [octets for _, octets in said(both, "client")]
    assert texts[:2] == [REQUEST, ACK]
    assert texts[2].startswith(b"\x7e\xa0")
    assert said(both, "server")[0][1] == b"/LGZ5\\2ZMD3\r\n"
    both.client.send(b"\xc0\x01", both.now)
    both.advance(1.0)
    assert both.client_events[-1].octets == b"\xc0\x01"


@pytest.mark.parametrize("baud_char", list("0123456"))
def test_s02_the_acknowledgement_has_the_baud_character_of_the_identification(
    baud_char: str,
) -> None:
    meter = Identification(manufacturer="LGZ", baud_char=baud_char)
    both = pair(server={"identification": meter})
    assert both.run(lambda: is_up(both), 10.0)
    assert said(both, "client")[1][1] == b"\x062%c2\r\n" % ord(baud_char)
    assert both.client.baud == meter.baud


def test_s02_a_meter_that_needs_300_ms_before_switching_gets_them() -> None:
    both = pair(server={"wait": 0.3})
    assert both.run(lambda: is_up(both), 10.0)
    (at_ack, _), (at_snrm, _) = said(both, "client")[1:3]
    # The acknowledgement itself is 0.2 s on the line at 300 baud.
    assert at_snrm - at_ack == pytest.approx(0.2 + 0.3 + 0.2)


def test_s02_a_slower_meter_is_waited_for_as_told() -> None:
    both = pair(wait=1.0)
    assert both.run(lambda: is_up(both), 10.0)
    (at_ack, _), (at_snrm, _) = said(both, "client")[1:3]
    assert at_snrm - at_ack == pytest.approx(0.2 + 1.0 + 0.2)


def test_s02_a_meter_does_not_take_a_speed_that_it_did_not_offer() -> None:
    meter = link(Role.SERVER)
    meter.open(0.0)
    meter.receive(REQUEST, 0.0)
    meter.deadline_passed(1.0)
    meter.receive(b"\x06242\r\n", 1.5)
    assert meter.phase is Phase.LISTENING
    assert Discarded(b"\x06242\r\n", "unexpected") in meter.events()


def test_a_fast_meter_is_answered_at_once() -> None:
    slow, fast = pair(), pair(server={"identification": FAST})
    for both in (slow, fast):
        assert both.run(lambda both=both: is_up(both), 10.0)
    assert fast.now < slow.now - 0.3


def test_s03_a_head_that_echoes_does_not_confuse_the_sign_on() -> None:
    both = pair(wires.echoing())
    assert both.run(lambda: is_up(both), 10.0)
    lost = [event for event in both.client_events if isinstance(event, Discarded)]
    assert Discarded(REQUEST, "echo") in lost
    assert Discarded(ACK, "sign-on") in lost


@pytest.mark.parametrize("at_old_speed", [True, False])
def test_a_meter_that_confirms_at_either_speed_has_its_say(at_old_speed: bool) -> None:
    reader = link(Role.CLIENT)
    reader.open(0.0)
    reader.receive(b"/LGZ5\\2ZMD3\r\n", 0.5)
    reader.deadline_passed(0.7)
    assert reader.data_to_send() == REQUEST + ACK
    if not at_old_speed:
        reader.deadline_passed(1.2)
        assert reader.phase is Phase.SETTLING
    reader.events()
    reader.receive(ACK, 1.3)
    assert reader.events() == [Discarded(ACK, "sign-on")]
    if at_old_speed:
        assert reader.phase is Phase.SWITCHING
    else:
        assert reader.next_deadline() == pytest.approx(1.5)


def test_a_meter_that_never_stops_confirming_is_talked_to_all_the_same() -> None:
    reader = link(Role.CLIENT)
    reader.open(0.0)
    reader.receive(b"/LGZ5\\2ZMD3\r\n", 0.5)
    reader.deadline_passed(0.7)
    reader.deadline_passed(1.2)
    now = 1.2
    while reader.phase is Phase.SETTLING and now < 10:
        reader.receive(b"\x55", now)
        now += 0.1
        if reader.next_deadline() <= now:
            reader.deadline_passed(now)
    assert now == pytest.approx(1.2 + 1.5, abs=0.11)


def test_s04_a_sleeping_meter_is_woken_with_nuls_before_the_request() -> None:
    both = pair(wake_up=True)
    assert both.run(lambda: is_up(both), 15.0)
    (at_nuls, nuls), (at_request, request) = said(both, "client")[:2]
    assert nuls == bytes(66)  # 2.2 s at 300 baud
    assert request == REQUEST
    assert at_request - at_nuls == pytest.approx(2.2 + 1.6)


def test_s04_a_meter_forgets_a_sign_on_that_stops_for_five_seconds() -> None:
    meter = link(Role.SERVER)
    meter.open(0.0)
    meter.receive(REQUEST, 0.0)
    meter.deadline_passed(0.2)
    assert meter.phase is Phase.OFFERING
    due = meter.next_deadline()
    assert due == pytest.approx(0.2 + 13 / 30 + IDLE_RESET)
    meter.deadline_passed(due)
    assert meter.phase is Phase.LISTENING
    meter.receive(ACK, due + 0.1)  # too late: nobody asked
    assert meter.phase is Phase.LISTENING


def test_s04_a_client_that_heard_nothing_is_quiet_for_five_seconds_and_asks_again() -> None:
    both = pair(wires.cut(0))
    assert both.run(lambda: bool(failures(both)), 60.0)
    (first, _), (second, _) = said(both, "client")
    assert second - first == pytest.approx(5 / 30 + 2.0 + IDLE_RESET)
    (error,) = failures(both)
    assert isinstance(error, DeadlineExceeded)
    assert "nothing came at all" in error.hint


def test_s04_a_meter_whose_client_never_says_anything_more_forgets_it() -> None:
    both = pair()
    assert both.run(lambda: both.server.phase is Phase.ASIDE, 10.0)
    both.client.close(both.now)
    both.client.data_to_send()
    assert both.run(lambda: both.server.phase is Phase.LISTENING, 10.0)
    assert both.server.baud == 300


def test_garbage_instead_of_an_identification_is_evidence() -> None:
    reader = link(Role.CLIENT, attempts=1)
    reader.open(0.0)
    reader.receive(b"/LGZ9\\2ZMD\r\n", 1.0)
    reader.deadline_passed(10.0)
    events = reader.events()
    assert Discarded(b"/LGZ9\\2ZMD\r\n", "bad-baud") in events
    error = events[-1].error
    assert error.received == b"/LGZ9\\2ZMD\r\n"
    assert "12 octets" in error.hint


def test_a_meter_without_hdlc_is_an_error_that_names_it() -> None:
    both = pair(server={"identification": MODE_C})
    assert both.run(lambda: bool(failures(both)), 10.0)
    (error,) = failures(both)
    assert isinstance(error, LinkError)
    assert error.code == "no-mode-e"
    assert "ELS" in str(error)


def test_only_the_device_that_is_meant_answers() -> None:
    both = pair(address="1234", server={"address": "001234"})
    assert both.run(lambda: is_up(both), 10.0)
    other = pair(address="1234", server={"address": "9999"})
    assert other.run(lambda: bool(failures(other)), 60.0)
    assert said(other, "server") == []
    assert Discarded(b"/?1234!\r\n", "wrong-address") in other.server_events


def test_after_a_disconnect_the_meter_listens_at_300_baud_and_can_be_signed_on_again() -> None:
    both = pair()
    for _ in range(2):
        both.client_events.clear()
        assert both.run(lambda: is_up(both), 20.0)
        both.client.close(both.now)
        both.advance(1.0)
        assert both.client_events[-1] == LinkClosed(reason="disconnect")
        assert both.server.phase is Phase.LISTENING
        both.client.open(both.now)


def test_a_meter_whose_client_has_gone_comes_back_to_300_baud() -> None:
    both = pair(server={"inactivity": 30.0})
    assert both.run(lambda: is_up(both), 10.0)
    both.advance(29.0)
    assert both.server.baud == 9600
    both.advance(3.0)
    assert both.server.baud == 300


def test_a_set_up_again_on_the_same_line_does_not_end_the_sign_on() -> None:
    both = pair()
    assert both.run(lambda: is_up(both), 10.0)
    snrm = said(both, "client")[2][1]
    both.server.receive(snrm, both.now)
    both.advance(5.0)
    assert both.server.phase is Phase.ASIDE


def test_before_the_sign_on_nothing_can_be_sent_and_closing_says_so() -> None:
    reader = link(Role.CLIENT)
    with pytest.raises(StateError):
        reader.send(b"\xc0", 0.0)
    reader.receive(b"noise", 0.0)
    reader.close(0.0)
    assert reader.events() == [
        Discarded(b"noise", "sign-on"),
        LinkClosed(reason="not-open"),
    ]
    assert reader.next_deadline() is None


def test_an_identification_may_come_in_pieces_and_late() -> None:
    reader = link(Role.CLIENT)
    reader.open(0.0)
    assert reader.events() == [START]
    for number, octet in enumerate(b"/LGZ5\\2ZMD3\r\n"):
        reader.receive(bytes([octet]), 1.0 + 0.1 * number)
        reader.deadline_passed(1.0 + 0.1 * number)
    assert reader.phase is Phase.REPLYING


def test_a_line_that_babbles_does_not_keep_a_sign_on_waiting_for_ever() -> None:
    reader = link(Role.CLIENT, attempts=1)
    reader.open(0.0)
    now = 0.0
    while reader.phase is Phase.ASKING and now < 60:
        now += 0.5
        reader.receive(b"x", now)
        if reader.next_deadline() <= now:
            reader.deadline_passed(now)
    assert now < 8


@pytest.mark.parametrize(
    "lines",
    [
        wires.clean(),
        wires.slow(),
        wires.echoing(),
        *(wires.noisy(seed, 0.05) for seed in range(4)),
        *(wires.lossy(seed, 0.05) for seed in range(4)),
    ],
)
def test_a_sign_on_and_an_answer_or_an_error_on_every_wire(lines: Any) -> None:
    both = pair(lines, server={"inactivity": 30.0}, attempts=4)
    assert both.run(lambda: is_up(both) or bool(failures(both)), 300.0)
    if failures(both):
        return
    both.client.send(b"\xc0\x01\x02", both.now)
    assert both.run(
        lambda: (
            any(isinstance(event, ApduReceived) for event in both.client_events)
            or bool(failures(both))
        ),
        300.0,
    )
    answers = [event for event in both.client_events if isinstance(event, ApduReceived)]
    assert all(answer.octets == b"\xc0\x01\x02" for answer in answers)


@pytest.mark.parametrize("after", range(0, 60, 7))
def test_a_line_that_dies_anywhere_is_an_error(after: int) -> None:
    both = pair(wires.cut(after))
    both.run(lambda: is_up(both) or bool(failures(both)), 300.0)
    if is_up(both):
        both.client.send(b"\xc0\x01\x02" * 20, both.now)
        both.run(lambda: bool(failures(both)), 300.0)
    assert failures(both)


@given(
    st.sampled_from(Role),
    st.lists(
        st.one_of(
            st.binary(max_size=20),
            messages().map(lambda message: message.encode()),
            st.just(None),
        ),
        max_size=12,
    ),
)
def test_all_octets_in_all_phases_give_events_and_deadlines(
    role: Role, steps: list[bytes | None]
) -> None:
    side = link(role)
    side.open(0.0)
    now = 0.0
    for step in steps:
        due = side.next_deadline()
        if step is None and due is not None:
            now = max(now, due)
            side.deadline_passed(now)
        else:
            side.receive(step or b"", now)
        assert isinstance(side.data_to_send(), bytes)
        side.events()
    side.close(now)


def test_a_link_that_failed_is_set_up_again_at_the_speed_that_stands() -> None:
    both = pair()
    assert both.run(lambda: is_up(both), 10.0)
    both.client_events.clear()
    both.client.open(both.now)
    assert both.run(lambda: is_up(both), 10.0)
    assert not any(isinstance(event, SpeedWanted) for event in both.client_events)


def test_the_timeout_of_an_answer_is_that_of_the_link_behind() -> None:
    reader = link(Role.CLIENT)
    assert reader.response_timeout == 5.0
    reader.response_timeout = 2.0
    assert reader._behind.response_timeout == 2.0


def test_a_link_that_the_meter_ended_is_signed_on_again() -> None:
    both = pair()
    assert both.run(lambda: is_up(both), 10.0)
    both.client.close(both.now)
    both.advance(1.0)
    both.client_events.clear()
    both.client.open(both.now)
    both.advance(0.0)
    assert [type(event) for event in both.client_events] == [SpeedWanted]
