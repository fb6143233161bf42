from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.feeding import check, pieces
from rig.shared_vectors import load
from rig.work import lines
from strategies.frames import wpdus

from dlmslite.encoding import codec
from dlmslite.errors import EncodeError, FramingError, StateError
from dlmslite.link.base import ApduReceived, Discarded, LinkClosed, LinkOpened
from dlmslite.link.wrapper import (
    _WIRE,
    HEADER_SIZE,
    Wpdu,
    WrapperLink,
    WrapperSettings,
    WrapperStream,
)
from dlmslite.role import Role


def make() -> Callable[[bytes], list[Wpdu]]:
    stream = WrapperStream()
    return lambda octets: stream.feed(octets)[0]


def opened(role: Role, settings: WrapperSettings | None = None) -> WrapperLink:
    link = WrapperLink(role, settings or WrapperSettings())
    link.open(0.0)
    assert link.events() == [LinkOpened()]
    return link


@given(wpdus())
def test_round_trip(wpdu: Wpdu) -> None:
    assert Wpdu.decode(wpdu.encode()) == wpdu


@given(wpdus())
def test_the_hot_path_equals_the_declaration(wpdu: Wpdu) -> None:
    wire = codec.parse(_WIRE, wpdu.encode())
    assert (wire.source, wire.destination, wire.apdu) == (
        wpdu.source,
        wpdu.destination,
        wpdu.apdu,
    )
    assert codec.build(_WIRE, wire) == wpdu.encode()


@given(st.one_of(st.binary(max_size=40), st.binary(max_size=40).map(lambda o: b"\x00\x01" + o)))
def test_any_octets_are_a_wpdu_or_a_framing_error(octets: bytes) -> None:
    try:
        assert Wpdu.decode(octets).encode() == octets
    except FramingError as error:
        assert error.code in {"truncated", "bad-version", "length-mismatch"}


@pytest.mark.parametrize("vector", load("wrapper"), ids=lambda vector: vector["id"])
def test_vectors(vector: dict) -> None:
    octets = bytes.fromhex(vector["hex"])
    if not vector["valid"]:
        with pytest.raises(FramingError) as caught:
            Wpdu.decode(octets)
        assert caught.value.code == vector["reason"]
        return
    expected = vector["expected"]
    wpdu = Wpdu.decode(octets)
    assert (wpdu.source, wpdu.destination) == (expected["source"], expected["destination"])
    assert wpdu.apdu.hex() == expected["apdu"]
    assert wpdu.encode() == octets


@pytest.mark.parametrize(
    ("source", "destination", "size"), [(-1, 0, 0), (0, 0x10000, 0), (0, 0, 0x10000)]
)
def test_what_has_no_header_is_refused(source: int, destination: int, size: int) -> None:
    with pytest.raises(EncodeError):
        Wpdu(source, destination, bytes(size))


@given(st.lists(wpdus(), max_size=5), st.integers())
def test_w02_wpdus_come_out_whatever_the_pieces(sent: list[Wpdu], seed: int) -> None:
    octets = b"".join(wpdu.encode() for wpdu in sent)
    check(make, octets, sent, tail=b"\x00\x01\x00", seed=seed)


def test_w05_two_apdus_in_one_segment_are_both_delivered() -> None:
    link = opened(Role.CLIENT)
    link.receive(Wpdu(1, 16, b"\xc4one").encode() + Wpdu(1, 16, b"\xc4two").encode(), 1.0)
    assert link.events() == [ApduReceived(b"\xc4one", 1, 16), ApduReceived(b"\xc4two", 1, 16)]


@pytest.mark.parametrize("garbage", ["ff", "0000", "00", "506f727420616c7265616479", "000200"])
def test_w05_garbage_before_a_header_is_skipped_and_reported(garbage: str) -> None:
    good = Wpdu(1, 16, b"\xc4\x01" * 8)
    stream = WrapperStream()
    found, noise = stream.feed(bytes.fromhex(garbage) + good.encode())
    assert found == [good]
    assert b"".join(noise).hex() == garbage
    assert stream.remaining == b""


