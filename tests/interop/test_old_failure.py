"""The old failure cannot come back: a flag value anywhere in a frame is an octet like any other.

The old bridge took 7E inside a frame for its end, and lost every answer whose invoke-id,
value or checksum held one (old-bridge.md 4.3). The frames below are single facts quoted from
old-bridge.md 5.1 to 5.5, by their numbers there.
"""

from __future__ import annotations

import itertools
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.feeding import check
from rig.pair import Pair

import dlmslite
from dlmslite.apdu.aare import Aare
from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.base import decode as decode_apdu
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.get import GetRequestNormal, GetResponseNormal
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.apdu.initiate_response import InitiateResponse
from dlmslite.apdu.invoke_id import InvokeId
from dlmslite.association.events import Answered, AssociationOpened, Ignored, RequestFailed
from dlmslite.codes import DataAccessResult
from dlmslite.endpoint import Endpoint, Options, make_session
from dlmslite.errors import DecodeError, DlmsError, FramingError
from dlmslite.link.base import ApduReceived, LinkFailed, LinkOpened
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import DISC, RR, SNRM, UA, I, decode
from dlmslite.link.hdlc.link import HdlcLink
from dlmslite.link.hdlc.resync import Resync
from dlmslite.link.hdlc.settings import HdlcSettings
from dlmslite.quirks import STANDARD
from dlmslite.role import Role
from dlmslite.session import Session
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference

pytestmark = pytest.mark.interop

FLAG = b"\x7e"
CLIENT, METER = Address(1), Address(1)
ENERGY = AttributeReference(3, Obis.parse("1.1.1.8.0.255"), 2)

FRAMES: dict[str, tuple[str, type]] = {
    "V01": ("7EA0070303938C117E", SNRM),
    "V02": ("7EA00703035380D77E", DISC),
    "V03": (
        (
            "7EA04603031013ADE6E6006036A1090607608574050801018A0207808B0760857405080201AC0C800A3232323232"
            "3232323232BE10040E01000000065F1F0400007E1F04B090B67E"
        ),
        I,
    ),
    "V04": (
        (
            "7EA0440303106594E6E6006036A1090607608574050801018A0207808B0760857405080201AC0A80083232323232"
            "323232BE10040E01000000065F1F0400007E1F04B052687E"
        ),
        I,
    ),
    "V05": ("7EA019030398BCC2E6E600C001C1000301011F0700FF020009E67E", I),
    "V06": ("7EA019030312EEE9E6E600C0010100030101200700FF0300965A7E", I),
    "V10": ("7EA00A00020023219318717E", SNRM),
    "V11": (
        "7EA023210002002373F6C58180140502008006020080070400000001080400000001CE6A7E",
        UA,
    ),
    "V12": (
        (
            "7EA02E0002002321107ECBE6E600601DA109060760857405080101BE10040E01000000065F1F040000301DFFFFD4"
            "C57E"
        ),
        I,
    ),
    "V13": (
        (
            "7EA03A2100020023309941E6E7006129A109060760857405080101A203020100A305A103020100BE10040E080006"
            "5F1F040000301D190000070C527E"
        ),
        I,
    ),
    "V14": ("7EA0199575767837E6E600C0018100080000010000FF020065D77E", I),
    "V15": ("7EA01E7595966F67E6E700C4018100090C07D20C04030A060BFF007800F3307E", I),
    "V16": (
        "7EA027957598B8DBE6E600C1018100080000010000FF0200090C07D20C04030A060BFF00780062FB7E",
        I,
    ),
    "V17": ("7EA0107595B85101E6E700C501810036CF7E", I),
    "V18": ("7EA00A000236592153DE437E", DISC),
    "V19": ("7EA0212100023659738EAF8180120501C806018C07040000000108040000000149C67E", UA),
    "V30": ("7EA0210203219373568180120502008006020080070400000001080400000001A6D97E", SNRM),
    "V31": ("7EA02102030393F0468180120502008006020080070400000001080400000001A6D97E", SNRM),
    "V32": ("7EA0080203039305777E", SNRM),
    "V33": ("7EA0080203035309B17E", DISC),
    "V40": ("7EA01E03037340CC818012050180060180070400000001080400000001533B7E", UA),
    "V41": ("7EA020030393FEC98180140502008006020080070400000001080400000001CE6A7E", SNRM),
    "V42": (
        (
            "7EA037030330EFCAE6E7006129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F04"
            "0000181D01800007A1DC7E"
        ),
        I,
    ),
    "V43": ("7EA00703033194977E", RR),
    "V44": ("7EA00703035192F47E", RR),
    "V45": ("7EA019030332ECC8E6E600C0018700010000600100FF0200FB987E", I),
    "V46": ("7EA0220303520D27E6E700C401870009104150416E6F723330393434383131333027A37E", I),
    "V47": ("7EA01E030374FFB8E6E700C4018800090C07E40509060E1A0FFF00B4000A057E", I),
    "V48": ("7EA019030354DCCEE6E600C0018A00030100480700FF020070AA7E", I),
    "V49": ("7EA0130303747033E6E700C4018A001208CA5B907E", I),
}
V34 = b"Port already in use\r\n"  # a converter that serves somebody else (5.3)
V35 = bytes.fromhex("7EA00703219300007E")  # a probe with no check sequence at all (5.3)


