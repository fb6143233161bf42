from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig import wires
from rig.pair import Pair
from rig.play import Play
from strategies.frames import frames

from dlmslite.errors import DeadlineExceeded, FramingError, LinkError, StateError
from dlmslite.link.base import (
    ApduReceived,
    Discarded,
    FrameCount,
    LinkClosed,
    LinkFailed,
    LinkOpened,
    NotificationReceived,
)
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.fcs import check
from dlmslite.link.hdlc.frames import (
    DISC,
    DM,
    FRMR,
    RNR,
    RR,
    SNRM,
    UA,
    UI,
    Frame,
    I,
    decode_sound,
)
from dlmslite.link.hdlc.link import HdlcLink
from dlmslite.link.hdlc.parameters import Parameters
from dlmslite.link.hdlc.resync import Resync
from dlmslite.link.hdlc.settings import HdlcSettings
from dlmslite.role import Role

C, S = Address(16), Address(1)
ASK, ANSWER = b"\xc0\x01\xc1ask", b"\xc4\x01\xc1answer"
COMMAND, RESPONSE = b"\xe6\xe6\x00", b"\xe6\xe7\x00"


def split(octets: bytes) -> list[Frame]:
    return [decode_sound(body) for body in Resync().flush(octets)[0]]


def script(role: Role, **settings: object) -> Play:
    link = HdlcLink(role, HdlcSettings(**settings))
    return Play(link, split, lambda frame: frame.encode())


def client(ua: UA | None = None, **settings: object) -> Play:
    """A client that is connected: 128 octets, window 1, unless the UA says otherwise."""
    play = script(Role.CLIENT, **settings).opens().sends(SNRM).gets(ua or UA(C, S))
    return play.says(LinkOpened)


def server(snrm: SNRM | None = None, **settings: object) -> Play:
    """A server that is connected."""
    play = script(Role.SERVER, **settings).opens().gets(snrm or SNRM(S, C)).sends(UA)
    return play.says(LinkOpened)


def wide(size: int = 7, info: int = 128) -> UA:
    block = Parameters(
        max_info_transmit=info, max_info_receive=info, window_transmit=size, window_receive=size
    )
    return UA(C, S, information=block.encode())


def to_server(ns: int, nr: int, information: bytes, *, pf: bool = True, more: bool = False) -> I:
    return I(S, C, ns, nr, pf, more, information)


def to_client(ns: int, nr: int, information: bytes, *, pf: bool = True, more: bool = False) -> I:
    return I(C, S, ns, nr, pf, more, information)


# ---------------------------------------------------------------- set-up


def test_the_largest_frames_and_windows_are_proposed() -> None:
    proposal = Parameters(
        max_info_transmit=2030, max_info_receive=2030, window_transmit=7, window_receive=7
    )
    script(Role.CLIENT).opens().sends(SNRM(S, C, information=proposal.encode()))


def test_l01_an_snrm_without_information_and_l02_a_ua_without_mean_the_defaults() -> None:
    link = script(Role.CLIENT, propose_parameters=False).opens().sends(SNRM(S, C)).gets(UA(C, S))
    (opened,) = link.side.events()
    assert opened.parameters == {
        "max_info_transmit": 128,
        "max_info_receive": 128,
        "window_transmit": 1,
        "window_receive": 1,
    }


def test_l01_a_server_answers_an_snrm_without_information_likewise() -> None:
    play = script(Role.SERVER).opens().gets(SNRM(S, C)).sends(UA(C, S))
    (opened,) = play.side.events()
    assert opened.parameters["max_info_transmit"] == 128


def test_l05_the_server_answers_with_what_holds_for_it() -> None:
    proposal = Parameters(
        max_info_transmit=100, max_info_receive=200, window_transmit=2, window_receive=3
    )
    agreed = Parameters(
        max_info_transmit=200, max_info_receive=100, window_transmit=3, window_receive=2
    )
    play = script(Role.SERVER).opens().gets(SNRM(S, C, information=proposal.encode()))
    play.sends(UA(C, S, information=agreed.encode()))


def test_l04_never_more_than_the_peer_receives() -> None:
    block = Parameters(max_info_transmit=500, max_info_receive=20)
    play = client(UA(C, S, information=block.encode()))
    play.asks(bytes(30)).sends(to_server(0, 0, COMMAND + bytes(17), more=True))
    play.gets(RR(C, S, 1)).sends(to_server(1, 0, bytes(13)))


def test_silence_after_parameters_is_followed_by_an_snrm_without() -> None:
    play = script(Role.CLIENT, retries=1).opens()
    (first,) = split(play.side.data_to_send())
    assert first.information
    play.waits(5.0).sends(SNRM(S, C)).gets(UA(C, S)).says(LinkOpened)
    # What worked is kept.
    play.closes().sends(DISC).gets(UA(C, S)).says(LinkClosed)
    play.opens().sends(SNRM(S, C))


def test_one_lost_snrm_does_not_cost_the_parameters() -> None:
    play = script(Role.CLIENT, retries=3).opens()
    first = split(play.side.data_to_send())
    play.waits(5.0).sends(*first).gets(wide()).says(LinkOpened)
    play.closes().sends(DISC).gets(UA(C, S)).says(LinkClosed)
    play.opens().sends(*first)


def test_without_retries_silence_still_gets_one_snrm_without_parameters() -> None:
    play = script(Role.CLIENT, retries=0).opens().sends(SNRM)
    play.waits(5.0).sends(SNRM(S, C)).waits(5.0).sends().says(LinkFailed)