def test_w05_an_implausible_length_is_garbage() -> None:
    good = Wpdu(1, 16, bytes(20))
    stream = WrapperStream(max_apdu=1000)
    found, noise = stream.feed(bytes.fromhex("00016667666703e9") + good.encode())
    assert found == [good]
    assert b"".join(noise).hex() == "00016667666703e9"


@given(st.binary(max_size=100))
def test_octets_are_wpdus_noise_or_waiting_and_nothing_is_lost(octets: bytes) -> None:
    stream = WrapperStream(max_apdu=50)
    found, noise = stream.feed(octets)
    taken = sum(len(wpdu.encode()) for wpdu in found) + sum(map(len, noise))
    assert taken + len(stream.remaining) == len(octets)


ROUTE = bytes.fromhex("00010010")
OURS = [Wpdu(1, 16, bytes(size)) for size in (0, 1, 5, 40)] + [Wpdu(1, 16, b"\xc4\x00\x01" * 9)]
STUMPS = [OURS[3].encode()[:cut] for cut in (3, 8, 9, 20, 43, 46, 47)]
garbage = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([*STUMPS, b"\x00\x01", b"\x00\x01\x00", b"\x00", b"Port already in use\r\n"]),
    st.sampled_from([Wpdu(1, 17, bytes(9)).encode()[:12], b"\x00\x01\x00\x10\x00\x01\xff\xff"]),
)


@given(st.lists(st.one_of(garbage, st.sampled_from(OURS)), max_size=12), st.integers())
def test_w05_every_undamaged_wpdu_is_delivered_among_any_garbage(
    parts: list[bytes | Wpdu], seed: int
) -> None:
    octets = b"".join(part.encode() if isinstance(part, Wpdu) else part for part in parts)
    sent = [part for part in parts if isinstance(part, Wpdu)]
    for name, cut in pieces(octets, seed):
        stream = WrapperStream(max_apdu=64)
        stream.route = ROUTE
        found = []
        for part in cut:
            found += stream.feed(part)[0]
            assert len(stream._rest) < 64 + 2 * HEADER_SIZE, name
        found += stream.flush()[0]
        remaining = iter(found)
        assert all(wpdu in remaining for wpdu in sent), (name, found)


@given(st.lists(st.one_of(garbage, st.sampled_from(OURS)), max_size=8), st.integers())
def test_w05_one_piece_for_each_wpdu_is_like_any_other_pieces(
    parts: list[bytes | Wpdu], seed: int
) -> None:
    octets = [part.encode() if isinstance(part, Wpdu) else part for part in parts]
    stream, whole = WrapperStream(max_apdu=64), WrapperStream(max_apdu=64)
    stream.route = whole.route = ROUTE
    found = [wpdu for part in octets for wpdu in stream.feed(part)[0]] + stream.flush()[0]
    assert found == whole.feed(b"".join(octets))[0] + whole.flush()[0], seed


@given(st.lists(st.one_of(garbage, st.sampled_from(OURS)), max_size=8), st.integers())
def test_w05_the_pieces_change_nothing(parts: list[bytes | Wpdu], seed: int) -> None:
    octets = b"".join(part.encode() if isinstance(part, Wpdu) else part for part in parts)
    outcomes = []
    for _, cut in pieces(octets, seed):
        stream = WrapperStream(max_apdu=64)
        stream.route = ROUTE
        outcomes.append([wpdu for part in cut for wpdu in stream.feed(part)[0]] + stream.flush()[0])
    assert all(outcome == outcomes[0] for outcome in outcomes)


@pytest.mark.parametrize("missing", range(1, 48))
def test_w05_an_apdu_that_lost_its_end_costs_only_itself(missing: int) -> None:
    whole, last = Wpdu(1, 16, bytes(40)), Wpdu(1, 16, b"\xc4last")
    link = opened(Role.CLIENT)
    link.receive(whole.encode()[:-missing] + last.encode(), 0.0)
    assert ApduReceived(b"\xc4last", 1, 16) in link.events()