def frame(name: str) -> bytes:
    return bytes.fromhex(FRAMES[name][0])


def feed(resync: Resync) -> Callable[[bytes], list[bytes]]:
    return lambda octets: resync.feed(octets)[0]


def resync() -> Callable[[bytes], list[bytes]]:
    return feed(Resync())


# ------------------------------------------------------------------- the frames that were seen


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_that_was_seen_is_decoded_and_made_again(name: str) -> None:
    octets = frame(name)

    found = decode(octets)

    assert type(found) is FRAMES[name][1]
    assert found.encode() == octets
    check(resync, octets, [octets[1:-1]], tail=FLAG)


def test_v03_is_a_sound_frame_and_no_sound_aarq() -> None:
    information = decode(frame("V03")).information

    with pytest.raises(DecodeError):
        Aarq.decode(information[3:])
    assert isinstance(decode_apdu(decode(frame("V04")).information[3:]), Aarq)


def test_v35_has_a_bad_check_sequence() -> None:
    with pytest.raises(FramingError) as error:
        decode(V35)
    assert error.value.code == "bad-fcs"
    assert Resync().feed(V35 + frame("V01"))[0] == [frame("V01")[1:-1]]


@pytest.mark.parametrize("scheme", ["tcp", "tcp+hdlc"])
def test_v34_is_reported_as_the_banner_that_it_is(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def converter() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(V34)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass

        thread = threading.Thread(target=converter)
        thread.start()
        with pytest.raises(dlmslite.ConnectionClosed) as error:
            dlmslite.connect(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", timeout=5.0)
        thread.join()

    assert error.value.banner == V34
    assert "Port already in use" in str(error.value)


# ------------------------------------------------------------------- 7E wherever it may stand


def reply(raw: int, *, invoke: int = 0x81, ns: int = 0, nr: int = 0) -> I:
    data = Data.of(DataType.DOUBLE_LONG_UNSIGNED, raw)
    apdu = GetResponseNormal(InvokeId(invoke), data).encode()
    return I(CLIENT, METER, ns, nr, information=b"\xe6\xe7\x00" + apdu)


def replies_with_a_flag() -> Iterator[I]:
    """Replies with 7E in the value, in the FCS, or in the HCS."""
    yield from (reply(raw) for raw in (0x7E, 0x7E00, 0x7E7E, 0x7E7E7E7E, 0x7EA00703))
    yield from (each for each in map(reply, range(40_000)) if FLAG in each.encode()[-3:-1])
    for invoke, ns, nr in itertools.product((0x41, 0x7E), range(8), range(8)):
        for length in range(1, 120):
            text = Data.of(DataType.OCTET_STRING, b"\x7e" * length)
            apdu = GetResponseNormal(InvokeId(invoke), text).encode()
            each = I(CLIENT, METER, ns, nr, information=b"\xe6\xe7\x00" + apdu)
            if FLAG in each.encode()[6:8]:
                yield each


def test_a_flag_in_values_and_checksums_is_an_octet_like_any_other() -> None:
    frames = list(replies_with_a_flag())
    in_fcs = [each for each in frames if FLAG in each.encode()[-3:-1]]
    in_hcs = [each for each in frames if FLAG in each.encode()[6:8]]
    assert len(in_fcs) > 200
    assert len(in_hcs) > 20

    bodies = [each.encode()[1:-1] for each in frames]
    assert [decode(each.encode()) for each in frames] == frames
    # Two flags between frames, then one.
    for stream in (b"".join(FLAG + b + FLAG for b in bodies), FLAG + FLAG.join(bodies) + FLAG):
        for size in (1, 7, len(stream)):
            parts = (stream[at : at + size] for at in range(0, len(stream), size))
            found = resync()
            assert [body for part in parts for body in found(part)] == bodies


class Meter:
    """A server link and nothing behind it but a function of the request's octets.

    Attributes:
        asked: The octets of every GET.
    """

    def __init__(self, answer: Callable[[int, bytes], bytes], **settings: int) -> None:
        self.link = HdlcLink(Role.SERVER, HdlcSettings(**settings))
        self.link.open(0.0)
        self.asked: list[bytes] = []
        self._answer = answer

    def serve(self, event: object, now: float) -> None:
        if not isinstance(event, ApduReceived):
            return
        if event.octets[0] == 0x60:
            context = InitiateResponse(conformance=Conformance(0x00301D), max_pdu=0)
            self.link.send(Aare(user_information=context.encode()).encode(), now)
            return
        self.asked.append(event.octets)
        answer = self._answer(len(self.asked) - 1, event.octets)
        if answer:
            self.link.send(answer, now)


def associated(meter: Meter) -> Pair:
    session = client_session()
    pair = Pair(session, meter.link, serve=meter.serve)
    session.open(0.0)
    pair.settle()
    session.send(aarq(), pair.now)
    pair.settle()
    assert [type(event) for event in pair.client_events][:2] == [LinkOpened, AssociationOpened]
    pair.client_events.clear()
    return pair


def client_session() -> Session:
    options = Options(client=16, server=1, quirks=STANDARD, max_info=2030, window=1, timeout=10.0)
    return make_session(Endpoint.parse("tcp+hdlc://meter"), options)


def aarq() -> Aarq:
    return Aarq.asking(InitiateRequest(conformance=Conformance(0x00301D), max_pdu=0xFFFF))


def ask(pair: Pair, invoke: int = 0xC0) -> list[object]:
    """Send one GET and return what became of it."""
    pair.client.send(GetRequestNormal(InvokeId(invoke), ENERGY), pair.now)
    assert pair.run(lambda: bool(pair.client_events), limit=30.0)
    events, pair.client_events[:] = list(pair.client_events), []
    return events


def value_of(events: list[object]) -> object:
    (answered,) = [event for event in events if isinstance(event, Answered)]
    assert isinstance(answered.answer, GetResponseNormal)
    result = answered.answer.result
    return result.plain if isinstance(result, Data) else result


def test_600_requests_of_one_session_use_all_sixteen_numbers() -> None:
    def answer(count: int, request: bytes) -> bytes:
        return GetResponseNormal(
            InvokeId(request[2]), Data.of(DataType.DOUBLE_LONG_UNSIGNED, count * 0x7E)
        ).encode()

    meter = Meter(answer)
    pair = associated(meter)

    assert [value_of(ask(pair)) for _ in range(600)] == [count * 0x7E for count in range(600)]
    numbers = [request[2] & 0x0F for request in meter.asked]
    assert numbers == [(1 + count) % 16 for count in range(600)]


def test_every_invoke_id_and_priority_may_be_asked_and_answered() -> None:
    def answer(count: int, request: bytes) -> bytes:
        # The request's number, and every other half of the octet: some meters repeat none of it.
        octet = (count // 16 % 16) << 4 | request[2] & 0x0F
        told.append(octet)
        return bytes([0xC4, 1, octet, 0, 6]) + struct.pack(">I", count * 0x10001)

    told: list[int] = []
    meter = Meter(answer)
    pair = associated(meter)

    for count in range(256):
        assert value_of(ask(pair, invoke=(count // 16) << 4)) == count * 0x10001

    assert {request[2] for request in meter.asked} == set(range(256))
    assert set(told) == set(range(256))


# ------------------------------------------------------------------- the cases of 5.5


@pytest.mark.parametrize("raw", [0x7E, 0x7E00, 0x7E7E, 0x7E007E00, 0xFFFFFF7E])
@pytest.mark.parametrize("invoke", [0x7E, 0xC1])
def test_5_5_1_a_reply_that_is_full_of_flags(raw: int, invoke: int) -> None:
    body = reply(raw, invoke=invoke).encode()

    check(resync, body, [body[1:-1]], tail=FLAG)
    found = decode_apdu(decode(body).information[3:])
    assert isinstance(found, GetResponseNormal)
    assert found.invoke_id.octet == invoke
    assert isinstance(found.result, Data)
    assert found.result.plain == raw


@pytest.mark.parametrize(
    "between",
    [b"", FLAG, FLAG * 3, b"\r\nnoise\r\n", b"\xff\x00", V34, b"\x7e\xa0", b"\x7e\xa7\xff"],
)
def test_5_5_2_what_may_stand_between_two_frames(between: bytes) -> None:
    first, second = reply(1).encode(), reply(0x7E).encode()

    found = Resync().feed(between + first + between + second)[0]

    assert found == [first[1:-1], second[1:-1]]
    assert Resync().feed(first + second[1:])[0] == found  # one flag shared


def test_5_5_3_every_split_of_a_reply() -> None:
    octets = reply(0x7E7E0012, invoke=0x7E).encode()

    for at in range(len(octets) + 1):
        found = resync()
        assert [*found(octets[:at]), *found(octets[at:])] == [octets[1:-1]]
    found = resync()
    assert [body for octet in octets for body in found(bytes([octet]))] == [octets[1:-1]]


def test_5_5_3_a_gap_of_a_tenth_of_a_second_after_127_octets() -> None:
    link = HdlcLink(Role.CLIENT, HdlcSettings())
    link.open(0.0)
    link.receive(UA(Address(16), Address(1)).encode(), 0.0)
    link.send(b"\xc0question", 0.0)
    text = b"\xe6\xe7\x00" + b"\xc4" + b"\x7e" * 300
    octets = I(Address(16), Address(1), 0, 1, information=text).encode()

    now = 0.1
    for at in range(0, len(octets), 127):
        deadline = link.next_deadline()
        assert deadline is not None
        assert deadline > now
        link.receive(octets[at : at + 127], now)
        now += 0.15

    assert [e.octets for e in link.events() if isinstance(e, ApduReceived)] == [text[3:]]


@pytest.mark.parametrize("segment", [30, 128])
@pytest.mark.parametrize("block", [0, 50])
def test_5_5_4_segments_with_rr_between_and_blocks(segment: int, block: int) -> None:
    data = Data.of(DataType.OCTET_STRING, b"\x7e" * 500).encode()
    blocks = [data[at : at + block] for at in range(0, len(data), block)] if block else []

    def answer(count: int, request: bytes) -> bytes:
        if not block:
            return bytes([0xC4, 1, request[2], 0]) + data
        part = blocks[count]
        head = struct.pack(">BBI", request[2], count == len(blocks) - 1, count + 1)
        return b"\xc4\x02" + head + bytes([0, len(part)]) + part

    meter = Meter(answer, max_info_transmit=segment, max_info_receive=segment)
    pair = associated(meter)

    assert value_of(ask(pair)) == b"\x7e" * 500
    assert len(meter.asked) == (len(blocks) or 1)
    if not block:
        says = [octets for _, side, octets in pair.log if side == "client"]
        assert sum(isinstance(decode(octets), RR) for octets in says) >= 500 // segment


def test_5_5_5_a_late_reply_and_then_the_right_one() -> None:
    late: list[bytes] = []

    def answer(count: int, request: bytes) -> bytes:
        if count == 0:
            late.append(request)
            return b""
        return bytes([0xC4, 1, request[2], 0, 6, 0, 0, 0, 0x7E])

    meter = Meter(answer)
    pair = associated(meter)
    session = pair.client
    assert isinstance(session, Session)
    session.send(GetRequestNormal(InvokeId(0xC0), ENERGY), pair.now)
    pair.advance(1.0)
    session.cancel(pair.now)  # the owner waits no longer

    meter.link.send(bytes([0xC4, 1, late[0][2], 0, 6, 0, 0, 0, 1]), pair.now)
    events = []
    session.send(GetRequestNormal(InvokeId(0xC0), ENERGY), pair.now)
    assert pair.run(lambda: any(isinstance(e, Answered) for e in pair.client_events), limit=30.0)
    events = pair.client_events

    assert [event.reason for event in events if isinstance(event, Ignored)] == ["stale"]
    assert value_of(events) == 0x7E


@pytest.mark.parametrize("code", [*range(1, 14), 250])
def test_5_5_6_every_data_access_result_is_told(code: int) -> None:
    pair = associated(Meter(lambda _count, request: bytes([0xC4, 1, request[2], 1, code])))

    assert value_of(ask(pair)) == DataAccessResult(code)


@pytest.mark.parametrize("octets", ["D80101", "D80202", "0E010203", "0E060101"])
def test_5_5_6_a_refusal_instead_of_an_answer_is_told(octets: str) -> None:
    pair = associated(Meter(lambda _count, _request: bytes.fromhex(octets)))

    (event,) = ask(pair)

    assert isinstance(event, Answered)
    assert event.answer == decode_apdu(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("control", "code"), [("1F", "disconnected"), ("97", "frame-reject")], ids=["DM", "FRMR"]
)
def test_5_5_6_a_link_that_is_refused_is_an_error(control: str, code: str) -> None:
    pair = associated(Meter(lambda _count, _request: b""))
    session = pair.client
    assert isinstance(session, Session)
    session.send(GetRequestNormal(InvokeId(0xC0), ENERGY), pair.now)
    session.data_to_send()
    header = b"\xa0\x07\x21\x03" + bytes.fromhex(control)
    session.receive(FLAG + header + crc(header) + FLAG, pair.now)

    (failed,) = [event for event in session.events() if isinstance(event, LinkFailed)]
    assert failed.error.code == code


def crc(octets: bytes) -> bytes:
    """CRC-16/X-25 bit by bit, low octet first: written apart from the one under test."""
    register = 0xFFFF
    for octet in octets:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (0x8408 if register & 1 else 0)
    return (register ^ 0xFFFF).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("information", "transmit", "receive"),
    [
        ("", None, None),
        ("818012050180060180070400000001080400000001", 128, 128),
        ("8180140502008006020080070400000001080400000001", 128, 128),
        ("8180120502008006020080070400000001080400000001", 128, 128),
        ("8180120501C806018C070400000001080400000001", 200, 140),
    ],
    ids=["none", "one octet", "two octets", "two octets, wrong group length", "V19"],
)
def test_5_5_7_every_form_of_ua_opens_the_link(
    information: str, transmit: int | None, receive: int | None
) -> None:
    ua = UA(Address(16), Address(1), information=bytes.fromhex(information))
    link = HdlcLink(Role.CLIENT, HdlcSettings())
    link.open(0.0)
    link.receive(ua.encode(), 0.0)

    assert any(isinstance(event, LinkOpened) for event in link.events())
    assert ua.parameters.max_info_transmit == transmit
    assert ua.parameters.max_info_receive == receive


# ------------------------------------------------------------------- damage stays where it is

DAMAGE = st.sampled_from(["flip", "cut", "length", "junk", "banner"])


@given(st.lists(st.tuples(st.integers(0, 0xFFFFFFFF), st.none() | DAMAGE), min_size=1), st.data())
def test_at_most_the_damaged_frame_is_lost(
    plan: list[tuple[int, str | None]], data: st.DataObject
) -> None:
    stream, sound = b"", []
    for raw, damage in plan:
        octets = reply(raw).encode()
        if damage in {None, "junk", "banner"}:
            sound.append(octets[1:-1])
        stream += damaged(octets, damage, data)
    rest = Resync()

    found = rest.feed(stream)[0] + rest.flush()[0]

    places = iter(found)
    assert all(body in places for body in sound), "a sound frame is missing"


def damaged(octets: bytes, damage: str | None, data: st.DataObject) -> bytes:
    match damage:
        case "flip":
            place = data.draw(st.integers(1, len(octets) - 2))
            flipped = octets[place] ^ 1 << data.draw(st.integers(0, 7))
            return octets[:place] + bytes([flipped]) + octets[place + 1 :]
        case "cut":
            return octets[: data.draw(st.integers(1, len(octets) - 1))]
        case "length":
            return (
                octets[:1]
                + struct.pack(">H", 0xA000 | data.draw(st.integers(0, 0x7FF)))
                + octets[3:]
            )
        case "junk":
            return data.draw(st.binary(max_size=20)) + octets
        case "banner":
            return V34 + octets
    return octets


def test_unsound_octets_of_a_sound_frame_fail_one_request_and_no_other() -> None:
    def answer(count: int, request: bytes) -> bytes:
        good = bytes([0xC4, 1, request[2], 0, 6, 0, 0, 0, 0x7E])
        return good[:-2] if count == 1 else good

    pair = associated(Meter(answer))

    assert value_of(ask(pair)) == 0x7E
    (failed,) = ask(pair)
    assert isinstance(failed, RequestFailed)
    assert isinstance(failed.error, DlmsError)
    assert value_of(ask(pair)) == 0x7E