def test_nobody_there_is_a_deadline_with_what_was_heard_instead() -> None:
    play = script(Role.CLIENT, retries=2, propose_parameters=False).opens().sends(SNRM)
    play.waits(5.0).sends(SNRM).waits(5.0).sends(SNRM)
    play.side.receive(b"\x12\x34", play.now)
    play.waits(5.0).sends()
    discarded, failed = play.side.events()
    assert discarded == Discarded(b"\x12\x34", "noise")
    assert isinstance(failed.error, DeadlineExceeded)
    assert failed.error.received == b"\x12\x34"
    assert play.side.next_deadline() is None


def test_l07_dm_to_snrm_is_a_refusal() -> None:
    play = script(Role.CLIENT).opens().sends(SNRM).gets(DM(C, S)).sends(DISC).gets(DM(C, S))
    play.says().sends(SNRM).gets(DM(C, S)).sends()
    (failed,) = play.side.events()
    assert isinstance(failed.error, LinkError)
    assert failed.error.code == "refused"


def test_l07_dm_while_connected_fails_at_once() -> None:
    play = client().asks(ASK).sends(I).gets(DM(C, S))
    (failed,) = play.side.events()
    assert failed.error.code == "disconnected"
    play.waits(100.0).sends()
    with pytest.raises(StateError):
        play.asks(ASK)


def test_l08_i14_a_second_snrm_starts_again_at_zero() -> None:
    play = client().asks(ASK).sends(I).gets(to_client(0, 1, RESPONSE + ANSWER))
    play.says(ApduReceived).asks(ASK).sends(to_server(1, 1, COMMAND + ASK))
    play.opens().sends(SNRM).gets(UA(C, S)).says(LinkOpened)
    play.asks(ASK).sends(to_server(0, 0, COMMAND + ASK))


@pytest.mark.parametrize("answer", [UA(C, S), DM(C, S)])
def test_l08_a_refused_snrm_is_repeated_after_a_disc(answer: Frame) -> None:
    # An association that was never ended may be what blocks; DISC ends it.
    play = script(Role.CLIENT).opens().sends(SNRM).gets(DM(C, S)).says().sends(DISC(S, C))
    play.gets(answer).says().sends(SNRM).gets(UA(C, S)).says(LinkOpened)
    play.closes().sends(DISC).gets(UA(C, S)).says(LinkClosed(reason="disconnect"))


def test_l08_silence_after_that_disc_is_no_reason_to_stop() -> None:
    play = script(Role.CLIENT).opens().sends(SNRM).gets(DM(C, S)).sends(DISC)
    play.waits(5.0).sends(DISC).waits(5.0).sends(SNRM).gets(UA(C, S)).says(LinkOpened)


def test_l08_whoever_gives_up_meanwhile_is_not_linked() -> None:
    play = script(Role.CLIENT).opens().sends(SNRM).gets(DM(C, S)).sends(DISC).closes()
    play.gets(UA(C, S)).sends().says(LinkClosed(reason="disconnect"))


def test_l08_a_server_takes_a_second_snrm_without_a_disc() -> None:
    play = server().gets(to_server(0, 0, COMMAND + ASK, more=True)).sends(RR(C, S, 1))
    play.gets(SNRM(S, C)).sends(UA).says(
        LinkClosed(by_peer=True, reason="set-up again"), LinkOpened
    )
    play.gets(to_server(0, 0, COMMAND + ASK)).says(ApduReceived(ASK, 16, 1))


@pytest.mark.parametrize("answer", [UA(C, S), DM(C, S)])
def test_l09_disc_is_answered_by_ua_or_dm(answer: Frame) -> None:
    client().closes().sends(DISC(S, C)).gets(answer).says(LinkClosed(reason="disconnect"))


def test_l09_no_answer_to_disc_is_tolerated() -> None:
    play = client().closes().sends(DISC).waits(5.0).sends(DISC).waits(5.0).sends()
    play.says(LinkClosed(reason="no-answer"))


def test_l09_without_retries_one_disc_is_enough() -> None:
    client(retries=0).closes().sends(DISC).waits(5.0).sends().says(LinkClosed(reason="no-answer"))


def test_closing_twice_says_one_disc() -> None:
    client().closes().closes().sends(DISC).gets(UA(C, S)).says(LinkClosed)


def test_closing_what_is_not_open_is_said() -> None:
    script(Role.CLIENT).closes().sends().says(LinkClosed(reason="not-open"))


def test_a_client_may_give_up_while_it_connects() -> None:
    play = script(Role.CLIENT).opens().sends(SNRM).closes().sends(DISC).gets(DM(C, S))
    play.says(LinkClosed(reason="disconnect"))


def test_a_server_obeys_a_disc_and_denies_a_second_one() -> None:
    play = server().gets(DISC(S, C)).sends(UA(C, S))
    play.says(LinkClosed(by_peer=True, reason="disconnect"))
    play.gets(DISC(S, C)).sends(DM(C, S)).says()


def test_a_server_that_closes_is_gone_without_a_word() -> None:
    play = server().closes().sends().says(LinkClosed(reason="disconnect"))
    play.gets(SNRM(S, C)).sends()


def test_a_server_without_a_link_says_dm_to_whoever_polls() -> None:
    play = script(Role.SERVER).opens().gets(to_server(0, 0, COMMAND + ASK)).sends(DM(C, S))
    play.says(Discarded).gets(RR(S, C, 0, pf=False)).sends()


def test_l10_a_frame_reject_breaks_the_link_and_says_why() -> None:
    play = client().asks(ASK).sends(I).gets(FRMR(C, S, information=bytes.fromhex("102203")))
    (failed,) = play.side.events()
    assert failed.error.code == "frame-reject"
    message = str(failed.error)
    for part in ("control octet 10", "undefined", "unexpected information", "V(S)=1", "V(R)=1"):
        assert part in message
    with pytest.raises(StateError):
        play.asks(ASK)
    play.opens().sends(SNRM).gets(UA(C, S)).says(LinkOpened)