def test_w05_a_header_is_known_among_garbage_by_its_ports() -> None:
    link = opened(Role.CLIENT)
    # What looks like a header announces more than ever comes.
    link.receive(b"noise\x00\x01\x00\x07\x00\x07\x40\x00" + Wpdu(1, 16, b"\xc4").encode(), 0.0)
    *noise, received = link.events()
    assert received == ApduReceived(b"\xc4", 1, 16)
    assert {event.reason for event in noise} == {"noise"}


def test_w05_a_truncated_apdu_is_given_up_when_the_line_falls_silent() -> None:
    link = WrapperLink(Role.CLIENT, WrapperSettings(inter_octet_timeout=2.0))
    link.open(0.0)
    link.receive(Wpdu(1, 16, bytes(9)).encode()[:-1], 5.0)
    assert link.next_deadline() == 7.0
    link.deadline_passed(6.9)
    assert link.events() == [LinkOpened()]
    link.deadline_passed(7.0)
    assert link.events() == [Discarded(Wpdu(1, 16, bytes(9)).encode()[:-1], "truncated")]
    assert link.next_deadline() is None
    link.receive(Wpdu(1, 16, b"\xc4").encode(), 8.0)
    assert link.events() == [ApduReceived(b"\xc4", 1, 16)]


def test_w05_a_server_knows_the_ports_once_it_was_asked() -> None:
    server = opened(Role.SERVER)
    ask = Wpdu(16, 1, b"\xc0ask").encode()
    server.receive(ask, 0.0)
    server.receive(Wpdu(16, 1, bytes(50)).encode()[:-9] + ask, 0.0)
    asked = [event for event in server.events() if isinstance(event, ApduReceived)]
    assert asked == [ApduReceived(b"\xc0ask", 16, 1)] * 2


def test_w05_a_false_header_before_the_first_request_ends_with_the_silence() -> None:
    server = opened(Role.SERVER)
    server.receive(b"\x00\x01\x00\x10\x00\x01\x00\xff" + Wpdu(16, 1, b"\xc0").encode(), 0.0)
    assert server.events() == []
    server.deadline_passed(server.next_deadline())
    assert server.events()[-1] == ApduReceived(b"\xc0", 16, 1)


@pytest.mark.parametrize("garbage", [b"noise", b"noise\x00"])
def test_w05_behind_garbage_and_a_silence_anybody_may_begin(garbage: bytes) -> None:
    # One damaged port must not make a server deaf for good to the client that has the other.
    server = opened(Role.SERVER)
    server.receive(Wpdu(16 ^ 2, 1, b"\xc0damaged").encode() + garbage, 0.0)
    server.receive(Wpdu(16, 1, b"\xc0lost").encode(), 1.0)
    server.deadline_passed(server.next_deadline())
    assert server.next_deadline() is None
    server.receive(Wpdu(16, 1, b"\xc0").encode(), 60.0)
    asked = [event for event in server.events() if isinstance(event, ApduReceived)]
    assert asked == [ApduReceived(b"\xc0damaged", 18, 1), ApduReceived(b"\xc0", 16, 1)]


@pytest.mark.parametrize("route", [b"", ROUTE])
@pytest.mark.parametrize("step", [64, 1 << 20])
def test_w05_the_work_is_linear(route: bytes, step: int) -> None:
    hostile = [b"\x00", b"\x00\x01", Wpdu(1, 16, bytes(60000)).encode()[:8], b"\x00\x01" + ROUTE]

    def take(octets: bytes) -> None:
        stream = WrapperStream()
        stream.route = route
        for start in range(0, len(octets), step):
            stream.feed(octets[start : start + step])
        stream.flush()

    for pattern in hostile:
        few = lines(functools.partial(take, pattern * 1000))
        assert lines(functools.partial(take, pattern * 4000)) < 4.1 * few, pattern


