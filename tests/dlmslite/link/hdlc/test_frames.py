from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.shared_vectors import load
from strategies.frames import addresses, frames

from dlmslite.encoding import codec
from dlmslite.errors import DecodeError, EncodeError, FramingError
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.fcs import check
from dlmslite.link.hdlc.frames import (
    _WIRE,
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
    Rejection,
    addresses_and_control,
    decode,
    decode_sound,
)
from dlmslite.link.hdlc.parameters import Parameters

CLIENT, SERVER = Address(16), Address(1)
CODES = {
    "no-opening-flag",
    "no-closing-flag",
    "too-short",
    "bad-format-type",
    "truncated",
    "length-mismatch",
    "bad-address-length",
    "bad-hcs",
    "bad-fcs",
    "bad-control",
    "bad-parameters",
    "unexpected-information",
}


def frame_of(text: str, *, fcs: bool = True) -> bytes:
    """A frame from format to information; the FCS and the flags are added."""
    body = bytes.fromhex(text)
    return b"\x7e" + body + (check(body).to_bytes(2, "little") if fcs else b"") + b"\x7e"


@given(frames(max_size=2000))
def test_round_trip(frame: Frame) -> None:
    octets = frame.encode()
    assert decode(octets) == frame
    assert decode_sound(octets[1:-1]) == frame


@given(frames())
def test_the_hot_path_equals_the_declaration(frame: Frame) -> None:
    octets = frame.encode()
    wire = codec.parse(_WIRE, octets)
    assert bytes(wire.destination) == frame.destination.octets
    assert bytes(wire.source) == frame.source.octets
    assert wire.control == frame.control.encode()
    assert wire.format.length == len(octets) - 2
    assert wire.format.segmented == getattr(frame, "segmented", False)
    assert wire.information == getattr(frame, "information", b"")
    assert (wire.hcs is not None) == bool(wire.information)
    assert wire.fcs == check(octets[1:-3])
    assert codec.build(_WIRE, wire) == octets


@given(st.one_of(st.binary(max_size=60), st.binary(max_size=60).map(lambda o: b"\x7e" + o + b"~")))
def test_any_octets_are_a_frame_or_a_framing_error(octets: bytes) -> None:
    try:
        decode(octets)
    except FramingError as error:
        assert error.code in CODES


