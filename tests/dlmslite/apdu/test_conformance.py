"""The conformance block."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies.apdus import conformances

from dlmslite.apdu.conformance import CONFORMANCE, Conformance
from dlmslite.encoding import codec
from dlmslite.errors import DecodeError


@given(conformances())
def test_every_set_of_flags_comes_back(conformance: Conformance) -> None:
    assert Conformance.decode_from(conformance.encode()) == (conformance, 7)
    assert codec.parse(CONFORMANCE, codec.build(CONFORMANCE, conformance)) == conformance


def test_p10_three_octets_most_significant_bit_first_behind_5f1f0400() -> None:
    assert Conformance.RESERVED_ZERO.encode().hex() == "5f1f0400800000"
    assert Conformance.ACTION.encode().hex() == "5f1f0400000001"
    assert Conformance.GET.bits.hex() == "000010"


def test_the_names_come_in_the_order_of_the_standard() -> None:
    everything = Conformance(0xFFFFFF)

    assert len(everything.labels) == 24
    assert everything.labels[:2] == ("reserved-zero", "general-protection")
    assert everything.labels[-1] == "action"
    assert Conformance(0).labels == ()


def test_p10_what_both_sides_offer_is_the_intersection() -> None:
    ours = Conformance.GET | Conformance.SET | Conformance.SELECTIVE_ACCESS
    theirs = Conformance.GET | Conformance.SELECTIVE_ACCESS | Conformance.ACTION

    assert (ours & theirs).labels == ("get", "selective-access")


@pytest.mark.parametrize("prefix", ["5f0400", "1f0400", "0400"])
def test_p10_an_incomplete_prefix_is_tolerated_by_switch(prefix: str) -> None:
    octets = bytes.fromhex(prefix + "00501f")

    assert Conformance.decode_from(octets, lenient=True)[0].bits.hex() == "00501f"
    with pytest.raises(DecodeError) as caught:
        Conformance.decode_from(octets)
    assert caught.value.code == "bad-conformance"


def test_p10_old_meters_get_the_tag_they_know() -> None:
    assert Conformance.GET.encode(bare_tag=True).hex() == "5f0400000010"


@pytest.mark.parametrize("octets", ["", "5f", "5f1f0400", "5f1f04000050"])
def test_a_cut_block_is_refused(octets: str) -> None:
    with pytest.raises(DecodeError) as caught:
        Conformance.decode_from(bytes.fromhex(octets))
    assert (caught.value.code, caught.value.offset) == ("truncated", len(octets) // 2)


def test_another_length_is_refused() -> None:
    with pytest.raises(DecodeError) as caught:
        Conformance.decode_from(bytes.fromhex("00 5f1f0300 0050"), 1)
    assert (caught.value.code, caught.value.offset) == ("bad-conformance", 1)