def test_a_frame_reject_without_a_reason_is_one_too() -> None:
    play = client().gets(FRMR(C, S))
    (failed,) = play.side.events()
    assert "does not say why" in str(failed.error)


def reject(frame: Frame | bytes, **bits: bool) -> Play:
    """A server that rejects a frame, and everything that follows, until it is linked anew."""
    play = server()
    if isinstance(frame, bytes):
        play.side.receive(frame, play.now)
    else:
        play.gets(frame)
    (frmr,) = split(play.side.data_to_send())
    assert isinstance(frmr, FRMR)
    assert {name: getattr(frmr.rejection, name) for name in "wxyz"} == {
        name: bits.get(name, False) for name in "wxyz"
    }
    discarded, failed = play.side.events()
    assert isinstance(discarded, Discarded)
    assert failed.error.code == "frame-reject"
    play.gets(RR(S, C, 0)).says(Discarded).sends(frmr)
    play.gets(RR(S, Address(17), 0)).says(Discarded).sends(DM(Address(17), S))
    return play


def of_undefined_type(pf: bool) -> bytes:
    octets = bytearray(RR(S, C, 0).encode()[1:-3])
    octets[4] = 0xEF if not pf else 0xFF
    return b"\x7e" + octets + check(octets).to_bytes(2, "little") + b"\x7e"


def test_l10_a_server_rejects_an_undefined_control_octet() -> None:
    play = reject(of_undefined_type(pf=True), w=True)
    play.gets(SNRM(S, C)).sends(UA).says(LinkOpened).gets(to_server(0, 0, COMMAND + ASK))
    play.says(ApduReceived)


def test_l10_a_server_rejects_information_where_there_must_be_none() -> None:
    octets = bytearray(I(S, C, 0, 0, True, False, b"info").encode()[1:-1])
    octets[4] = 0x11  # RR
    header = bytes(octets[:5])
    body = header + check(header).to_bytes(2, "little") + b"info"
    frame = b"\x7e" + body + check(body).to_bytes(2, "little") + b"\x7e"
    reject(frame, w=True, x=True).gets(DISC(S, C)).sends(UA(C, S)).says()


def test_l10_a_server_rejects_more_than_was_agreed() -> None:
    reject(to_server(0, 0, bytes(129)), y=True)


def test_l10_a_server_rejects_the_acknowledgement_of_what_it_never_sent() -> None:
    reject(RR(S, C, 3), z=True)


def test_l10_what_nobody_polls_for_or_sends_to_others_is_not_rejected() -> None:
    play = server()
    play.side.receive(of_undefined_type(pf=False), play.now)
    play.says(Discarded).sends()
    script(Role.SERVER).opens().gets(to_server(0, 0, bytes(200))).sends(DM).says(Discarded)


def test_l10_a_client_never_rejects_it_discards() -> None:
    play = client()
    play.side.receive(of_undefined_type(pf=True).replace(b"\x03\x21", b"\x21\x03"), play.now)
    play.gets(RR(C, S, 3)).sends()


@pytest.mark.parametrize("stray", [UA(C, S), FRMR(C, S), DM(C, S)])
def test_a_stray_response_without_a_link_is_ignored(stray: Frame) -> None:
    script(Role.CLIENT).gets(stray).says(Discarded(stray.encode()[1:-1], "unexpected"))


def test_a_late_second_ua_is_ignored() -> None:
    client().gets(UA(C, S)).says(Discarded(UA(C, S).encode()[1:-1], "unexpected")).asks(ASK).sends(
        I
    )


def test_l11_an_idle_link_is_gone_before_anything_is_sent() -> None:
    play = client(inactivity_timeout=120.0)
    assert play.side.next_deadline() == play.now + 120.0
    play.waits(120.0).says(LinkClosed(reason="inactive"))
    with pytest.raises(StateError):
        play.asks(ASK)


def test_l11_even_when_nobody_watched_the_deadline() -> None:
    play = client(inactivity_timeout=120.0)
    play.now += 121.0
    with pytest.raises(StateError):
        play.asks(ASK)
    play.sends().says(LinkClosed(reason="inactive"))


def test_l12_half_a_frame_is_given_up_and_the_frame_behind_it_comes_out() -> None:
    play = client(inter_octet_timeout=0.5).asks(ASK).sends(I)
    answer = to_client(0, 1, RESPONSE + ANSWER).encode()
    stump = to_client(0, 1, RESPONSE + bytes(100)).encode()[:20]
    play.side.receive(stump + answer, play.now)
    play.says().waits(0.4).says().waits(0.2).says(Discarded, ApduReceived(ANSWER, 1, 16))


def test_l12_a_frame_that_arrives_slowly_is_not_late() -> None:
    play = client(inter_octet_timeout=2.0, response_timeout=5.0).asks(ASK).sends(I)
    for octet in to_client(0, 1, RESPONSE + ANSWER).encode():
        play.waits(1.0).sends()
        play.side.receive(bytes((octet,)), play.now)
    play.says(ApduReceived)


# ---------------------------------------------------------------- addresses


def test_h12_frames_of_others_are_ignored() -> None:
    play = client()
    for stranger in (RR(Address(17), S, 0), RR(C, Address(2), 0)):
        play.gets(stranger).says(Discarded(stranger.encode()[1:-1], "wrong-address"))
    play.asks(ASK).sends(I)


def test_h12_a_server_ignores_requests_to_others() -> None:
    script(Role.SERVER).opens().gets(SNRM(Address(2), C)).sends().says(Discarded)