@given(frames(max_size=40), st.data())
def test_one_flipped_bit_is_never_a_frame(frame: Frame, data: st.DataObject) -> None:
    octets = bytearray(frame.encode())
    bit = data.draw(st.integers(0, len(octets) * 8 - 1))
    octets[bit // 8] ^= 1 << bit % 8
    with pytest.raises(FramingError):
        decode(bytes(octets))


@given(frames(max_size=40))
def test_what_the_declaration_refuses_is_refused(frame: Frame) -> None:
    octets = frame.encode()[:-1]
    with pytest.raises(DecodeError):
        codec.parse(_WIRE, octets)
    with pytest.raises(FramingError):  # the last octet of an FCS may look like a flag
        decode(octets)


@pytest.mark.parametrize("vector", load("hdlc"), ids=lambda vector: vector["id"])
def test_vectors(vector: dict) -> None:
    octets = bytes.fromhex(vector["hex"])
    if not vector["valid"]:
        with pytest.raises(FramingError) as caught:
            decode(octets)
        assert caught.value.code == vector["reason"]
        return
    frame, expected = decode(octets), vector["expected"]
    assert frame.kind.value == expected["frame"]
    assert frame.destination.octets.hex() == expected["destination"]["raw"]
    assert frame.source.octets.hex() == expected["source"]["raw"]
    assert getattr(frame, "information", b"").hex() == expected["info"]
    assert frame.encode() == octets


def test_h02_an_hcs_only_with_an_information_field() -> None:
    assert len(UA(CLIENT, SERVER).encode()) == 9
    assert len(SNRM(CLIENT, SERVER).encode()) == 9
    assert len(RR(CLIENT, SERVER, 0).encode()) == 9
    assert len(UI(CLIENT, SERVER, information=b"\x0f").encode()) == 12
    assert len(FRMR(CLIENT, SERVER, information=b"\x10\x22\x03").encode()) == 14


def test_h03_the_format_field_holds_type_segment_bit_and_length() -> None:
    octets = I(CLIENT, SERVER, 0, 0, segmented=True, information=bytes(100)).encode()
    assert octets[1:3] == (0xA000 | 0x0800 | len(octets) - 2).to_bytes(2)


@given(addresses(), addresses(), st.integers(240, 260))
def test_h04_lengths_about_256_stand_in_both_octets(
    destination: Address, source: Address, size: int
) -> None:
    octets = I(destination, source, 0, 0, information=bytes(size)).encode()
    assert int.from_bytes(octets[1:3]) & 0x7FF == len(octets) - 2
    assert decode(octets).information == bytes(size)


def test_h05_a_flag_inside_the_hcs_is_legal() -> None:
    octets = bytes.fromhex(OLD_BRIDGE["V12"])
    assert octets[9:11] == b"\x7e\xcb"
    assert decode(octets).encode() == octets


def test_h05_flag_inside_payload_is_legal() -> None:
    frame = I(CLIENT, SERVER, 0, 0, information=b"\x7e" * 50)
    assert decode(frame.encode()) == frame


def test_a07_destination_stands_first() -> None:
    octets = RR(Address(1, 17), Address(16), 0).encode()
    assert octets[3:6] == b"\x02\x23\x21"


def test_a_frame_longer_than_its_length_field_is_refused() -> None:
    longest = I(CLIENT, SERVER, 0, 0, information=bytes(2038))
    assert len(longest.encode()) == 2049
    with pytest.raises(EncodeError):
        I(CLIENT, SERVER, 0, 0, information=bytes(2039)).encode()


@pytest.mark.parametrize(("ns", "nr"), [(8, 0), (0, 8), (-1, 0), (0, -1)])
def test_sequence_numbers_out_of_range_are_refused(ns: int, nr: int) -> None:
    with pytest.raises(EncodeError):
        I(CLIENT, SERVER, ns, nr)
    with pytest.raises(EncodeError):
        RNR(CLIENT, SERVER, nr or ns)


def test_l10_a_frame_reject_is_decoded() -> None:
    frame = FRMR(CLIENT, SERVER, information=bytes.fromhex("325404"))
    assert frame.rejection == Rejection(0x32, 2, 2, True, False, False, True, False)
    assert frame.rejection.reasons == ("information field too long",)
    every = FRMR(CLIENT, SERVER, information=bytes.fromhex("10220f")).rejection
    assert every is not None
    assert len(every.reasons) == 4
    assert FRMR(CLIENT, SERVER).rejection is None


def test_set_up_frames_carry_parameters() -> None:
    block = Parameters(max_info_transmit=512, window_receive=3)
    assert SNRM(SERVER, CLIENT, information=block.encode()).parameters == block
    assert UA(CLIENT, SERVER).parameters == Parameters()
    with pytest.raises(FramingError, match="overruns"):
        UA(CLIENT, SERVER, information=b"\x81\x80\x05")


def test_a_supervisory_frame_has_no_information_field() -> None:
    octets = bytearray(DISC(SERVER, CLIENT, information=b"\x00").encode())
    header = bytes(octets[1:5]) + b"\x31"
    octets[1:8] = header + check(header).to_bytes(2, "little")
    octets[-3:-1] = check(bytes(octets[1:-3])).to_bytes(2, "little")
    with pytest.raises(FramingError, match="unexpected-information"):
        decode(bytes(octets))


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "no-opening-flag"),
        (b"\x7e", "too-short"),
        (b"\x7e\x7e", "too-short"),
        (frame_of("a0080002002193ffff", fcs=False), "length-mismatch"),
        (frame_of("a0070203219300"), "length-mismatch"),
        (frame_of("a008020402"[:10]), "truncated"),
        (frame_of("a0070002000293"[:10]), "bad-address-length"),
        (frame_of("a00a030222249493"), "bad-address-length"),
        (frame_of("a0080323930000"[:12]), "too-short"),
    ],
)
def test_each_fault_has_its_name(octets: bytes, code: str) -> None:
    with pytest.raises(FramingError) as caught:
        decode(octets)
    assert caught.value.code == code