def test_w01_both_roles_talk_and_the_reply_swaps_the_ports() -> None:
    client = opened(Role.CLIENT, WrapperSettings(client_port=32, server_port=1))
    server = opened(Role.SERVER)
    client.send(b"\xc0ask", 0.0)
    request = client.data_to_send()
    assert request == bytes.fromhex("0001002000010004") + b"\xc0ask"
    server.receive(request, 0.0)
    assert server.events() == [ApduReceived(b"\xc0ask", 32, 1)]
    server.send(b"\xc4", 0.0)
    reply = server.data_to_send()
    assert reply == bytes.fromhex("0001000100200001") + b"\xc4"
    client.receive(reply, 0.0)
    assert client.events() == [ApduReceived(b"\xc4", 1, 32)]


def test_an_apdu_of_somebody_else_is_ignored() -> None:
    client = opened(Role.CLIENT)
    strangers = [Wpdu(2, 16, b"\xc4"), Wpdu(1, 17, b"\xc4")]
    for wpdu in strangers:
        client.receive(wpdu.encode(), 0.0)
    assert client.events() == [Discarded(wpdu.encode(), "wrong-address") for wpdu in strangers]


def test_a_broadcast_reaches_a_server() -> None:
    server = opened(Role.SERVER)
    server.receive(Wpdu(16, 127, b"\xc0").encode(), 0.0)
    assert server.events() == [ApduReceived(b"\xc0", 16, 127)]


def test_garbage_is_reported() -> None:
    client = opened(Role.CLIENT)
    client.receive(b"Port already in use\r\n", 0.0)
    assert client.events() == [Discarded(b"Port already in use\r\n", "noise")]


def test_a_closed_link_sends_and_delivers_nothing() -> None:
    client = opened(Role.CLIENT)
    client.close(1.0)
    assert client.events() == [LinkClosed(reason="disconnect")]
    with pytest.raises(StateError):
        client.send(b"\xc0", 1.0)
    client.receive(Wpdu(1, 16, b"\xc4").encode(), 1.0)
    assert client.events() == [Discarded(Wpdu(1, 16, b"\xc4").encode(), "not-open")]
    client.close(2.0)
    assert client.events() == [LinkClosed(reason="not-open")]
    assert client.next_deadline() is None


def test_opening_again_forgets_the_beginning_of_an_apdu() -> None:
    client = opened(Role.CLIENT)
    client.receive(Wpdu(1, 16, b"\xc4").encode()[:5], 0.0)
    client.open(1.0)
    client.receive(Wpdu(1, 16, b"\xc4").encode(), 1.0)
    assert client.events() == [LinkOpened(), ApduReceived(b"\xc4", 1, 16)]


DATAGRAMS = WrapperSettings(datagrams=True)


def test_w04_one_apdu_is_one_datagram() -> None:
    client = opened(Role.CLIENT, DATAGRAMS)
    client.send(b"\xc0", 0.0)
    client.send(b"\xc1", 0.0)
    assert [client.data_to_send() for _ in range(3)] == [
        Wpdu(16, 1, b"\xc0").encode(),
        Wpdu(16, 1, b"\xc1").encode(),
        b"",
    ]


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (Wpdu(1, 16, b"\xc4\x01\x02").encode()[:-1], "truncated"),
        (Wpdu(1, 16, b"\xc4\x01\x02").encode()[:5], "truncated"),
        (Wpdu(1, 16, b"\xc4").encode() + b"\x00", "length-mismatch"),
        (b"\x00\x02" + Wpdu(1, 16, b"\xc4").encode()[2:], "bad-version"),
        (Wpdu(2, 16, b"\xc4").encode(), "wrong-address"),
    ],
)
def test_w04_a_datagram_that_is_cut_or_strange_does_not_spoil_the_next(
    datagram: bytes, reason: str
) -> None:
    client = opened(Role.CLIENT, DATAGRAMS)
    client.receive(datagram, 0.0)
    client.receive(Wpdu(1, 16, b"\xc4").encode(), 0.0)
    assert client.events() == [Discarded(datagram, reason), ApduReceived(b"\xc4", 1, 16)]