def test_a05_a_reply_may_come_from_the_two_octet_form() -> None:
    play = script(Role.CLIENT, server_address=(1, 17), address_octets=4).opens().sends(SNRM)
    play.gets(UA(C, Address(1, 17, 2))).says(LinkOpened)
    play.asks(ASK).sends(I(Address(1, 17, 4), C, 0, 0, information=COMMAND + ASK))


def test_a07_a_server_answers_from_the_address_that_was_asked() -> None:
    asked = Address(1, 17, 4)
    play = script(Role.SERVER, server_address=(1, 17)).opens().gets(SNRM(asked, C))
    play.sends(UA(C, asked))


@pytest.mark.parametrize("kind", [SNRM, DISC])
def test_a06_all_station_gets_no_reply(kind: type[Frame]) -> None:
    script(Role.SERVER).opens().gets(kind(Address(0x7F), C)).sends().says(Discarded)


def test_a06_a_ui_frame_to_all_stations_is_a_notification() -> None:
    play = script(Role.SERVER).opens().gets(UI(Address(0x7F), C, information=COMMAND + b"\xc0"))
    play.sends().says(NotificationReceived(b"\xc0", 16, 0x7F))


def test_a06_a_client_takes_a_push_to_all_stations_and_nothing_else() -> None:
    play = client().gets(UI(Address(0x7F), S, information=RESPONSE + b"\x0f"))
    play.says(NotificationReceived(b"\x0f", 1, 0x7F)).gets(RR(Address(0x7F), S, 0)).says(Discarded)


def test_a06_a_meter_that_calls_has_no_address_yet() -> None:
    play = client().gets(UI(C, Address(0x7E), information=RESPONSE + b"\x0f"))
    play.says(NotificationReceived(b"\x0f", 0x7E, 16)).gets(RR(C, Address(0x7E), 0)).says(Discarded)


@pytest.mark.parametrize(
    ("address", "everybody"),
    [
        (Address(1), Address(0x7F)),
        (Address(1, 17), Address(0x7F, 0x7F)),
        (Address(1, 17, 4), Address(0x3FFF, 0x3FFF, 4)),
    ],
)
def test_a06_a_broadcast_wants_no_answer(address: Address, everybody: Address) -> None:
    play = script(Role.CLIENT, server_address=address)
    play.does(lambda link, _now: link.notify(b"\xc1all", to_everybody=True))
    play.sends(UI(everybody, C, False, COMMAND + b"\xc1all"))
    assert play.side.next_deadline() is None
    listening = script(Role.SERVER, server_address=(1, 17)).opens()
    listening.gets(UI(everybody, C, False, COMMAND + b"\xc1all")).sends().says(NotificationReceived)


def test_another_client_has_no_part_in_the_link() -> None:
    other = Address(32)
    play = server().gets(RR(S, other, 0)).sends(DM(other, S)).says(Discarded)
    play.gets(DISC(S, other)).sends(DM(other, S)).says()
    play.gets(to_server(0, 0, COMMAND + ASK)).says(ApduReceived(ASK, 16, 1))


def test_h08_an_echo_is_not_the_reply() -> None:
    play = script(Role.CLIENT).opens()
    snrm = play.side.data_to_send()
    play.side.receive(snrm, play.now)
    play.says(Discarded(snrm[1:-1], "echo")).gets(UA(C, S)).says(LinkOpened)
    play.asks(ASK)
    request = play.side.data_to_send()
    play.side.receive(request + to_client(0, 1, RESPONSE + ANSWER).encode(), play.now)
    play.says(Discarded(request[1:-1], "echo"), ApduReceived(ANSWER, 1, 16))


def test_h08_an_echo_is_known_even_when_both_sides_have_one_address() -> None:
    play = script(Role.CLIENT, client_address=1).opens()
    play.side.receive(play.side.data_to_send(), play.now)
    play.says(Discarded).gets(UA(S, S)).says(LinkOpened).asks(ASK)
    play.side.receive(play.side.data_to_send(), play.now)
    play.says(Discarded).gets(I(S, S, 0, 1, information=RESPONSE + ANSWER)).says(ApduReceived)
    # On a line that echoes, the poll's echo is not the answer to it.
    play.asks(ASK).sends(I).waits(5.0)
    play.side.receive(play.side.data_to_send(), play.now)
    play.says(Discarded).gets(RR(S, S, 1)).sends(I(S, S, 1, 1, information=COMMAND + ASK))


def test_both_sides_may_have_one_address_on_a_line_without_echo() -> None:
    play = script(Role.CLIENT, client_address=1).opens().sends(SNRM).gets(UA(S, S))
    play.says(LinkOpened).asks(ASK).sends(I).waits(5.0).sends(RR(S, S, 0))
    play.gets(RR(S, S, 0)).says().sends(I(S, S, 0, 0, information=COMMAND + ASK))


# ---------------------------------------------------------------- APDUs


def test_i01_the_llc_header_stands_in_the_first_segment_only() -> None:
    play = client().asks(bytes(200)).sends(to_server(0, 0, COMMAND + bytes(125), more=True))
    play.gets(RR(C, S, 1)).sends(to_server(1, 0, bytes(75))).gets(
        to_client(0, 2, RESPONSE + bytes(3), more=True)
    )
    play.sends(RR(S, C, 1)).gets(to_client(1, 2, b"\x01\x02")).sends()
    play.says(ApduReceived(bytes(3) + b"\x01\x02", 1, 16))


def test_i05_rr_between_received_segments_names_the_next() -> None:
    play = client().asks(ASK).sends(I)
    for number in range(10):
        play.gets(to_client(number % 8, 1, RESPONSE, more=True)).sends(RR(S, C, (number + 1) % 8))