OLD_BRIDGE = {
    "V01": "7EA0070303938C117E",
    "V02": "7EA00703035380D77E",
    "V03": "7EA04603031013ADE6E6006036A1090607608574050801018A0207808B0760857405080201AC0C800A3232"
    "3232323232323232BE10040E01000000065F1F0400007E1F04B090B67E",
    "V04": "7EA0440303106594E6E6006036A1090607608574050801018A0207808B0760857405080201AC0A80083232"
    "323232323232BE10040E01000000065F1F0400007E1F04B052687E",
    "V05": "7EA019030398BCC2E6E600C001C1000301011F0700FF020009E67E",
    "V06": "7EA019030312EEE9E6E600C0010100030101200700FF0300965A7E",
    "V10": "7EA00A00020023219318717E",
    "V11": "7EA023210002002373F6C58180140502008006020080070400000001080400000001CE6A7E",
    "V12": "7EA02E0002002321107ECBE6E600601DA109060760857405080101BE10040E01000000065F1F040000301D"
    "FFFFD4C57E",
    "V13": "7EA03A2100020023309941E6E7006129A109060760857405080101A203020100A305A103020100BE10040E"
    "0800065F1F040000301D190000070C527E",
    "V14": "7EA0199575767837E6E600C0018100080000010000FF020065D77E",
    "V15": "7EA01E7595966F67E6E700C4018100090C07D20C04030A060BFF007800F3307E",
    "V16": "7EA027957598B8DBE6E600C1018100080000010000FF0200090C07D20C04030A060BFF00780062FB7E",
    "V17": "7EA0107595B85101E6E700C501810036CF7E",
    "V18": "7EA00A000236592153DE437E",
    "V19": "7EA0212100023659738EAF8180120501C806018C07040000000108040000000149C67E",
    "V30": "7EA0210203219373568180120502008006020080070400000001080400000001A6D97E",
    "V31": "7EA02102030393F0468180120502008006020080070400000001080400000001A6D97E",
    "V32": "7EA0080203039305777E",
    "V33": "7EA0080203035309B17E",
    "V40": "7EA01E03037340CC818012050180060180070400000001080400000001533B7E",
    "V41": "7EA020030393FEC98180140502008006020080070400000001080400000001CE6A7E",
    "V42": "7EA037030330EFCAE6E7006129A109060760857405080101A203020100A305A103020100BE10040E080006"
    "5F1F040000181D01800007A1DC7E",
    "V43": "7EA00703033194977E",
    "V44": "7EA00703035192F47E",
    "V45": "7EA019030332ECC8E6E600C0018700010000600100FF0200FB987E",
    "V46": "7EA0220303520D27E6E700C401870009104150416E6F723330393434383131333027A37E",
    "V47": "7EA01E030374FFB8E6E700C4018800090C07E40509060E1A0FFF00B4000A057E",
    "V48": "7EA019030354DCCEE6E600C0018A00030100480700FF020070AA7E",
    "V49": "7EA0130303747033E6E700C4018A001208CA5B907E",
}


@pytest.mark.parametrize("name", OLD_BRIDGE)
def test_frames_of_the_old_bridge(name: str) -> None:
    octets = bytes.fromhex(OLD_BRIDGE[name])
    assert decode(octets).encode() == octets


@pytest.mark.parametrize("name", ["V30", "V31", "V11", "V41"])
def test_l06_both_group_lengths_say_the_same(name: str) -> None:
    frame = decode(bytes.fromhex(OLD_BRIDGE[name]))
    assert isinstance(frame, SNRM | UA)
    assert frame.parameters == Parameters(
        max_info_transmit=128, max_info_receive=128, window_transmit=1, window_receive=1
    )


def test_v35_of_the_old_bridge_has_a_bad_fcs() -> None:
    with pytest.raises(FramingError, match="bad-fcs"):
        decode(bytes.fromhex("7EA00703219300007E"))


def test_a_dm_may_say_why() -> None:
    assert decode(DM(CLIENT, SERVER, information=b"busy").encode()).information == b"busy"


@given(
    st.integers(0, 255),
    st.integers(0, 7),
    st.integers(0, 7),
    st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_l10_a_rejection_round_trips(control: int, vs: int, vr: int, bits: list[bool]) -> None:
    rejection = Rejection(control, vs, vr, *bits)
    assert FRMR(Address(1), Address(16), information=rejection.encode()).rejection == rejection


@given(frames())
def test_addresses_and_control_are_there_whatever_the_type(frame: Frame) -> None:
    told = addresses_and_control(frame.encode()[1:-1])
    assert told == (frame.destination, frame.source, frame.control.encode())
