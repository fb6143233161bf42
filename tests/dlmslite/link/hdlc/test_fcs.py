from __future__ import annotations

import crcmod
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.link.hdlc import fcs
from dlmslite.link.hdlc.fcs import GOOD, check, check_by_binascii

by_crcmod = crcmod.mkCrcFun(0x11021, 0, True, 0xFFFF)


def test_h01_check_value_of_the_standard() -> None:
    assert check(b"123456789") == 0x906E
    assert check_by_binascii(b"123456789") == 0x906E


@given(st.binary(max_size=300))
def test_h01_residue_over_data_and_its_own_fcs(octets: bytes) -> None:
    whole = octets + check(octets).to_bytes(2, "little")
    assert check(whole) == GOOD == 0xF0B8 ^ 0xFFFF


@given(st.binary(max_size=300), st.integers(0, 0xFFFF))
def test_both_ways_to_compute_are_equal(octets: bytes, start: int) -> None:
    assert check_by_binascii(octets, start) == by_crcmod(octets, start) == check(octets, start)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_check_can_be_continued(first: bytes, second: bytes) -> None:
    assert check(second, check(first)) == check(first + second)
    assert check_by_binascii(second, check_by_binascii(first)) == check(first + second)


def test_without_a_compiler_the_standard_library_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcs, "find_spec", lambda _name: None)
    assert fcs._fastest() is check_by_binascii


def test_with_the_extension_crcmod_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcs, "find_spec", lambda _name: object())
    fastest = fcs._fastest()
    assert fastest is not check_by_binascii
    assert fastest(b"123456789") == 0x906E


def test_the_fcs_behind_a_sound_hcs_depends_on_the_information_alone() -> None:
    # Fragment of old-bridge.md 5.1: the tail of a frame, whose header is lost, with its FCS 4D C0.
    tail = bytes.fromhex("E6E700C401010002020FFD16214DC0")
    assert check(tail, GOOD) == GOOD