def test_i06_with_a_window_of_1_each_segment_waits_for_its_rr() -> None:
    play = client().asks(bytes(128 * 3 - 3))
    for number in range(2):
        play.sends(I).waits(1.0).sends().gets(RR(C, S, number + 1))
    play.sends(I).gets(to_client(0, 3, RESPONSE + ANSWER)).says(ApduReceived)


def test_i04_i06_with_a_window_of_3_the_last_of_three_polls() -> None:
    play = client(wide(3)).asks(bytes(128 * 4 - 3))
    (*first, last) = split(play.side.data_to_send())
    assert [frame.pf for frame in (*first, last)] == [False, False, True]
    assert [frame.segmented for frame in (*first, last)] == [True, True, True]
    play.gets(RR(C, S, 3)).sends(to_server(3, 0, bytes(128)))


@pytest.mark.parametrize("size", range(1, 8))
def test_windows_both_ways(size: int) -> None:
    settings = HdlcSettings(
        max_info_transmit=64, max_info_receive=64, window_transmit=size, window_receive=size
    )
    link, meter = HdlcLink(Role.CLIENT, settings), HdlcLink(Role.SERVER, settings)
    pair = Pair(link, meter, serve=answering(meter))
    meter.open(0.0)
    link.open(0.0)
    pair.settle()
    for length in (1, 61, 62, 500, 1000):
        request = bytes(index % 251 for index in range(length))
        link.send(request, pair.now)
        pair.settle()
        assert pair.client_events.pop() == ApduReceived(request[::-1], 1, 16)
    assert pair.now == 0.0, "nothing had to wait"
    assert link.frames == FrameCount(meter.frames.received, meter.frames.sent)
    assert link.frames.sent > 5


def test_i07_a_duplicate_is_acknowledged_and_not_delivered_again() -> None:
    answer = to_client(0, 1, RESPONSE + bytes(10), more=True)
    play = client().asks(ASK).sends(I).gets(answer).sends(RR(S, C, 1)).gets(answer)
    play.says(Discarded(answer.encode()[1:-1], "duplicate")).sends(RR(S, C, 1))


def test_i07_a_server_does_not_execute_twice() -> None:
    ask = to_server(0, 0, COMMAND + ASK)
    play = server().gets(ask).says(ApduReceived).asks(ANSWER).sends(I)
    play.gets(ask).says(Discarded).sends(to_client(0, 1, RESPONSE + ANSWER))


def test_i08_a_gap_is_discarded_and_the_missing_frame_asked_for() -> None:
    play = client(wide(7)).asks(ASK).sends(I)
    third = to_client(2, 1, b"3", more=False)
    play.gets(to_client(0, 1, RESPONSE + b"1", pf=False, more=True), third)
    play.says(Discarded(third.encode()[1:-1], "out-of-sequence")).sends(RR(S, C, 1))
    play.gets(to_client(1, 1, b"2", pf=False, more=True), third).says(ApduReceived(b"123", 1, 16))


def test_i08_a_server_asks_for_the_missing_frame() -> None:
    block = Parameters(window_transmit=7, window_receive=7)
    play = server(SNRM(S, C, information=block.encode()))
    play.gets(
        to_server(0, 0, COMMAND + b"1", pf=False, more=True), to_server(2, 0, b"3", more=False)
    )
    play.says(Discarded).sends(RR(C, S, 1))


def test_lost_frames_of_a_window_are_sent_again_from_the_first_one_lost() -> None:
    play = client(wide(7)).asks(bytes(128 * 4 - 3)).sends(I, I, I, I).gets(RR(C, S, 2))
    play.sends(
        to_server(2, 0, bytes(128), pf=False, more=True), to_server(3, 0, bytes(128), more=False)
    )


def test_i09_a_busy_meter_is_polled_until_it_is_ready() -> None:
    play = client(busy_interval=0.5).asks(bytes(200)).sends(I).gets(RNR(C, S, 1)).sends()
    for _ in range(5):
        play.waits(0.4).sends().waits(0.1).sends(RR(S, C, 0)).gets(RNR(C, S, 1))
    play.waits(0.5).sends(RR(S, C, 0)).gets(RR(C, S, 1)).sends(to_server(1, 0, bytes(75)))


def test_i09_polling_a_busy_meter_has_an_end() -> None:
    play = client(busy_interval=0.5, busy_polls=2).asks(ASK).sends(I).gets(RNR(C, S, 1))
    play.waits(0.5).sends(RR).gets(RNR(C, S, 1)).waits(0.5).sends(RR).gets(RNR(C, S, 1))
    play.waits(0.5).sends()
    (failed,) = play.side.events()
    assert failed.error.code == "busy"


def test_a_meter_that_needs_time_is_polled() -> None:
    play = client(busy_interval=0.5).asks(ASK).sends(I).gets(RR(C, S, 1)).sends()
    play.waits(0.5).sends(RR(S, C, 0)).gets(to_client(0, 1, RESPONSE + ANSWER)).says(ApduReceived)
    play.waits(100.0).sends().says()


def test_a_request_that_gets_no_answer_is_polled_for_a_while_only() -> None:
    play = client(busy_interval=0.5, busy_polls=2).asks(ASK).sends(I).gets(RR(C, S, 1))
    for _ in range(2):
        play.waits(0.5).sends(RR).gets(RR(C, S, 1))
    play.waits(100.0).sends().says().asks(ASK).sends(to_server(1, 0, COMMAND + ASK))


def test_i10_a_lost_reply_is_asked_for_and_nothing_is_sent_twice() -> None:
    play = client().asks(ASK).sends(I).waits(5.0).sends(RR(S, C, 0))
    play.gets(to_client(0, 1, RESPONSE + ANSWER)).says(ApduReceived(ANSWER, 1, 16)).sends()


