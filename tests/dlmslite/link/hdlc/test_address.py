from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.frames import addresses

from dlmslite.errors import EncodeError, FramingError
from dlmslite.link.hdlc.address import Address, addresses_end, decode_cached


@given(addresses())
def test_round_trip(address: Address) -> None:
    assert Address.decode(address.encode()) == address
    assert decode_cached(address.octets) == address


@given(st.binary(max_size=6))
def test_any_octets_are_an_address_or_a_framing_error(octets: bytes) -> None:
    try:
        assert Address.decode(octets).octets == octets
    except FramingError as error:
        assert error.code == "bad-address-length"


def test_a01_the_lowest_bit_ends_an_address() -> None:
    assert Address.decode(b"\x21") == Address(16)
    assert Address.decode(b"\x02\x23") == Address(1, 17)
    with pytest.raises(FramingError):
        Address.decode(b"\x03\x23")
    with pytest.raises(FramingError):
        Address.decode(b"\x02\x22")


@pytest.mark.parametrize("octets", ["020405", "0204060807", "02040608090b", ""])
def test_a02_other_widths_than_1_2_and_4_are_refused(octets: str) -> None:
    with pytest.raises(FramingError, match="bad-address-length"):
        Address.decode(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("lower", "octets"),
    [
        (1, "0203"),
        (127, "02ff"),
        (128, "00020201"),
        (0, "00020001"),
        (9137, "00028e63"),
        (0x3FFF, "0002feff"),
        (None, "03"),
    ],
)
def test_a03_physical_0_or_above_127_forces_four_octets(lower: int | None, octets: str) -> None:
    address = Address(1, lower)
    assert address.encode().hex() == octets
    assert address.size == len(octets) // 2


def test_a03_a_width_may_be_forced() -> None:
    assert Address(1, 17, 4).octets == bytes.fromhex("00020023")
    assert Address(1, 0, 2).octets == bytes.fromhex("0201")


@pytest.mark.parametrize(
    ("upper", "lower", "size"),
    [
        (128, None, 0),
        (1, 0x4000, 0),
        (-1, None, 0),
        (1, 1, 1),
        (1, None, 2),
        (1, 1, 3),
        (1, 200, 2),
    ],
)
def test_values_that_have_no_octets_are_refused(upper: int, lower: int | None, size: int) -> None:
    with pytest.raises(EncodeError):
        Address(upper, lower, size)


def test_a05_match_by_value_whatever_the_width() -> None:
    asked, answering = Address.decode(bytes.fromhex("00020023")), Address.decode(b"\x02\x23")
    assert asked != answering
    assert asked.matches(answering)
    assert answering.matches(asked)
    assert not asked.matches(Address(1, 18))
    assert not asked.matches(Address(2, 17))
    assert Address(1).matches(Address(1, 0))
    assert not Address(1).matches(Address(1, 17))


@pytest.mark.parametrize(
    ("address", "everybody", "assignable"),
    [
        (Address(0), False, False),
        (Address(1), False, True),
        (Address(0x7E), False, False),
        (Address(0x7F), True, False),
        (Address(1, 0x7F), True, False),
        (Address(1, 0x7E), False, False),
        (Address(1, 0x3FFF), True, False),
        (Address(1, 0x3FFE), False, False),
        (Address(0x3FFF, 17), True, False),
        (Address(1, 0x7F, 4), False, True),
    ],
)
def test_a06_reserved_addresses(address: Address, everybody: bool, assignable: bool) -> None:
    assert address.is_all_station is everybody
    assert address.is_assignable is assignable


@given(addresses(), addresses(), st.binary(min_size=1, max_size=8))
def test_the_end_of_two_addresses(destination: Address, source: Address, tail: bytes) -> None:
    both = destination.octets + source.octets
    assert addresses_end(both + tail, 0) == len(both)
    assert addresses_end(b"\xa0\x07" + both, 2) == len(both) + 2


@given(st.binary(max_size=10))
def test_the_end_of_any_octets_is_a_number_or_an_index_error(octets: bytes) -> None:
    try:
        end = addresses_end(octets, 0)
    except IndexError:
        assert len(octets) < 8
    else:
        assert 0 <= end <= 8


@pytest.mark.parametrize("octets", ["02040603", "0204060803", "03020406", "030204060809"])
def test_a02_three_octets_are_no_end(octets: str) -> None:
    padded = bytes.fromhex(octets) + b"\x00\x00\x00\x00"
    assert addresses_end(padded, 0) == 0