def test_i10_a_lost_request_is_sent_again_when_the_meter_says_so() -> None:
    play = client().asks(ASK).sends(I).waits(5.0).sends(RR(S, C, 0)).gets(RR(C, S, 0))
    play.sends(to_server(0, 0, COMMAND + ASK))


def test_i10_a_server_sends_a_lost_reply_again() -> None:
    play = server().gets(to_server(0, 0, COMMAND + ASK)).says(ApduReceived).asks(ANSWER).sends(I)
    play.gets(RR(S, C, 0)).sends(to_client(0, 1, RESPONSE + ANSWER))
    play.gets(RR(S, C, 1)).sends(RR(C, S, 1))


def test_lost_polls_are_bounded() -> None:
    play = client(retries=2).asks(ASK).sends(I).waits(5.0).sends(RR).waits(5.0).sends(RR)
    play.waits(5.0).sends()
    (failed,) = play.side.events()
    assert isinstance(failed.error, DeadlineExceeded)
    with pytest.raises(StateError):
        play.asks(ASK)


def test_a_meter_that_answers_and_takes_nothing_is_given_up() -> None:
    play = client(retries=2).asks(ASK).sends(I)
    for _ in range(2):
        play.gets(RR(C, S, 0)).sends(I)
    play.gets(RR(C, S, 0)).sends()
    (failed,) = play.side.events()
    assert failed.error.code == "sequence"


def test_a_late_answer_to_a_poll_does_not_double_every_request() -> None:
    # The reply was late, so it and the answer to the poll both come.
    play = client().asks(ASK).sends(I).waits(5.0).sends(RR)
    reply = to_client(0, 1, RESPONSE + ANSWER)
    play.gets(reply).says(ApduReceived).asks(ASK).sends(to_server(1, 1, COMMAND + ASK))
    play.gets(reply).says(Discarded).sends()
    play.gets(to_client(1, 2, RESPONSE + ANSWER)).says(ApduReceived).sends()


def test_a_late_answer_to_an_older_request_is_handed_out_and_does_not_end_the_turn() -> None:
    play = client().asks(ASK).sends(I).waits(5.0).sends(RR).asks(b"\xc0new").sends()
    play.gets(to_client(0, 1, RESPONSE + ANSWER)).says(ApduReceived)
    play.sends(to_server(1, 1, COMMAND + b"\xc0new")).gets(RR(C, S, 1)).sends()
    play.gets(to_client(1, 2, RESPONSE + b"\xc4new")).says(ApduReceived(b"\xc4new", 1, 16))


def test_a_request_while_the_meter_speaks_waits_for_the_turn() -> None:
    play = client().asks(ASK).sends(I).asks(b"\xc0two").sends()
    play.gets(to_client(0, 1, RESPONSE + ANSWER)).says(ApduReceived)
    play.sends(to_server(1, 1, COMMAND + b"\xc0two"))


def test_an_acknowledgement_of_what_was_never_sent_is_ignored() -> None:
    stray = RR(C, S, 5)
    play = client().asks(ASK).sends(I).gets(stray).sends()
    play.says(Discarded(stray.encode()[1:-1], "bad-sequence"))
    play.gets(to_client(0, 1, RESPONSE + ANSWER)).says(ApduReceived)


def test_a_frame_without_final_bit_keeps_the_meter_speaking() -> None:
    play = client(wide(7)).asks(ASK).sends(I).waits(4.0)
    play.gets(to_client(0, 1, RESPONSE + b"1", pf=False, more=True)).waits(4.0).sends()
    play.gets(to_client(1, 1, b"2")).says(ApduReceived(b"12", 1, 16))


def test_i11_a_push_between_i_frames_is_not_the_answer() -> None:
    play = client().asks(ASK).sends(I).gets(UI(C, S, information=RESPONSE + b"\x0fpush"))
    play.says(NotificationReceived(b"\x0fpush", 1, 16)).sends()
    play.gets(to_client(0, 1, RESPONSE + ANSWER)).says(ApduReceived(ANSWER, 1, 16))


def test_i13_a_segmented_push_is_joined_and_a_new_one_starts_again() -> None:
    lost = UI(C, S, information=RESPONSE + b"\x0flost", segmented=True)
    first = UI(C, S, information=RESPONSE + b"\x0fone", segmented=True)
    last = UI(C, S, information=b"two")
    client().gets(lost, first, last).says(NotificationReceived(b"\x0fonetwo", 1, 16))


def test_i13_a_server_pushes_in_segments_between_its_answers() -> None:
    block = Parameters(max_info_receive=64)
    play = server(SNRM(S, C, information=block.encode())).gets(to_server(0, 0, COMMAND + ASK))
    play.does(lambda link, _now: link.notify(b"\x0f" + bytes(99))).says(ApduReceived)
    pushed = RESPONSE + b"\x0f" + bytes(99)
    first = UI(C, S, False, pushed[:64], segmented=True)
    play.sends(first, UI(C, S, False, pushed[64:])).asks(ANSWER).sends(I)


def test_i11_i13_segments_of_a_push_among_segments_of_an_answer() -> None:
    push = [UI(C, S, False, RESPONSE + b"\x0fone", segmented=True), UI(C, S, False, b"two")]
    play = client(wide(7)).asks(ASK).sends(I)
    play.gets(to_client(0, 1, RESPONSE + b"1", pf=False, more=True), push[0])
    play.gets(to_client(1, 1, b"2", pf=False, more=True), push[1], to_client(2, 1, b"3"))
    play.says(NotificationReceived(b"\x0fonetwo", 1, 16), ApduReceived(b"123", 1, 16)).sends()


def test_i13_segments_of_two_senders_are_not_mixed() -> None:
    play = client().gets(UI(C, Address(0x7E), False, RESPONSE + b"\x0fa", segmented=True))
    play.gets(UI(C, S, False, b"b")).says(NotificationReceived(b"b", 1, 16))


def test_a_push_that_never_ends_is_dropped() -> None:
    endless = UI(C, S, information=bytes(100), segmented=True)
    play = client(max_apdu=150).gets(endless, endless).says(Discarded)
    play.gets(UI(C, S, information=b"\x0f")).says(NotificationReceived)


def test_i12_an_empty_last_segment_ends_an_apdu() -> None:
    play = client().asks(ASK).sends(I).gets(to_client(0, 1, RESPONSE + ANSWER, more=True))
    play.sends(RR).gets(to_client(1, 1, b"")).says(ApduReceived(ANSWER, 1, 16))


def test_an_empty_i_frame_is_no_apdu() -> None:
    client().asks(ASK).sends(I).gets(to_client(0, 1, b"")).says()


def test_an_apdu_without_end_fails_the_link() -> None:
    play = client(max_apdu=200).asks(ASK).sends(I)
    play.gets(to_client(0, 1, bytes(128), more=True)).sends(RR).gets(
        to_client(1, 1, bytes(128), more=True)
    )
    (failed,) = play.side.events()
    assert isinstance(failed.error, FramingError)


def test_i09_a_server_that_needs_time_says_rnr_and_answers_the_next_poll() -> None:
    play = server(response_timeout=2.0).gets(to_server(0, 0, COMMAND + ASK)).says(ApduReceived)
    play.sends().waits(1.0).sends(RNR(C, S, 1))
    play.gets(RR(S, C, 0)).sends().waits(1.0).sends(RNR(C, S, 1)).asks(ANSWER).sends()
    play.gets(RR(S, C, 0)).sends(to_client(0, 1, RESPONSE + ANSWER))


def test_i09_a_server_sends_nothing_to_a_busy_client() -> None:
    play = server().gets(to_server(0, 0, COMMAND + ASK)).says(ApduReceived).asks(ANSWER).sends(I)
    play.gets(RNR(S, C, 1)).sends(RR(C, S, 1)).gets(RR(S, C, 1)).sends(RR(C, S, 1))


def test_a_frame_of_an_undefined_type_is_discarded() -> None:
    play = client()
    play.side.receive(bytes.fromhex("7ea0070321195d2a7e"), play.now)
    play.says(Discarded(bytes.fromhex("a0070321195d2a"), "bad-control"))


def test_a_small_buffer_bounds_every_frame_both_ways() -> None:
    settings = HdlcSettings(small_buffer=64)
    link, meter = HdlcLink(Role.CLIENT, settings), HdlcLink(Role.SERVER, HdlcSettings())
    pair = Pair(link, meter, serve=answering(meter))
    meter.open(0.0)
    link.open(0.0)
    pair.settle()
    link.send(bytes(300), pair.now)
    pair.settle()
    assert pair.client_events[-1] == ApduReceived(bytes(300), 1, 16)
    lengths = [len(body) + 2 for _, _, octets in pair.log for body in Resync().flush(octets)[0]]
    assert max(lengths) == 64


# ---------------------------------------------------------------- hostile lines


def answering(meter: HdlcLink):  # noqa: ANN201  a closure over the meter
    """Answer every request with its octets backwards."""

    def serve(event: object, now: float) -> None:
        if isinstance(event, ApduReceived):
            meter.send(event.octets[::-1], now)

    return serve


def exchange(line: tuple[wires.Wire, wires.Wire], count: int, **settings: object) -> Pair:
    """A client that asks ``count`` times over a line; it connects again when the link fails."""
    common = {"response_timeout": 2.0, "inter_octet_timeout": 0.5, "retries": 6, **settings}
    link = HdlcLink(Role.CLIENT, HdlcSettings(**common))
    meter = HdlcLink(Role.SERVER, HdlcSettings(**common))
    pair = Pair(link, meter, line, answering(meter))
    meter.open(0.0)

    def came(kind: type) -> bool:
        return any(isinstance(event, kind | LinkFailed) for event in pair.client_events)

    def connect() -> None:
        for _ in range(20):
            pair.client_events.clear()
            link.open(pair.now)
            assert pair.run(lambda: came(LinkOpened)), "neither opened nor failed"
            if not any(isinstance(event, LinkFailed) for event in pair.client_events):
                return
        pytest.fail("never connected")

    connect()
    for number in range(count):
        request = bytes((number, 0x7E, 0xA0)) * (1 + number * 7)
        for _ in range(20):
            pair.client_events.clear()
            link.send(request, pair.now)
            assert pair.run(lambda: came(ApduReceived)), "neither answered nor failed"
            answers = [e.octets for e in pair.client_events if isinstance(e, ApduReceived)]
            if answers:
                assert answers == [request[::-1]]
                break
            connect()
        else:
            pytest.fail("never answered")
    return pair


@pytest.mark.parametrize("name", wires.LINES)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("window", [1, 3, 7])
def test_h10_every_answer_comes_over_every_line(name: str, seed: int, window: int) -> None:
    sizes = {"max_info_transmit": 64, "max_info_receive": 64}
    count = 3 if name == "slow" else 12
    line = wires.LINES[name](seed)
    exchange(line, count, window_transmit=window, window_receive=window, **sizes)


def test_h10_a_window_of_whole_frames_over_a_noisy_line() -> None:
    exchange(wires.noisy(9), 12, window_transmit=7, window_receive=7)


@given(
    st.integers(1, 7),
    st.integers(1, 7),
    st.lists(st.integers(1, 900), min_size=1, max_size=3),
    st.sets(st.integers(0, 40), max_size=8),
    st.sets(st.integers(0, 40), max_size=8),
)
def test_i07_i08_frames_lost_in_the_middle_of_a_window_cost_nothing_but_time(
    out: int, back: int, lengths: list[int], lost_up: set[int], lost_down: set[int]
) -> None:
    common = {"max_info_transmit": 64, "max_info_receive": 64, "response_timeout": 2.0}
    settings = HdlcSettings(window_transmit=out, window_receive=back, retries=20, **common)
    link = HdlcLink(Role.CLIENT, settings)
    meter = HdlcLink(Role.SERVER, HdlcSettings(window_transmit=back, window_receive=out, **common))
    lines = wires.Wire(drop=lost_up), wires.Wire(drop=lost_down)
    pair = Pair(link, meter, lines, answering(meter))
    meter.open(0.0)
    link.open(0.0)
    assert pair.run(lambda: any(isinstance(e, LinkOpened) for e in pair.client_events))
    requests = [bytes(index * 7 % 251 for index in range(length)) for length in lengths]
    for number, request in enumerate(requests, 1):
        link.send(request, pair.now)
        assert pair.run(lambda: len(received(pair.client_events)) == number)  # noqa: B023  run now
    assert received(pair.server_events) == requests, "each once and in order"
    assert received(pair.client_events) == [request[::-1] for request in requests]


def received(events: list) -> list[bytes]:
    return [event.octets for event in events if isinstance(event, ApduReceived)]


@pytest.mark.parametrize("lost", range(7))
def test_i06_the_first_frame_lost_of_a_window_is_where_it_starts_again(lost: int) -> None:
    play = client(wide(7)).asks(bytes(128 * 7 - 3))
    window = split(play.side.data_to_send())
    assert len(window) == 7
    # The meter takes what came before the gap, and says so when it is polled.
    play.waits(5.0).sends(RR(S, C, 0)).gets(RR(C, S, lost))
    play.sends(*window[lost:])


@pytest.mark.parametrize("after", [0, 5, 20, 60, 150])
def test_a_line_that_is_cut_ends_in_an_error_and_a_new_one_works(after: int) -> None:
    settings = HdlcSettings(response_timeout=2.0, retries=2)
    link, meter = HdlcLink(Role.CLIENT, settings), HdlcLink(Role.SERVER, settings)
    pair = Pair(link, meter, wires.cut(after), answering(meter))
    meter.open(0.0)
    link.open(0.0)
    pair.advance(20.0)
    if not any(isinstance(event, LinkFailed) for event in pair.client_events):
        link.send(bytes(400), pair.now)
        pair.advance(60.0)
    (failed,) = [event for event in pair.client_events if isinstance(event, LinkFailed)]
    assert isinstance(failed.error, DeadlineExceeded)
    again = Pair(link, meter, wires.clean(), answering(meter))
    again.now = pair.now
    link.open(again.now)
    again.settle()
    link.send(ASK, again.now)
    again.settle()
    assert received(again.client_events) == [ASK[::-1]]


def test_every_answer_comes_over_a_slow_line() -> None:
    pair = exchange(wires.slow(), 3)
    assert pair.now > 1.0


def test_h08_every_answer_comes_over_an_echoing_line() -> None:
    pair = exchange(wires.echoing(), 5)
    assert pair.now < 2.0, "no timeout was needed"


def test_a_dead_line_fails_in_time() -> None:
    settings = HdlcSettings(response_timeout=2.0, retries=2)
    link, meter = HdlcLink(Role.CLIENT, settings), HdlcLink(Role.SERVER, settings)
    pair = Pair(link, meter, wires.cut(60), answering(meter))
    meter.open(0.0)
    link.open(0.0)
    pair.settle()
    link.send(bytes(100), pair.now)
    assert pair.run(lambda: any(isinstance(e, LinkFailed) for e in pair.client_events))
    assert pair.now <= 10.0


# ---------------------------------------------------------------- every state, every input


@given(
    st.sampled_from(Role),
    st.lists(
        st.one_of(
            frames(max_size=8),
            st.binary(max_size=12),
            st.sampled_from(["open", "close", "send", "wait", "silence"]),
        ),
        max_size=25,
    ),
    st.data(),
)
def test_any_conversation_ends_in_events_and_never_in_another_error(
    role: Role, steps: list, data: st.DataObject
) -> None:
    link = HdlcLink(role, HdlcSettings(client_address=1, inactivity_timeout=300.0, retries=1))
    now, opened = 0.0, 0
    for step in steps:
        match step:
            case bytes():  # first: octets are not compared with text
                link.receive(step, now)
            case "open":
                link.open(now)
            case "close":
                link.close(now)
            case "send":
                if opened > 0:
                    link.send(ASK, now)
                else:
                    with pytest.raises(StateError):
                        link.send(ASK, now)
            case "wait":
                now += data.draw(st.floats(0, 4))
            case "silence":
                while (deadline := link.next_deadline()) is not None:
                    now = max(now, deadline)
                    link.deadline_passed(now)
            case _:
                at_us = {"destination": S, "source": S}
                changed = {**{f.name: getattr(step, f.name) for f in step.__attrs_attrs__}, **at_us}
                link.receive(type(step)(**changed).encode(), now)
        split(link.data_to_send())
        for event in link.events():
            opened += isinstance(event, LinkOpened)
            opened -= isinstance(event, LinkClosed) and event.reason != "not-open"
            opened = 0 if isinstance(event, LinkFailed | LinkClosed) else opened
